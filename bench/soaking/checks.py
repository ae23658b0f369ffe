"""What must hold at the end of the week, whatever went wrong in it: a plain model against records.

It knows lists, scores and people's deeds from the journal and asks the CRM's records; from the
product it only takes runs and outcomes. Each finding is a sentence.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from bench.soaking.journal import LINKS, Journal, Pair, Record, Written

KEY, SCORE = "cf_act_on_key", "cf_act_on_score"
PANEL_KEY = "cf_act_on_panel_key"


@dataclass(frozen=True, kw_only=True)
class RunSeen:
    """A run as the ledger has it. `results`: how many rows ended as what, None: as nothing."""

    run_id: int
    daily: bool
    local_date: date
    status: str
    begin: float
    end: float
    adds_up: bool
    rows: int
    results: Counter[str | None] = field(default_factory=Counter)
    problem: str = ""
    whole: bool = True  # it went through all lists; a hand-off looks at some people only

    @property
    def is_complete(self) -> bool:
        """Whether every list was read to its end and no row failed."""
        return self.whole and self.status == "succeeded"

    def as_json(self) -> dict[str, Any]:
        """What the results keep of it."""
        names = ("daily", "whole", "status", "begin", "end", "rows", "problem")
        return {"date": self.local_date.isoformat()} | {one: getattr(self, one) for one in names}


@dataclass(frozen=True, kw_only=True)
class Found:
    """Everything to be checked. `keys`: the key that a pair's Lead must carry."""

    journal: Journal
    runs: Sequence[RunSeen]
    records: dict[str, dict[str, Record]]
    keys: dict[Pair, str]
    dates: Sequence[date]
    budget: int
    at: float
    names: dict[str, str] = field(default_factory=dict)  # of lists, by id


def check_all(found: Found) -> list[str]:
    """Every violation, in words; none is what we promise."""
    leads = Leads(found)
    return [
        *check_leads_are_single(leads),
        *check_nobody_is_missing(found, leads),
        *check_nobody_is_too_much(found, leads),
        *check_contacts(found),
        *check_runs(found),
        *check_scores(found, leads),
        *check_calls(found),
    ]


class Leads:
    """The Leads that we made, also those that somebody deleted since, by key."""

    def __init__(self, found: Found) -> None:
        self._records = found.records
        pairs = {key: pair for pair, key in found.keys.items()}
        self.by_key: dict[str, list[Record]] = {}
        self.made_at: dict[str, float] = {}
        self.names: Counter[tuple[str, str]] = Counter()
        for one in found.journal.written:
            if one.kind == "Leads" and one.is_new and not one.by_people:
                self.made_at[one.record_id] = one.at
        for one_id, record in found.records["Leads"].items():
            if record.get(KEY):
                self.by_key.setdefault(str(record[KEY]), []).append(record)
                person = pairs.get(str(record[KEY]), ("", "?"))[1]
                self.names[str(record.get("name")), person] += 1
            elif one_id in self.made_at:
                self.by_key.setdefault("", []).append(record)

    def of(self, key: str) -> list[Record]:
        """Those with this key."""
        return self.by_key.get(key, [])


def check_leads_are_single(leads: Leads) -> Iterator[str]:
    """One Lead for each (person, list), by our key and by name and address."""
    for key, records in leads.by_key.items():
        if not key:
            yield f"{len(records)} Leads of ours carry no key."
        elif len(records) > 1:
            yield f"{len(records)} Leads carry the key of {records[0].get('name')}."
    for (name, person), number in leads.names.items():
        if number > 1:
            yield f"{number} Leads are called {name!r} and belong to {person}."


def check_nobody_is_missing(found: Found, leads: Leads) -> Iterator[str]:
    """Whoever stood at the threshold while a complete run looked has a Lead since that run.

    Not those whom somebody does not want: a Contact of ours deleted on purpose, an open Lead by
    hand for the same address.
    """
    unwanted = Unwanted(found.journal)
    for pair, key in found.keys.items():
        spans = found.journal.reached(pair)
        for run in (one for one in found.runs if one.is_complete):
            if not any(begin <= run.begin and run.end <= end for begin, end in spans):
                continue
            if unwanted.within(pair[1], run.begin, run.end):
                continue
            made = [leads.made_at.get(str(one["id"])) for one in leads.of(key)]
            if not any(at is not None and at <= run.end for at in made):
                yield (
                    f"{pair[1]} in {pair[0]} stood at the threshold while run {run.run_id} "
                    f"looked, and has no Lead."
                )
                break


def check_nobody_is_too_much(found: Found, leads: Leads) -> Iterator[str]:
    """No Lead for whoever had never reached the threshold in that list."""
    pairs = {key: pair for pair, key in found.keys.items()}
    for key, records in leads.by_key.items():
        if not key:
            continue
        pair = pairs.get(key)
        made = min(leads.made_at.get(str(one["id"]), found.at) for one in records)
        if pair is None:
            yield f"{records[0].get('name')} carries a key of no (person, list)."
        elif not any(begin <= made for begin, _ in found.journal.reached(pair)):
            yield f"{records[0].get('name')} was made for {pair[1]}, who never reached it."


