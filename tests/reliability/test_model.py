"""Random stories against a simple model: no duplicate, no loss, counts that add up.

Plays a random world: changes on both sides, trouble at any call, restarts, databases that go back.
A story that fails is printed as the fewest steps that fail, after the seed that finds it again:
`RELIABILITY_SEED=… ./run test tests/reliability/test_model.py`. With `random` it is another one
each time, and `RELIABILITY_EXAMPLES` plays more.
"""

import os
import secrets
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from sync.errors import NotFound, TryLater
from sync.model import ExistingLead, Run, RunStatus
from tests.reliability.model import Model
from tests.reliability.stage import Stage, Trouble

EXAMPLES = int(os.environ.get("RELIABILITY_EXAMPLES") or 30)
STEPS = 25
LAST_NAMES = {f"{name.lower()}@example.com": name for name in ("Adler", "Brandt", "Cohen")}
SPELLINGS: tuple[Callable[[str], str], ...] = (str, str.upper, lambda one: f"  {one} ")
AWAY = TryLater("Act-On is away.")

people = st.sampled_from(list(LAST_NAMES))
scores = st.sampled_from([60, 40, 41, 39])
list_names = st.sampled_from(["Spring", "Summer"])
number = st.integers(0, 7)  # which one of those that are there
calls = st.integers(0, 30)


