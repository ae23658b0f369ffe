"""Access: to the panel of a space, and by a space to the vendors."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import or_, select

from sync.model import LaunchAlgorithm, LaunchKey, PanelGate, Space, SpaceStatus
from sync.store.spaces.rows import SpacesPart, place_of
from sync.store.tables import spaces

GATE: Final = "SELECT status, panel_epoch FROM spaces WHERE space_id = ?"


def read_gate(space_id: str, row: Sequence[Any]) -> PanelGate:
    """What the row of `GATE` says."""
    status, epoch = row
    return PanelGate(space_id=space_id, status=SpaceStatus(status), epoch=epoch)


class Access(SpacesPart):
    """Who gets in, and how."""

    def gate(self, space_id: str) -> PanelGate | None:
        """What a panel has to know of the space first; None where there is no such space."""
        query = select(spaces.c.status, spaces.c.panel_epoch).where(spaces.c.space_id == space_id)
        row = self._connection.execute(query).first()
        return read_gate(space_id, row) if row else None

    def service_url(self, space_id: str) -> str | None:
        """Where the space is reached; None where there is no such space."""
        return self._connection.scalar(
            select(spaces.c.service_url).where(spaces.c.space_id == space_id)
        )

    def shares_log_in(self, space: Space) -> bool:
        """Whether another space may use the same access to Act-On."""
        acton = space.acton
        same = []
        if acton.username:
            same.append(spaces.c.acton_username == acton.username)
        if acton.account_id:
            same.append(spaces.c.acton_account_id == acton.account_id)
        if not same:
            return False
        query = select(spaces.c.space_id).where(spaces.c.space_id != space.space_id, or_(*same))
        return self._connection.execute(query.limit(1)).first() is not None

    def launch_key(self, space_id: str) -> LaunchKey | None:
        """What proves the launches of this space; None where none is set, or no such space."""
        row = self._connection.execute(
            select(spaces.c.launch_algorithm, spaces.c.launch_key_sealed).where(
                spaces.c.space_id == space_id
            )
        ).first()
        if row is None or not row.launch_key_sealed:
            return None
        return LaunchKey(
            algorithm=LaunchAlgorithm(row.launch_algorithm),
            key=self._keyring.open(row.launch_key_sealed, where=place_of(space_id, "launch_key")),
        )

    def save_launch_key(self, space_id: str, key: LaunchKey) -> None:
        """Set what proves the launches of this space; the one before is void."""
        self._change(
            space_id,
            launch_algorithm=key.algorithm.value,
            launch_key_sealed=self._keyring.seal(key.key, where=place_of(space_id, "launch_key")),
        )

    def raise_panel_epoch(self, space_id: str, *, now: datetime) -> None:
        """Void all panel keys of the space; the next run writes new ones."""
        self._change(space_id, panel_epoch=spaces.c.panel_epoch + 1, panel_epoch_at=now)
