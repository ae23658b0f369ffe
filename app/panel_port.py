"""What the panel's pages ask of the panel's service. The service is told what to do, not how."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from sync.panel.values import PanelView, StreamQuery, StreamView


@dataclass(frozen=True, kw_only=True)
class Pass:
    """What somebody was let in for: one person of one space. Nothing else names either."""

    space_id: str
    person: str | None
    contact_id: str | None
    user: str | None
    opened_at: datetime
    frame_ancestors: tuple[str, ...]


class PanelClosed(Exception):
    """Nobody is let in. `expired` is only ever said of a genuine key or session of ours."""

    def __init__(self, kind: Literal["expired", "invalid", "not_created"]) -> None:
        super().__init__(kind)
        self.kind = kind


class Panel(Protocol):
    """The panel of every space. All but the views raise PanelClosed."""

    @property
    def frame_ancestors(self) -> tuple[str, ...]:
        """Who may frame the pages that belong to no space: launch and refusals."""

    def open_with_key(self, key: str) -> Pass: ...

    def open_with_token(self, token: str) -> Pass: ...

    def check_session(self, token: str) -> Pass: ...

    def make_session(self, pass_: Pass) -> str: ...

    def view(self, pass_: Pass) -> PanelView: ...

    def refresh(self, pass_: Pass) -> PanelView: ...

    def find(self, pass_: Pass) -> PanelView: ...

    def stream(self, pass_: Pass, query: StreamQuery, *, fresh: bool) -> StreamView:
        """That part of the stream; unless `fresh` at once, with what is known."""
