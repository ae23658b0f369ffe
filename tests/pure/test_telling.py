"""What is told of a space: each change once, and once that it is over."""

from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta

import pytest

from sync.model import Counts, Problem, Run, RunStatus, SpaceStatus, Trigger
from sync.model.messages import MessageSettings, Situation, Telling, Told
from sync.rules.telling import CALM, judge

NOON = datetime(2026, 3, 3, 12, 0, tzinfo=UTC)
ALL = MessageSettings()
HELD = Problem(kind="volume_guard", message="63 new Leads wait.")
WELL, SHORT, BAD = RunStatus.SUCCEEDED, RunStatus.PARTIAL, RunStatus.FAILED
PAUSED, RUNNING = RunStatus.PAUSED, RunStatus.RUNNING
ATTENTION = SpaceStatus.NEEDS_ATTENTION


def run(number: int, status: RunStatus, **facts: object) -> Run:
    return Run(
        run_id=number,
        space_id="acme",
        local_date=date(2026, 3, number),
        trigger=Trigger.DAILY,
        status=status,
        queued_at=NOON,
        **facts,
    )


def after(
    status: RunStatus | None,
    number: int = 1,
    *,
    space: SpaceStatus = SpaceStatus.RUNNING,
    open_run: Run | None = None,
    **facts: object,
) -> Situation:
    """How a space stands whose latest run ended so."""
    last = run(number, status, **facts) if status else None
    completed = last if status in (WELL, SHORT) else None
    return Situation(status=space, last=last, open_run=open_run, completed=completed)


@dataclass
class Listener:
    """Hears what is told of one space, while time passes."""

    wanted: MessageSettings = ALL
    known: dict[Telling, Told] = field(default_factory=dict)
    now: datetime = NOON

    def hear(self, situation: Situation) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """(what began, what is over) of a look now; the next is a minute later."""
        judged = judge(situation, self.known, self.wanted, self.now)
        self.known = dict(judged.known)
        self.now += timedelta(minutes=1)
        return tuple(judged.began), tuple(judged.ended)

    def hear_later(self, situation: Situation) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """As `hear`, after the calm."""
        self.now += CALM
        return self.hear(situation)


NOTHING = ((), ())


def held(number: int, **facts: object) -> Situation:
    counts = Counts(rows=63, skipped={"waiting_for_approval": 63})
    return after(SHORT, number, problem=HELD, counts=counts, **facts)


@pytest.mark.parametrize(
    ("before", "now", "began", "ended"),
    [
        (None, after(WELL), (), ()),
        (None, after(None), (), ()),
        (None, after(BAD), ("failed",), ()),
        (None, after(SHORT), ("partial",), ()),
        (None, held(1), ("guard_waiting",), ()),
        (None, after(WELL, open_run=run(2, PAUSED)), ("paused",), ()),
        (None, after(BAD, space=ATTENTION), ("needs_attention",), ()),
        (after(BAD, 1), after(BAD, 2), (), ()),
        (after(BAD, 1), after(SHORT, 2), ("partial",), ()),
        (after(SHORT, 1), after(BAD, 2), ("failed",), ()),
        (after(BAD, 1), after(BAD, 1, open_run=run(2, PAUSED)), ("paused",), ()),
        (after(BAD, 1), after(BAD, 3, space=ATTENTION), ("needs_attention",), ()),
        (after(BAD, 1), after(BAD, 1, open_run=run(2, RUNNING)), (), ()),
        (after(BAD, 1), held(2), ("guard_waiting",), ()),
        (after(BAD, 1), after(WELL, 2), (), ()),  # over, but not for long
    ],
)
def test_each_change_is_told_once(
    before: Situation | None, now: Situation, began: tuple[str, ...], ended: tuple[str, ...]
) -> None:
    listener = Listener()
    if before is not None:
        listener.hear(before)
    assert listener.hear(now) == (began, ended)
    assert listener.hear(now) == NOTHING


@pytest.mark.parametrize("trouble", [BAD, SHORT])
def test_the_all_clear_comes_when_it_has_been_well_for_a_while(trouble: RunStatus) -> None:
    listener = Listener()
    listener.hear(after(trouble, 1))
    assert listener.hear(after(WELL, 2)) == NOTHING
    assert listener.hear_later(after(WELL, 2)) == (
        (),
        ("failed" if trouble is BAD else "partial",),
    )
    assert listener.hear_later(after(WELL, 2)) == NOTHING
    assert listener.known == {}


def test_it_says_when_to_look_for_the_all_clear() -> None:
    listener = Listener()
    listener.hear(after(BAD, 1))
    judged = judge(after(WELL, 2), listener.known, ALL, listener.now)
    assert judged.again_at == listener.now + CALM
    assert judge(after(BAD, 1), listener.known, ALL, listener.now).again_at is None


