"""Scores that people read live while a run is under way: they are newer than the run's, and stand.

A run reads scores first and writes them minutes or hours later. Whoever presses Refresh in between
has the later value, in our store and in Pipeliner; the run then goes by that value. Where it wrote
its own a moment before it could know, it makes good at the end.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from sync.engine.work import Work
from sync.model import (
    ContactWrite,
    FieldPurpose,
    LeadWrite,
    PersonRecord,
    ReadBy,
    ScoreSource,
    WriteResult,
    Written,
    WrittenContact,
)
from sync.rules.composing import lead_change
from sync.rules.scoring import has_own_scores, was_read_live
from sync.store import Desk

SCORES_SINCE: Final = "scores_since"


def note_begin(work: Work) -> None:
    """Note that scores are read from now on; an earlier note stands."""
    with work.papers.write() as papers:
        if not papers.mark(work.run_id, SCORES_SINCE):
            papers.set_mark(work.run_id, SCORES_SINCE, work.now().isoformat())


def forget_begin(work: Work) -> None:
    """Every score read so far has been used."""
    with work.papers.write() as papers:
        papers.set_mark(work.run_id, SCORES_SINCE, "")


def begun_at(work: Work) -> datetime | None:
    """Since when the scores that wait for a decision were read; None where nobody noted it."""
    with work.papers.read() as papers:
        noted = papers.mark(work.run_id, SCORES_SINCE)
    return datetime.fromisoformat(noted) if noted else None


def with_live_scores(
    desk: Desk, space_id: str, records: Sequence[PersonRecord], since: datetime | None
) -> list[PersonRecord]:
    """The records to save, each with the score that somebody read live since then, if anybody."""
    stored = desk.people.for_persons(space_id, [one.person for one in records])
    return [_with_score_of(stored.get(one.person), one, since) for one in records]


def _with_score_of(
    known: PersonRecord | None, record: PersonRecord, since: datetime | None
) -> PersonRecord:
    if known is None or not was_read_live(known, since):
        return record
    return replace(
        record,
        score=known.score,
        score_read_at=known.score_read_at,
        score_source=known.score_source,
        read_by=known.read_by,
    )


def overtaken(
    desk: Desk, space_id: str, written: Mapping[str, int | None], since: datetime | None
) -> set[str]:
    """Of these persons, with the score that was written, those of whom another was read live."""
    return {
        person
        for person, known in desk.people.for_persons(space_id, list(written)).items()
        if was_read_live(known, since) and known.score != written[person]
    }


def note_fact(
    work: Work, person: str, score: int | None, since: datetime | None, *, asked_at: datetime
) -> None:
    """The run has read this score: where somebody read the person live before we asked, ours is
    newer and will be what counts."""
    if since is None:
        return
    space_id, now = work.space.space_id, work.now()
    with work.store.read() as desk:
        record = desk.people.for_persons(space_id, [person]).get(person)
    if record is not None and was_read_live(record, since) and not _read_after(record, asked_at):
        ours = replace(
            record,
            score=score,
            score_read_at=now,
            score_source=ScoreSource.FACTS,
            read_by=ReadBy.SYNC,
        )
        with work.store.write() as desk:
            desk.people.save(space_id, [ours], now=now)


def _read_after(record: PersonRecord, moment: datetime) -> bool:
    return record.score_read_at is not None and record.score_read_at > moment


def make_good(work: Work, persons: Collection[str]) -> None:
    """Write the scores of these persons as our store has them: ours were older, and may have come
    to Pipeliner later. What it refuses stays for the next run."""
    space_id, own_values = work.space.space_id, has_own_scores(work.space.settings)
    with work.store.read() as desk:
        records = desk.people.for_persons(space_id, sorted(persons))
        leads = desk.links.lead_ids(space_id, list(records)) if not own_values else {}
    scored = {person: one for person, one in records.items() if one.score is not None}
    contacts = [_contact_change(work, one) for one in scored.values() if one.contact_id]
    changes = [
        lead_change(lead_id, score=scored[person].score)
        for person in scored
        for lead_id in sorted(leads.get(person, ()))
    ]
    by_contact = {one.contact_id: person for person, one in scored.items()}
    if contacts:
        work.guard()
        answers = work.connections.pipeliner.write_contacts(contacts, work.fields)
        _note_contacts(work, contacts, answers, by_contact)
    if changes:
        work.guard()
        _note_leads(work, changes, work.connections.pipeliner.write_leads(changes, work.fields))


def _contact_change(work: Work, record: PersonRecord) -> ContactWrite:
    return ContactWrite(
        contact_id=record.contact_id,
        ours={
            FieldPurpose.CONTACT_SCORE: record.score or 0,
            FieldPurpose.CONTACT_REFRESHED: work.now(),
        },
    )


def _note_contacts(
    work: Work,
    writes: Sequence[ContactWrite],
    answers: Sequence[WriteResult],
    by_contact: dict[str | None, str],
) -> None:
    noted = [
        WrittenContact(
            contact_id=answer.record_id,
            person=by_contact[write.contact_id],
            write=write,
            panel_key_expires_at=None,
        )
        for write, answer in zip(writes, answers, strict=True)
        if isinstance(answer, Written)
    ]
    with work.store.write() as desk:
        desk.crm.note_contacts(work.space.space_id, noted, now=work.now())


def _note_leads(work: Work, writes: Sequence[LeadWrite], answers: Sequence[WriteResult]) -> None:
    noted = [
        (answer.record_id, write)
        for write, answer in zip(writes, answers, strict=True)
        if isinstance(answer, Written)
    ]
    with work.store.write() as desk:
        desk.crm.note_leads(work.space.space_id, noted, now=work.now())
