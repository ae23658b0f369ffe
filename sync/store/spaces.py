"""Spaces: who the tenants are, what they chose, when they are due, our fields in them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    Connection,
    RowMapping,
    and_,
    delete,
    exists,
    insert,
    or_,
    select,
    update,
)

from sync.clock import utcnow
from sync.keyring import Keyring
from sync.model import (
    OPEN_STATUSES,
    ActOnAccess,
    FieldMap,
    FieldPurpose,
    LastCheck,
    LaunchAlgorithm,
    LaunchKey,
    PanelGate,
    PipelinerAccess,
    Problem,
    ProvisionedField,
    Revision,
    Space,
    SpaceStatus,
    StatusNote,
)
from sync.rules.rights import no_such_space
from sync.store.settings_json import settings_from_json, settings_to_json
from sync.store.sql import upsert
from sync.store.tables import runs, space_fields, spaces

Due = tuple[datetime, str]  # (since when, space)
_OPEN = tuple(status.value for status in OPEN_STATUSES)

FURTHEST = timedelta(days=3)  # a date that does not exist may lie between two sync times
GATE = "SELECT status, panel_epoch FROM spaces WHERE space_id = ?"


def read_gate(space_id: str, row: Sequence[Any]) -> PanelGate:
    """What the row of `GATE` says."""
    status, epoch = row
    return PanelGate(space_id=space_id, status=SpaceStatus(status), epoch=epoch)


class SpaceStore:
    """The spaces, on one connection."""

    def __init__(self, connection: Connection, keyring: Keyring) -> None:
        self._connection = connection
        self._keyring = keyring

    def save(self, space: Space, *, now: datetime, by: str | None = None) -> None:
        """Create the space, or replace what was known of it; its history stays.

        Its version grows: who had looked at it before is told when they save.
        """
        row = {
            **self._to_row(space),
            "created_at": now,
            "updated_at": now,
            "saved_at": now,
            "saved_by": by,
        }
        kept = {"space_id", "created_at", "next_due_at", "panel_epoch", "panel_epoch_at"}
        done = self._connection.execute(
            update(spaces)
            .where(spaces.c.space_id == space.space_id)
            .values(
                {name: value for name, value in row.items() if name not in kept}
                | {"version": spaces.c.version + 1}
            )
        )
        if not done.rowcount:
            self._insert(row, kept)

    def _insert(self, row: Mapping[str, Any], kept: set[str]) -> None:
        # Somebody may have been quicker in the meantime; then it is a change all the same.
        change = [name for name in row if name not in kept]
        upsert(self._connection, spaces, [row], key=["space_id"], change=change)

    def revision(self, space_id: str) -> Revision:
        """Which state of the space this is. Raises NotFound."""
        row = self._connection.execute(
            select(spaces.c.version, spaces.c.saved_at, spaces.c.saved_by).where(
                spaces.c.space_id == space_id
            )
        ).first()
        if row is None:
            raise no_such_space(space_id)
        return Revision(version=row.version, saved_at=row.saved_at, saved_by=row.saved_by)

    def lock(self, space_id: str) -> None:
        """Keep others from changing the space until this transaction ends."""
        self._connection.execute(
            select(spaces.c.space_id).where(spaces.c.space_id == space_id).with_for_update()
        )

    def get(self, space_id: str) -> Space:
        """One space. Raises NotFound."""
        found = self.find(space_id)
        if found is None:
            raise no_such_space(space_id)
        return found

    def find(self, space_id: str) -> Space | None:
        """One space, if there is one."""
        row = self._connection.execute(select(spaces).where(spaces.c.space_id == space_id))
        found = row.mappings().first()
        return self._from_row(found) if found else None

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
            key=self._keyring.open(row.launch_key_sealed, where=_where(space_id, "launch_key")),
        )

    def save_launch_key(self, space_id: str, key: LaunchKey) -> None:
        """Set what proves the launches of this space; the one before is void."""
        self._change(
            space_id,
            launch_algorithm=key.algorithm.value,
            launch_key_sealed=self._keyring.seal(key.key, where=_where(space_id, "launch_key")),
        )

    def all(self) -> Iterator[Space]:
        """Every space, by id."""
        rows = self._connection.execute(select(spaces).order_by(spaces.c.space_id))
        for row in rows.mappings():
            yield self._from_row(row)

    def due(
        self, asked_at: datetime, limit: int, *, now: datetime, after: Due | None = None
    ) -> list[Due]:
        """Running spaces whose time had come at `asked_at` and that have no open run, those waiting
        longest first. `after`: where to go on.

        A time further away than any sync time can be was set by a clock that ran ahead; such spaces
        come too, so that somebody looks at them again.
        """
        at, space_id = spaces.c.next_due_at, spaces.c.space_id
        busy = exists().where(runs.c.space_id == space_id, runs.c.status.in_(_OPEN))
        query = select(at, space_id).where(
            or_(at <= asked_at, at > now + FURTHEST),
            spaces.c.status == SpaceStatus.RUNNING.value,
            ~busy,
        )
        if after is not None:
            query = query.where(or_(at > after[0], and_(at == after[0], space_id > after[1])))
        rows = self._connection.execute(query.order_by(at, space_id).limit(limit))
        return [(row.next_due_at, row.space_id) for row in rows]

    def set_status(
        self,
        space_id: str,
        status: SpaceStatus,
        *,
        reason: str = "",
        by: str | None = None,
        at: datetime | None = None,
    ) -> None:
        """Change where the space stands; who did it, when and why is told with it."""
        self._change(
            space_id,
            status=status.value,
            status_reason=reason,
            status_by=by,
            status_at=at,
            status_before=spaces.c.status,
        )

    def status_note(self, space_id: str) -> StatusNote:
        """Who put the space where it stands, and why."""
        row = self._connection.execute(
            select(
                spaces.c.status_reason,
                spaces.c.status_by,
                spaces.c.status_at,
                spaces.c.status_before,
            ).where(spaces.c.space_id == space_id)
        ).first()
        if row is None:
            return StatusNote()
        return StatusNote(
            reason=row.status_reason or "",
            at=row.status_at,
            by=row.status_by,
            before=SpaceStatus(row.status_before) if row.status_before else None,
        )

    def note_check(self, space_id: str, problem: Problem | None, *, now: datetime) -> None:
        """Remember what came of the last look at both vendors."""
        self._change(space_id, checked_at=now, check_problem=asdict(problem) if problem else None)

    def last_check(self, space_id: str) -> LastCheck:
        """What came of the last look at both vendors."""
        row = self._connection.execute(
            select(spaces.c.checked_at, spaces.c.check_problem).where(spaces.c.space_id == space_id)
        ).first()
        if row is None:
            return LastCheck()
        problem = Problem(**row.check_problem) if row.check_problem else None
        return LastCheck(at=row.checked_at, problem=problem)

    def erase(self, space_id: str) -> None:
        """Delete the space with all that refers to it."""
        self._connection.execute(delete(spaces).where(spaces.c.space_id == space_id))

    def set_next_due(self, space_id: str, at: datetime | None) -> None:
        """Change when the space is due next."""
        self._change(space_id, next_due_at=at)

    def raise_panel_epoch(self, space_id: str, *, now: datetime) -> None:
        """Void all panel keys of the space; the next run writes new ones."""
        self._change(space_id, panel_epoch=spaces.c.panel_epoch + 1, panel_epoch_at=now)

    def _change(self, space_id: str, **values: object) -> None:
        self._connection.execute(
            update(spaces)
            .where(spaces.c.space_id == space_id)
            .values(**values, updated_at=utcnow())
        )

    # --- our fields ----------------------------------------------------------------------------

    def fields(self, space_id: str) -> dict[FieldPurpose, ProvisionedField]:
        """Our custom fields as they were provisioned."""
        rows = self._connection.execute(
            select(space_fields).where(space_fields.c.space_id == space_id)
        )
        return {
            FieldPurpose(row.purpose): ProvisionedField(
                purpose=FieldPurpose(row.purpose),
                field_id=row.field_id,
                api_name=row.api_name,
                filter_key=row.filter_key,
            )
            for row in rows
        }

    def save_fields(self, space_id: str, known: FieldMap) -> None:
        """Replace what is known of our custom fields."""
        self._connection.execute(delete(space_fields).where(space_fields.c.space_id == space_id))
        rows = [
            {
                "space_id": space_id,
                "purpose": purpose.value,
                "field_id": one.field_id,
                "api_name": one.api_name,
                "filter_key": one.filter_key,
            }
            for purpose, one in known.items()
        ]
        if rows:
            self._connection.execute(insert(space_fields), rows)

    # --- rows and values -----------------------------------------------------------------------

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
                space.pipeliner.password, where=_where(space.space_id, "pipeliner_password")
            ),
            "acton_base_url": space.acton.base_url,
            "acton_account_id": space.acton.account_id,
            "marketing_domain_url": space.acton.marketing_domain_url,
            "acton_username": space.acton.username,
            "acton_password_sealed": self._keyring.seal(
                acton_password, where=_where(space.space_id, "acton_password")
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
                    row["pipeliner_password_sealed"], where=_where(space_id, "pipeliner_password")
                ),
            ),
            acton=ActOnAccess(
                base_url=row["acton_base_url"],
                account_id=row["acton_account_id"],
                marketing_domain_url=row["marketing_domain_url"],
                username=row["acton_username"],
                password=self._keyring.open(sealed, where=_where(space_id, "acton_password"))
                if sealed
                else None,
            ),
            settings=settings_from_json(row["settings"]),
            next_due_at=row["next_due_at"],
            panel_epoch=row["panel_epoch"],
            panel_epoch_at=row["panel_epoch_at"],
        )


def _where(space_id: str, column: str) -> str:
    return f"{space_id}|spaces.{column}"