class Unwanted:
    """Since when, and until when, the CRM's users let no Lead be made for an address."""

    def __init__(self, journal: Journal) -> None:
        self._spans: dict[str, list[list[float]]] = {}
        latest: dict[str, Record] = {}
        for one in journal.written:
            for person in addresses_of(one):
                if self._blocks(one, person, latest):
                    self._begin(person, one.at)
                elif one.kind == "Contacts" and not one.record.get("is_deleted"):
                    self._end(person, one.at)
            latest[one.record_id] = one.record

    def within(self, person: str, begin: float, end: float) -> bool:
        """Whether they did at any moment from `begin` to `end`."""
        return any(one[0] <= end and begin <= one[1] for one in self._spans.get(person, ()))

    def _blocks(self, one: Written, person: str, latest: dict[str, Record]) -> bool:
        if one.kind == "Leads":
            return one.is_new and one.by_people and not one.record.get(KEY)
        if not one.record.get("is_deleted") or not one.record.get(PANEL_KEY):
            return False
        return not any(
            person in _emails(other)
            for record_id, other in latest.items()
            if record_id != one.record_id and not other.get("is_deleted")
        )

    def _begin(self, person: str, at: float) -> None:
        self._spans.setdefault(person, []).append([at, float("inf")])

    def _end(self, person: str, at: float) -> None:
        for span in self._spans.get(person, ()):
            span[1] = min(span[1], at)


def addresses_of(one: Written) -> set[str]:
    """Whom a record is about."""
    if one.kind == "Leads":
        return {str(one.record["quick_email"]).lower()} if one.record.get("quick_email") else set()
    return _emails(one.record)


def _emails(record: Record) -> set[str]:
    found = (record.get(f"email{number}") for number in range(1, 6))
    return {str(one).strip().lower() for one in found if one}


def check_contacts(found: Found) -> Iterator[str]:
    """No Contact of ours beside one that had the address already, and none again after somebody
    deleted it on purpose."""
    live: dict[str, set[str]] = {}  # address → ids
    gone: dict[str, float] = {}  # address → when somebody deleted our Contact, and none was left
    began = sorted(run.begin for run in found.runs)
    known: dict[str, Record] = {}
    for one in (one for one in found.journal.written if one.kind == "Contacts"):
        if one.is_new and not one.by_people and one.record_id in found.records["Contacts"]:
            for person in _emails(one.record):
                if live.get(person):
                    yield f"A second Contact was made for {person}."
                if person in gone and any(gone[person] < at <= one.at for at in began):
                    yield f"A Contact was made again for {person}, whose Contact was deleted."
        for person in _emails(known.get(one.record_id, {})) | _emails(one.record):
            live.setdefault(person, set()).discard(one.record_id)
            if person in _emails(one.record) and not one.record.get("is_deleted"):
                live[person].add(one.record_id)
                gone.pop(person, None)
            elif one.by_people and one.record.get(PANEL_KEY) and not live[person]:
                gone[person] = one.at
        known[one.record_id] = one.record


def check_runs(found: Found) -> Iterator[str]:
    """Counts add up, every row has an outcome, every local date has its one daily run."""
    for run in found.runs:
        if not run.adds_up or sum(run.results.values()) != run.rows:
            yield f"The rows of run {run.run_id} do not add up: {dict(run.results)}."
        if run.results[None]:
            yield f"{run.results[None]} rows of run {run.run_id} have no outcome."
    daily = Counter(run.local_date for run in found.runs if run.daily)
    for day in found.dates:
        if daily[day] != 1:
            yield f"{day} has {daily[day]} daily runs."
    whole = [run for run in found.runs if run.whole]
    if not whole or not whole[-1].is_complete:
        yield "The last run, with nothing wrong any more, did not succeed."


def check_scores(found: Found, leads: Leads) -> Iterator[str]:
    """Scores on linked records are Act-On's as of the last complete run, or younger."""
    complete = [run for run in found.runs if run.is_complete]
    if not complete:
        return
    since = complete[-1].begin
    contacts = found.records["Contacts"]
    links = [one for one in found.records[LINKS].values() if not one.get("is_deleted")]
    for pair, key in found.keys.items():
        if not found.journal.is_member_throughout(pair, since, found.at):
            continue
        true = found.journal.scores_within(pair[1], since, found.at)
        for lead in (one for one in leads.of(key) if not one.get("is_deleted")):
            if lead.get(SCORE) not in true:
                yield f"{lead['name']} shows {lead.get(SCORE)}; Act-On says {sorted(true)}."
            for link in links:
                contact = contacts.get(link["contact_id"], {})
                mine = link["lead_oppty_id"] == lead["id"] and _emails(contact) == {pair[1]}
                if mine and not contact.get("is_deleted") and contact.get(SCORE) not in true:
                    shown = contact.get(SCORE)
                    yield f"The Contact of {pair[1]} shows {shown}; Act-On says {sorted(true)}."


def check_calls(found: Found) -> Iterator[str]:
    """Never more than five calls to Act-On in a second, never more in a day than its budget."""
    calls = found.journal.calls
    most = most_within(calls, 1.0)
    if most > 5:
        yield f"Act-On saw {most} calls within a second."
    for day, number in sorted(calls_by_day(calls).items()):
        if number > found.budget:
            yield f"Act-On saw {number} calls on {day}; {found.budget} are allowed."


def calls_by_day(calls: Sequence[float]) -> Counter[date]:
    """How many calls each day of the quota, which begins at midnight in UTC, has seen."""
    return Counter(datetime.fromtimestamp(at, UTC).date() for at in calls)


def most_within(instants: Sequence[float], seconds: float) -> int:
    """The most instants that any span of so many seconds has seen."""
    most, first = 0, 0
    for place, at in enumerate(instants):
        while instants[first] <= at - seconds:
            first += 1
        most = max(most, place - first + 1)
    return most


def local_dates(begin: datetime, end: datetime, zone: Any) -> list[date]:
    """The dates on the calendars of that zone, from the first to the last instant."""
    first, last = begin.astimezone(zone).date(), end.astimezone(zone).date()
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]