class Stories(RuleBasedStateMachine):
    """One story. Each rule is something that happens; runs are checked when they end."""

    def __init__(self, stage: Stage) -> None:
        super().__init__()
        self.stage = stage
        stage.begin()
        self.acton, self.crm = self.stage.acton, self.stage.pipeliner
        self.model = Model(self.stage)
        self.run_id: int | None = None  # of the run that is under way
        self.before: set[str] = set()  # Leads of ours when it began
        self.news = True  # something changed since the last run ended
        self.disturbed = False  # somebody changed something while it was under way

    @initialize(
        page=st.sampled_from([1, 2, 1000]),
        batch=st.sampled_from([1, 2, 100]),
        one_by_one=st.booleans(),
        others=st.sampled_from([0, 100_000]),
    )
    def a_world(self, page: int, batch: int, one_by_one: bool, others: int) -> None:
        self.acton.page, self.crm.others = page, others
        self.acton.has_all_contacts = not one_by_one
        self.stage.set_batch_size(batch)

    @initialize(
        members=st.lists(st.sets(people, min_size=1), min_size=2, max_size=2),
        known=st.fixed_dictionaries(dict.fromkeys(LAST_NAMES, scores)),
        by_hand=st.none() | st.tuples(people, st.sampled_from(["Contact", "Lead"])),
    )
    def people_in_it(
        self,
        members: list[set[str]],
        known: dict[str, int],
        by_hand: tuple[str, str] | None,
    ) -> None:
        for person, score in known.items():
            self.acton.set_score(person, score)
        for some in members:
            self.a_list_is_made("Spring", sorted(some))
        if by_hand:
            self.somebody_makes_a_record(*by_hand)

    # --- runs ----------------------------------------------------------------------------------

    @precondition(lambda self: self.news)
    @rule()
    def a_run(self) -> None:
        self._end_a_run()

    @rule(days=st.sampled_from([1, 20, 40]))
    def a_run_days_later(self, days: int) -> None:
        self._changed()
        self.stage.time_passes(days)
        self._end_a_run()

    @precondition(lambda self: self.news)
    @rule()
    def a_run_and_another(self) -> None:
        run, disturbed = self._end_a_run()
        tries_again = bool(self.crm.refuse_changes)  # what a locked record refused is due still
        if run.status is not RunStatus.SUCCEEDED or disturbed or tries_again:
            return
        self.crm.written.clear()
        again, _ = self._end_a_run()
        assert again.status is RunStatus.SUCCEEDED
        assert self.crm.written == [], "A second run with nothing changed has written."

    @precondition(lambda self: self.news)
    @rule(trouble=st.sampled_from(Trouble), after=calls)
    def a_run_with_trouble(self, trouble: Trouble, after: int) -> None:
        """Whatever happens, the next worker goes on at once."""
        self.stage.fate.awaits(trouble, after)
        self._end_a_run()

    @precondition(lambda self: self.news)
    @rule(trouble=st.sampled_from([Trouble.KILLED, Trouble.QUOTA]), after=calls)
    def a_run_breaks_off(self, trouble: Trouble, after: int) -> None:
        """The run stays open; what happens before it goes on disturbs it."""
        self.stage.fate.awaits(trouble, after)
        self._begin()
        run = self.stage.work_once()
        if run is not None and run.status is not RunStatus.PAUSED:
            self._ended(run)
        else:
            self.stage.fate.awaits(None)

    def _begin(self) -> None:
        run_id = self.stage.ask()
        if run_id != self.run_id:
            self.run_id, self.before = run_id, set(self.crm.lead_writes)
            self.disturbed = False
        self.model.a_run_looks()

    def _end_a_run(self) -> tuple[Run, bool]:
        self._begin()
        disturbed = self.disturbed
        run = self.stage.work_to_the_end()
        self._ended(run)
        return run, disturbed

    def _ended(self, run: Run) -> None:
        made = set(self.crm.lead_writes) - self.before
        disturbed, self.disturbed, self.run_id = self.disturbed, False, None
        self.news = disturbed or run.status is not RunStatus.SUCCEEDED
        if disturbed:
            self.stage.fate.awaits(None)
            return
        self.model.check_counts(run, made)
        if run.status is not RunStatus.FAILED and not self._a_score_is_missing():
            self.model.check_end(run, made)
        self.stage.fate.awaits(None)

    def _a_score_is_missing(self) -> bool:
        """Act-On was away while somebody's score was asked for: those rows may have failed."""
        return self.stage.fate.met is Trouble.AWAY and not self.acton.has_all_contacts

    @invariant()
    def nothing_is_double(self) -> None:
        self.model.check_nothing_is_double()
        self.model.check_records_of_others()

    # --- people and lists in Act-On ------------------------------------------------------------

    def _changed(self) -> None:
        self.news, self.disturbed = True, self.run_id is not None

    def _list(self, which: int) -> str | None:
        there = list(self.acton.lists)
        return there[which % len(there)] if there else None

    def _list_with_rows(self, which: int) -> str | None:
        there = [list_id for list_id in self.acton.lists if self.acton.rows[list_id]]
        return there[which % len(there)] if there else None

    @rule(name=list_names, members=st.lists(people, max_size=4))
    def a_list_is_made(self, name: str, members: list[str]) -> None:
        self._changed()
        list_id = self.acton.new_list(name)
        for person in members:
            self.acton.join(list_id, person, LAST_NAMES[person])

    @rule(
        which=number, change=st.sampled_from(["renamed", "deleted", "turned over"]), name=list_names
    )
    def a_list_is_changed(self, which: int, change: str, name: str) -> None:
        self._changed()
        match self._list(which), change:
            case str() as list_id, "renamed":
                self.acton.rename_list(list_id, name)
            case str() as list_id, "deleted":
                self.acton.delete_list(list_id)
            case str() as list_id, _:
                self.acton.turn_over(list_id)

    @rule(which=number, person=people, spelling=st.sampled_from(SPELLINGS), score=scores)
    def somebody_joins(
        self, which: int, person: str, spelling: Callable[[str], str], score: int
    ) -> None:
        self._changed()
        if list_id := self._list(which):
            self.acton.join(list_id, spelling(person), LAST_NAMES[person])
            self.acton.set_score(person, score)

    @precondition(lambda self: self._list_with_rows(0))
    @rule(which=number, place=number)
    def somebody_leaves(self, which: int, place: int) -> None:
        self._changed()
        if list_id := self._list_with_rows(which):
            self.acton.leave(list_id, place)

    @precondition(lambda self: self._list_with_rows(0))
    @rule(which=number, place=number, person=st.one_of(people, st.just("no address")))
    def an_address_is_changed(self, which: int, place: int, person: str) -> None:
        self._changed()
        if list_id := self._list_with_rows(which):
            self.acton.change_address(list_id, place, person)

    @rule(which=number, person=people)
    def somebody_joins_while_the_list_is_read(self, which: int, person: str) -> None:
        self._changed()
        if list_id := self._list(which):
            self.stage.joins_while_read(list_id, person, LAST_NAMES[person])

    @rule(person=people, score=scores)
    def a_score_changes(self, person: str, score: int) -> None:
        self._changed()
        self.acton.set_score(person, score)

    # --- records in Pipeliner ------------------------------------------------------------------

    def _lead(self, which: int) -> str | None:
        there = [one.lead_id for one in self.crm.leads.values() if not one.deleted]
        return there[which % len(there)] if there else None

    def _contact(self, which: int) -> str | None:
        there = [one.contact_id for one in self.crm.contacts.values() if not one.deleted]
        return there[which % len(there)] if there else None

    @precondition(lambda self: self._lead(0))
    @rule(which=number, change=st.sampled_from(["deleted", "closed", "given to another owner"]))
    def a_lead_is_changed(self, which: int, change: str) -> None:
        """Closed: it is lost, archived, or became an Opportunity."""
        self._changed()
        match self._lead(which), change:
            case str() as lead_id, "deleted":
                self.crm.delete_lead(lead_id)
            case str() as lead_id, "closed":
                self.crm.close_lead(lead_id)
            case str() as lead_id, _:
                self.crm.touch_lead(lead_id)

    @precondition(lambda self: self._contact(0))
    @rule(which=number)
    def a_contact_is_deleted(self, which: int) -> None:
        self._changed()
        if contact_id := self._contact(which):
            self.crm.delete_contact(contact_id)

    @precondition(lambda self: self._contact(0))
    @rule(which=number, other=number, keeps_address=st.booleans())
    def contacts_are_merged_or_moved(self, which: int, other: int, keeps_address: bool) -> None:
        """One is merged into another; where there is only one, its address is changed."""
        self._changed()
        lost, kept = self._contact(which), self._contact(other)
        if lost and kept and lost != kept:
            self.crm.merge(lost, kept, keeps_address=keeps_address)
        elif lost:
            self.crm.move_contact(lost)

    @rule(person=people, record=st.sampled_from(["Contact", "Lead"]))
    def somebody_makes_a_record(self, person: str, record: str) -> None:
        self._changed()
        if record == "Lead":
            self.crm.add_lead(quick_email=person)
        else:
            self.crm.add_contact(person, name="By Hand")

    @precondition(lambda self: self._contact(0))
    @rule(which=number)
    def somebody_makes_a_lead_for_a_contact(self, which: int) -> None:
        self._changed()
        if contact_id := self._contact(which):
            self.crm.add_lead(contact_id=contact_id)

    # --- what does not work for a while --------------------------------------------------------

    @rule(which=number, error=st.sampled_from([AWAY, NotFound("Act-On has no such list.")]))
    def a_list_breaks(self, which: int, error: TryLater | NotFound) -> None:
        self._changed()
        if (list_id := self._list(which)) and not self.acton.failing:
            self.acton.fail(list_id, error)

    @rule(person=people)
    def pipeliner_refuses_a_name(self, person: str) -> None:
        self._changed()
        self.crm.refuse_names.add(LAST_NAMES[person])

    @precondition(lambda self: self._contact(0))
    @rule(which=number)
    def a_record_is_locked(self, which: int) -> None:
        self._changed()
        for found in (self._lead(which), self._contact(which)):
            if found:
                self.crm.refuse_changes.add(found)

    @precondition(lambda self: self._is_broken())
    @rule()
    def everything_works_again(self) -> None:
        self._changed()
        for broken in (self.acton.failing, self.crm.refuse_names, self.crm.refuse_changes):
            broken.clear()

    def _is_broken(self) -> bool:
        return bool(self.acton.failing or self.crm.refuse_names or self.crm.refuse_changes)

    # --- ourselves -----------------------------------------------------------------------------

    @rule(threshold=st.sampled_from([40, 50, 0]))
    def the_threshold_is_changed(self, threshold: int) -> None:
        self._changed()
        self.stage.choose(threshold=threshold)

    @rule(choice=st.sampled_from(ExistingLead))
    def the_admin_chooses_about_existing_leads(self, choice: ExistingLead) -> None:
        self._changed()
        self.stage.choose(existing_lead=choice)

    @rule()
    def our_database_is_copied(self) -> None:
        self.stage.copy_our_database()

    @precondition(lambda self: self.stage.has_copy)
    @rule()
    def the_copy_is_put_back(self) -> None:
        self.stage.put_the_copy_back()
        standing = self.stage.open_run()
        self.run_id = standing.run_id if standing else None
        self.news, self.disturbed = True, standing is not None


def chosen_seed() -> int:
    """The one asked for; else always the same, so that a change is judged and not the day."""
    asked_for = os.environ.get("RELIABILITY_SEED") or "1"
    return secrets.randbelow(2**32) if asked_for == "random" else int(asked_for)


@pytest.mark.timeout(1200)  # a failing story is shortened for some minutes
def test_no_story_ends_with_a_duplicate_a_loss_or_a_wrong_count(tmp_path: Path) -> None:
    chosen = chosen_seed()
    print(f"RELIABILITY_SEED={chosen}")  # noqa: T201 - pytest shows it with the failure
    stage = Stage(tmp_path)

    @seed(chosen)
    def one_story() -> Stories:
        return Stories(stage)

    run_state_machine_as_test(
        one_story,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS,
            deadline=None,
            database=None,
            print_blob=True,
            phases=[Phase.generate, Phase.shrink],
            suppress_health_check=list(HealthCheck),
        ),
    )
    stage.store.database.close()
