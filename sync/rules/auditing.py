"""What changed between two states of a space, for the audit trail. Pure.

Of a secret nothing is told but that it changed, not even its length.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import fields
from datetime import time
from enum import Enum
from typing import Final

from sync.model import Change, ListChoice, Space, SpaceSettings

CHANGED: Final = "changed"
NOTHING: Final = "–"


def changes_of_space(before: Space | None, after: Space) -> tuple[Change, ...]:
    """Every field of the space that differs, secrets as "changed"."""
    return tuple(_of_space(before, after))


def changes_of_settings(before: SpaceSettings, after: SpaceSettings) -> tuple[Change, ...]:
    """Every setting that differs."""
    return tuple(
        Change(field=f"settings.{one.name}", old=as_text(old), new=as_text(new))
        for one in fields(SpaceSettings)
        if (old := getattr(before, one.name)) != (new := getattr(after, one.name))
    )


def as_text(value: object) -> str:
    """A setting as people read it."""
    if value is None or value in ("", (), {}):
        return NOTHING
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, time):
        return f"{value:%H:%M}"
    if isinstance(value, ListChoice):
        return _lists(value)
    if isinstance(value, Mapping):
        return "; ".join(f"{name}: {as_text(one)}" for name, one in sorted(value.items()))
    if isinstance(value, Sequence) and not isinstance(value, str):
        return ", ".join(map(as_text, value))
    return str(value)


def _lists(choice: ListChoice) -> str:
    included = "all" if choice.include is None else as_text(choice.include)
    return f"{included}, without {as_text(choice.exclude)}" if choice.exclude else included


def _of_space(before: Space | None, after: Space) -> Iterator[Change]:
    for name, look in _PLAIN.items():
        old, new = look(before) if before else None, look(after)
        if old != new:
            yield Change(field=name, old=as_text(old), new=as_text(new))
    for name, look in _SECRET.items():
        old, new = look(before) if before else None, look(after)
        if old != new:
            yield Change(field=name, old=_hidden(old), new=CHANGED if new else NOTHING)
    if before is not None:
        yield from changes_of_settings(before.settings, after.settings)


def _hidden(secret: object) -> str:
    return "set" if secret else NOTHING


_PLAIN: Final[Mapping[str, Callable[[Space], object]]] = {
    "name": lambda space: space.name,
    "time_zone": lambda space: space.time_zone,
    "status": lambda space: space.status,
    "pipeliner.service_url": lambda space: space.pipeliner.service_url,
    "pipeliner.username": lambda space: space.pipeliner.username,
    "acton.base_url": lambda space: space.acton.base_url,
    "acton.account_id": lambda space: space.acton.account_id,
    "acton.marketing_domain_url": lambda space: space.acton.marketing_domain_url,
    "acton.username": lambda space: space.acton.username,
}
_SECRET: Final[Mapping[str, Callable[[Space], object]]] = {
    "pipeliner.password": lambda space: space.pipeliner.password,
    "acton.password": lambda space: space.acton.password,
}
