"""What our own store knows of a person, as the panel shows it. Asks nobody else."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import quote, urlsplit

from sync.model import (
    Crossed,
    IndexedContact,
    PersonRecord,
    ReadBy,
    Space,
    SpaceStatus,
    Standing,
)
from sync.panel.options import PanelOptions
from sync.panel.values import (
    Change,
    Crossing,
    Mark,
    PanelState,
    PanelView,
    Trouble,
    TroubleKind,
)
from sync.rules.activity import safe_url
from sync.rules.standing import with_reported
from sync.store import Desk
from sync.store.readings import ReadingNote

HISTORY: Final = timedelta(days=90)
CHANGES: Final = (7, 30)


@dataclass(frozen=True, kw_only=True)
class Known:
    """Everything that our store holds about one person."""

    record: PersonRecord
    contact: IndexedContact | None
    crossed: Sequence[Crossed]
    lists: Sequence[str]
    history: Sequence[tuple[datetime, int | None]]
    note: ReadingNote | None
    reported: Mapping[Standing, tuple[bool, datetime]] = field(default_factory=dict)


def look_at(desk: Desk, space_id: str, record: PersonRecord, *, now: datetime) -> Known:
    """What is known of the person."""
    contacts = desk.crm.contacts_by_id(space_id, [record.contact_id] if record.contact_id else [])
    return Known(
        record=record,
        contact=contacts.get(record.contact_id or ""),
        crossed=desk.links.of_person(space_id, record.person),
        lists=desk.people.lists(space_id, record.person),
        history=desk.people.history(space_id, record.person, since=now - HISTORY),
        note=desk.readings.note(space_id, record.person),
        reported=desk.webhooks.standings(space_id, record.person),
    )


def make_view(
    space: Space,
    known: Known,
    options: PanelOptions,
    *,
    now: datetime,
    trouble: Trouble | None = None,
) -> PanelView:
    """The panel of a person we know; pure."""
    record, note = known.record, known.note
    return PanelView(
        state=_state(record, note),
        space_id=space.space_id,
        name=known.contact.name if known.contact else "",
        address=record.address,
        score=record.score,
        read_at=record.score_read_at,
        source=record.score_source,
        live=record.read_by is ReadBy.REFRESH,
        threshold=space.settings.threshold,
        changes=[_change(known, days, now) for days in CHANGES],
        history=[(at, score) for at, score in known.history if score is not None],
        crossings=[_crossing(space, one, options) for one in known.crossed],
        lists=known.lists or sorted({one.list_name for one in known.crossed}),
        marks=_marks(known),
        acton_url=_person_url(space, record, options),
        trouble=trouble or standing_trouble(space),
        refresh_at=_refresh_at(note, options, now),
        next_sync_at=_next_sync_at(space),
        time_zone=space.time_zone,
    )


def _marks(known: Known) -> list[Mark]:
    note = known.note
    held = with_reported(note.marks if note else (), note.read_at if note else None, known.reported)
    return [Mark(standing=standing, at=at) for standing, at in held]


def make_stranger(
    space: Space, *, name: str = "", find: bool, trouble: Trouble | None = None
) -> PanelView:
    """The panel of a Contact that the integration neither made nor linked; pure."""
    return PanelView(
        state=PanelState.NOT_CREATED,
        space_id=space.space_id,
        name=name,
        threshold=space.settings.threshold,
        trouble=trouble or standing_trouble(space),
        find=find and space.status is SpaceStatus.RUNNING,
        next_sync_at=_next_sync_at(space),
        time_zone=space.time_zone,
    )


def _next_sync_at(space: Space) -> datetime | None:
    return space.next_due_at if space.status is SpaceStatus.RUNNING else None


def standing_trouble(space: Space) -> Trouble | None:
    """What keeps the whole space from live values, by its state."""
    if space.status is SpaceStatus.RUNNING:
        return None
    if space.status is SpaceStatus.NEEDS_ATTENTION:
        return Trouble(kind=TroubleKind.ATTENTION)
    return Trouble(kind=TroubleKind.PAUSED)


def _state(record: PersonRecord, note: ReadingNote | None) -> PanelState:
    looked_after = record.score_read_at is None or (
        note is not None and note.read_at >= record.score_read_at
    )
    if note is not None and not note.known and looked_after:
        return PanelState.NOT_IN_ACTON
    if record.score is None:
        return PanelState.NO_SCORE_SHEET
    return PanelState.LINKED


def _change(known: Known, days: int, now: datetime) -> Change:
    then = now - timedelta(days=days)
    earlier = [score for at, score in known.history if at <= then]
    before, present = (earlier[-1] if earlier else None), known.record.score
    points = present - before if before is not None and present is not None else None
    return Change(days=days, points=points)


def _crossing(space: Space, one: Crossed, options: PanelOptions) -> Crossing:
    url = None
    if one.lead_id and not one.lead_deleted and options.record_url:
        url = options.record_url.format(
            space=quote(space.space_id, safe=""),
            collection="leads",
            id=quote(one.lead_id, safe=""),
        )
    return Crossing(
        list_name=one.list_name,
        crossed_at=one.crossed_at,
        run_id=one.run_id,
        run_date=one.run_date,
        lead_id=one.lead_id,
        lead_name=one.lead_name,
        lead_url=url,
        deleted=one.lead_deleted,
        key=one.key,
        threshold=one.threshold,
    )


def _person_url(space: Space, record: PersonRecord, options: PanelOptions) -> str | None:
    """The person in Act-On, on the space's marketing domain; the domain itself where no template
    says more, since Act-On documents no address of a person."""
    domain = urlsplit(space.acton.marketing_domain_url or "").hostname
    if not domain:
        return None
    template = options.person_url or "https://{domain}/"
    return safe_url(
        template.format(
            domain=domain,
            email=quote(record.address, safe=""),
            record=quote(record.acton_contact_id, safe=""),
        )
    )


def _refresh_at(note: ReadingNote | None, options: PanelOptions, now: datetime) -> datetime | None:
    if note is None:
        return None
    at = note.read_at + options.cooldown
    return at if at > now else None
