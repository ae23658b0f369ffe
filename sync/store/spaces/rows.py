"""Between a space and its row, secrets sealed, and what the parts of the store share."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, RowMapping, update

from sync.clock import utcnow
from sync.keyring import Keyring
from sync.model import ActOnAccess, PipelinerAccess, Space, SpaceStatus
from sync.store.settings_json import settings_from_json, settings_to_json
from sync.store.tables import spaces


class SpacesPart:
    """A part of the spaces' store, on one connection."""

    def __init__(self, connection: Connection, keyring: Keyring) -> None:
        self._connection = connection
        self._keyring = keyring

    def _change(self, space_id: str, **values: object) -> None:
        self._connection.execute(
            update(spaces)
            .where(spaces.c.space_id == space_id)
            .values(**values, updated_at=utcnow())
        )

    def _to_row(self, space: Space) -> Mapping[str, Any]:
        acton_password = space.acton.password
        return {
            "space_id": space.space_id,
            "name": space.name,
            "time_zone": space.time_zone,
            "status": space.status.value,
            "service_url": space.pipeliner.service_url,
            "pipeliner_username": space.pipeliner.username,
            "pipeliner_password_sealed": self._keyring.seal(
                space.pipeliner.password, where=place_of(space.space_id, "pipeliner_password")
            ),
            "acton_base_url": space.acton.base_url,
            "acton_account_id": space.acton.account_id,
            "marketing_domain_url": space.acton.marketing_domain_url,
            "acton_username": space.acton.username,
            "acton_password_sealed": self._keyring.seal(
                acton_password, where=place_of(space.space_id, "acton_password")
            )
            if acton_password
            else None,
            "settings": settings_to_json(space.settings),
            "panel_epoch": space.panel_epoch,
            "panel_epoch_at": space.panel_epoch_at,
            "next_due_at": space.next_due_at,
        }

    def _from_row(self, row: RowMapping) -> Space:
        space_id, sealed = row["space_id"], row["acton_password_sealed"]
        return Space(
            space_id=space_id,
            name=row["name"],
            time_zone=row["time_zone"],
            status=SpaceStatus(row["status"]),
            pipeliner=PipelinerAccess(
                service_url=row["service_url"],
                username=row["pipeliner_username"],
                password=self._keyring.open(
                    row["pipeliner_password_sealed"], where=place_of(space_id, "pipeliner_password")
                ),
            ),
            acton=ActOnAccess(
                base_url=row["acton_base_url"],
                account_id=row["acton_account_id"],
                marketing_domain_url=row["marketing_domain_url"],
                username=row["acton_username"],
                password=self._keyring.open(sealed, where=place_of(space_id, "acton_password"))
                if sealed
                else None,
            ),
            settings=settings_from_json(row["settings"]),
            next_due_at=row["next_due_at"],
            panel_epoch=row["panel_epoch"],
            panel_epoch_at=row["panel_epoch_at"],
        )


def place_of(space_id: str, column: str) -> str:
    """Where a secret of the space is kept: it opens nowhere else."""
    return f"{space_id}|spaces.{column}"