def test_what_comes_and_goes_is_told_once() -> None:
    """Small runs that fail now and then."""
    listener, heard = Listener(), []
    for number in range(1, 21):
        heard.append(listener.hear(after(BAD if number % 2 else WELL, number)))
    assert heard == [(("failed",), ()), *[NOTHING] * 19]
    assert listener.hear_later(after(WELL, 20)) == ((), ("failed",))


def test_a_run_that_pauses_night_after_night_is_told_once() -> None:
    listener = Listener()
    for status in (PAUSED, RUNNING, PAUSED, RunStatus.QUEUED, RUNNING, PAUSED):
        heard = listener.hear_later(after(WELL, 1, open_run=run(2, status)))
        assert heard == ((("paused",), ()) if listener.now < NOON + 2 * CALM else NOTHING)
    assert listener.hear(after(WELL, 2)) == NOTHING
    assert listener.hear_later(after(WELL, 2)) == ((), ("paused",))


def test_a_paused_run_that_somebody_cancels_is_judged_by_the_next() -> None:
    listener = Listener()
    listener.hear(after(BAD, 1, open_run=run(2, PAUSED)))
    assert listener.hear_later(after(BAD, 1)) == NOTHING
    listener.hear(after(WELL, 3))
    assert listener.hear_later(after(WELL, 3)) == ((), ("paused",))


def test_a_space_that_somebody_set_going_is_judged_by_its_next_run() -> None:
    listener = Listener()
    listener.hear(after(BAD, 3, space=ATTENTION))
    assert listener.hear_later(after(BAD, 3)) == NOTHING
    assert listener.hear_later(after(BAD, 4)) == (("failed",), ())
    listener.hear(after(WELL, 5))
    assert listener.hear_later(after(WELL, 5)) == ((), ("failed",))


@pytest.mark.parametrize(
    "stopped", [SpaceStatus.PAUSED, SpaceStatus.SUSPENDED, SpaceStatus.INACTIVE]
)
def test_what_somebody_stopped_is_not_judged(stopped: SpaceStatus) -> None:
    listener = Listener()
    assert listener.hear(after(BAD, 1, space=stopped)) == NOTHING
    listener.hear(after(BAD, 1))
    assert listener.hear_later(after(WELL, 2, space=stopped)) == NOTHING
    assert set(listener.known) == {Telling.FAILED}


def test_leads_that_wait_are_over_when_somebody_approves_them() -> None:
    listener = Listener()
    listener.hear(held(1))
    approved = held(1, approved_at=NOON)
    listener.hear(approved)
    assert listener.hear_later(approved) == ((), ("guard_waiting",))


def test_rows_that_failed_are_told_beside_leads_that_wait() -> None:
    counts = Counts(skipped={"waiting_for_approval": 3}, failed={"contact_failed": 1})
    problem = Problem(kind="rows", message="1 rows failed.")
    told, _ = Listener().hear(after(SHORT, problem=problem, counts=counts))
    assert told == ("partial", "guard_waiting")


@pytest.mark.parametrize(
    ("made", "now", "unusual"),
    [
        ((3, 4, 5), 50, False),  # no more than that ever needs a word
        ((3, 4, 5), 51, True),
        ((100, 100, 100), 500, False),
        ((100, 100, 100), 501, True),
        ((100, 100), 5_000, False),  # too little is known
    ],
)
def test_far_more_leads_than_usual_are_told(made: tuple[int, ...], now: int, unusual: bool) -> None:
    listener = Listener()
    situation = replace(after(WELL), made=made, made_now=now)
    assert listener.hear(situation) == ((("unusual_volume",) if unusual else ()), ())
    usual = replace(after(WELL, 2), made=made, made_now=4)
    listener.hear(usual)
    assert listener.hear_later(usual) == ((), (("unusual_volume",) if unusual else ()))


def test_what_nobody_wants_to_know_is_not_told_nor_that_it_is_over() -> None:
    listener = Listener(wanted=MessageSettings(tellings=frozenset({Telling.NEEDS_ATTENTION})))
    assert listener.hear(after(BAD, 1)) == NOTHING
    listener.hear(after(WELL, 2))
    assert listener.hear_later(after(WELL, 2)) == NOTHING


def test_who_was_told_of_a_trouble_hears_that_it_is_over_whatever_it_became() -> None:
    listener = Listener(wanted=MessageSettings(tellings=frozenset({Telling.FAILED})))
    assert listener.hear(after(BAD, 1)) == (("failed",), ())
    assert listener.hear(after(SHORT, 2)) == NOTHING
    listener.hear(after(WELL, 3))
    assert listener.hear_later(after(WELL, 3)) == ((), ("partial",))


@pytest.mark.parametrize("told", list(Telling))
def test_what_is_over_never_begins_in_the_same_look(told: Telling) -> None:
    known = {told: Told(since=NOON, run_id=1, was_told=True)}
    judged = judge(after(BAD, 2), known, ALL, NOON + timedelta(days=1))
    assert not set(judged.began) & set(judged.ended)
