"""What a panel showed last, to be shown again, with its age, while our database is away.

Only for whoever brings a key that is good for this very panel (`Panel.open_from_memory`), and not
for long: meanwhile nobody can ask whether keys were revoked. It is kept under a name that nobody
can make up, and as JSON: who can write to a shared Redis must not be able to run code here.
"""

from dataclasses import dataclass, replace
from typing import Any, Final

from cachelib.serializers import BaseSerializer
from flask import Flask
from pydantic import TypeAdapter, ValidationError

from app.kept import Kept
from sync.panel import Panel, PanelView, Pass, Trouble, TroubleKind

KEPT_SECONDS: Final = 15 * 60  # as long as a panel session that nobody renews
MOST_VIEWS: Final = 5_000  # in one process; some 2 KB each


@dataclass(frozen=True, kw_only=True)
class LastView:
    """A view, and the epoch of keys under which it was shown."""

    epoch: int
    view: PanelView


_ADAPTER: Final = TypeAdapter(LastView)


class ViewJson(BaseSerializer):
    """Views as JSON; what is not one counts as nothing."""

    def dumps(self, value: Any, protocol: int = 0) -> bytes:
        return _ADAPTER.dump_json(value)

    def loads(self, bvalue: Any) -> Any:
        try:
            return None if bvalue is None else _ADAPTER.validate_json(bvalue)
        except ValidationError:
            return None


class LastViews:
    """The views of one app, by the names that the panel gives them."""

    def __init__(self) -> None:
        self._kept = Kept(ViewJson, most=MOST_VIEWS)

    def init_app(self, app: Flask, url: str | None) -> None:
        """Keep views in Redis at this address; None: in this process."""
        self._kept.init_app(app, url)

    def open(self, panel: Panel, key: str) -> tuple[Pass, PanelView]:
        """The pass for a record key and what it was shown last. Raises PanelClosed."""
        found: list[LastView] = []

        def epoch_of(name: str) -> int | None:
            last = self.find(name)
            if last is None:
                return None
            found.append(last)
            return last.epoch

        return panel.open_from_memory(key, epoch_of), found[0].view

    def keep(self, name: str, epoch: int, view: PanelView) -> None:
        """Somebody was shown this just now."""
        shown = replace(view, refreshed=None, refresh_at=None, trouble=None)
        self._kept.set(f"last:{name}", LastView(epoch=epoch, view=shown), KEPT_SECONDS)

    def find(self, name: str) -> LastView | None:
        """What was shown last under this name, saying that it may be old; None where that is too
        long ago."""
        found: LastView | None = self._kept.get(f"last:{name}")
        if found is None:
            return None
        return replace(found, view=replace(found.view, trouble=Trouble(kind=TroubleKind.OURSELVES)))
