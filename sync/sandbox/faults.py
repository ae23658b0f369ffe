"""Planned faults: which calls go wrong, how, and how often."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

KINDS = (
    "rate_limited",
    "server_error",
    "slow",
    "lost_answer",
    "dropped",
    "repeated_cursor",
    "expired_token",
    "list_changes",
    "nonsense",
    "refuse_record",
    "refuse_batch",
)


@dataclass
class Fault:
    """One plan. `after`: so many matching calls go well first; `times`: then so many go wrong."""

    kind: str
    api: str | None = None
    method: str | None = None
    path: str = ""
    after: int = 0
    times: int = 1
    seconds: float | None = None
    status: int | None = None
    retry_after: int | None = None
    retry_after_date: int | None = None
    form: str = "html"
    pattern: str = ""
    values: Mapping[str, Any] = field(default_factory=dict)
    seen: int = 0
    hits: int = 0

    def meets(self, api: str, method: str, path: str) -> bool:
        """Whether the call is one of those that the plan is for."""
        return (
            self.api in (None, api)
            and self.method in (None, method)
            and re.search(self.path, path) is not None
        )


class FaultPlan:
    """All plans; the first that is due hits."""

    def __init__(self) -> None:
        self.faults: list[Fault] = []

    def add(self, values: Mapping[str, Any]) -> Fault:
        """Plan a fault. Raises ValueError or TypeError for one that makes no sense."""
        fault = Fault(**values)
        if fault.kind not in KINDS:
            raise ValueError(f"There is no fault {fault.kind!r}. Known: {', '.join(KINDS)}.")
        re.compile(fault.path)
        self.faults.append(fault)
        return fault

    def hit(self, api: str, method: str, path: str) -> Fault | None:
        """The fault that this call meets, if any."""
        for fault in self.faults:
            if not fault.meets(api, method, path):
                continue
            fault.seen += 1
            if fault.seen > fault.after and fault.hits < fault.times:
                fault.hits += 1
                return fault
        return None
