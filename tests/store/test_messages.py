"""What admins chose to be told, what was told, and messages on their way."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import text

from sync.errors import SetupError
from sync.keyring import Keyring, generate_key
from sync.model import (
    Counts,
    LinkState,
    NewLink,
    PersonRecord,
    Problem,
    RunStatus,
    ScoreSource,
    Space,
    SpaceStatus,
    Trigger,
)
from sync.model.messages import (
    Bodies,
    Channel,
    DeliveryState,
    HookFormat,
    MessageKind,
    MessageSettings,
    NewDelivery,
    Telling,
    Told,
)
from sync.store import Store
from tests.store.helpers import NOON, at_once

WANTED = MessageSettings(
    emails=("anna@example.com", "ben@example.com"),
    webhook_url="https://hooks.example.com/hunter2",
    hook_format=HookFormat.CARD,
    tellings=frozenset({Telling.FAILED, Telling.PAUSED}),
    language="de",
    hot_leads=True,
)
MINUTE = timedelta(minutes=1)


def choose(store: Store, space: Space, wanted: MessageSettings = WANTED, **facts: object) -> None:
    with store.write() as desk:
        desk.messages.save(
            space.space_id, wanted, by="anna@example.com", now=NOON, digest_at=None, **facts
        )


def message(space: Space, key: str = "k1", recipient: str = "anna@example.com") -> NewDelivery:
    return NewDelivery(
        space_id=space.space_id,
        kind=MessageKind.HOT_LEADS,
        key=key,
        channel=Channel.EMAIL,
        recipient=recipient,
        bodies=Bodies(subject="S", text="T", html="H", payload={"text": "x"}),
    )


def put(store: Store, *new: NewDelivery) -> int:
    with store.write() as desk:
        return desk.deliveries.add(new, now=NOON)


def a_run(store: Store, space: Space, day: int, status: RunStatus, counts: Counts) -> int:
    with store.write() as desk:
        run, _ = desk.runs.ask(space.space_id, date(2026, 3, day), Trigger.MANUAL, now=NOON)
        epoch = desk.runs.claim(run.run_id, owner="w", lease_seconds=60)
        assert epoch is not None
        desk.runs.finish(
            run.run_id, epoch, status=status, counts=counts, problem=None, now=NOON + day * MINUTE
        )
    return run.run_id


# --- settings -------------------------------------------------------------------------------------


def test_what_was_chosen_is_kept_and_the_webhook_sealed(store: Store, space: Space) -> None:
    with store.read() as desk:
        assert desk.messages.settings(space.space_id) is None
        assert desk.messages.revision(space.space_id).version == 0
    choose(store, space)
    with store.read() as desk:
        assert desk.messages.settings(space.space_id) == WANTED
        revision = desk.messages.revision(space.space_id)
        rows = desk.connection.execute(text("SELECT * FROM message_settings")).all()
    assert (revision.version, revision.saved_by) == (1, "anna@example.com")
    assert "hunter2" not in str(rows)
    choose(store, space, MessageSettings())
    with store.read() as desk:
        assert desk.messages.settings(space.space_id) == MessageSettings()
        assert desk.messages.revision(space.space_id).version == 2


def test_a_webhook_moved_to_another_space_does_not_open(
    store: Store, space: Space, other_space: Space
) -> None:
    choose(store, space)
    choose(store, other_space, MessageSettings())
    with store.write() as desk:
        desk.connection.execute(
            text(
                "UPDATE message_settings SET webhook_url_sealed = (SELECT webhook_url_sealed FROM "
                "message_settings WHERE space_id = 'acme_sales')"
            )
        )
    with store.read() as desk, pytest.raises(SetupError, match="cannot be opened"):
        desk.messages.settings(other_space.space_id)


def test_webhooks_are_sealed_anew_with_the_first_key(store: Store, space: Space) -> None:
    old, new = generate_key(), generate_key()
    sealed = Store(store.database, Keyring.parse(old))
    with sealed.write() as desk:
        desk.spaces.save(space, now=NOON)
    choose(sealed, space)
    assert Store(store.database, Keyring.parse(f"{new},{old}")).reseal() == 3
    with Store(store.database, Keyring.parse(new)).read() as desk:
        assert desk.messages.settings(space.space_id) == WANTED


def test_a_telling_of_a_newer_version_is_passed_over(store: Store, space: Space) -> None:
    choose(store, space)
    with store.write() as desk:
        desk.connection.execute(
            text("""UPDATE message_settings SET tellings = '["new","failed"]'""")
        )
    with store.read() as desk:
        found = desk.messages.settings(space.space_id)
    assert found is not None
    assert found.tellings == {Telling.FAILED}


def test_it_goes_with_the_space(store: Store, space: Space) -> None:
    choose(store, space)
    put(store, message(space))
    with store.write() as desk:
        desk.messages.save_told(space.space_id, {Telling.FAILED: Told(since=NOON)})
        desk.spaces.erase(space.space_id)
        for table in ("message_settings", "told", "deliveries"):
            assert desk.connection.scalar(text(f"SELECT count(*) FROM {table}")) == 0  # noqa: S608


# --- whose turn it is -----------------------------------------------------------------------------


def looks(store: Store) -> list[str]:
    with store.read() as desk:
        return [space_id for space_id, _ in desk.messages.to_look_at(NOON + 60 * MINUTE, 10)]


def take_all(store: Store) -> None:
    with store.write() as desk:
        for space_id, at in desk.messages.to_look_at(NOON + 60 * MINUTE, 10):
            assert desk.messages.take_look(space_id, at)


def test_what_happens_to_a_space_has_it_looked_at(
    store: Store, space: Space, other_space: Space
) -> None:
    choose(store, space)
    choose(store, other_space)
    assert looks(store) == ["acme_sales", "other_sales"]  # what was saved counts at once
    take_all(store)
    assert looks(store) == []
    run_id = a_run(store, space, 3, RunStatus.FAILED, Counts())
    assert looks(store) == ["acme_sales"]
    take_all(store)
    with store.write() as desk:
        desk.volumes.approve(run_id, by="anna@example.com", now=NOON)
    assert looks(store) == ["acme_sales"]
    take_all(store)
    with store.write() as desk:
        desk.spaces.set_status("acme_sales", SpaceStatus.NEEDS_ATTENTION, at=NOON)
    assert looks(store) == ["acme_sales"]


def test_a_run_that_pauses_has_its_space_looked_at(store: Store, space: Space) -> None:
    choose(store, space)
    take_all(store)
    with store.write() as desk:
        run, _ = desk.runs.ask(space.space_id, date(2026, 3, 3), Trigger.MANUAL, now=NOON)
        epoch = desk.runs.claim(run.run_id, owner="w", lease_seconds=60)
        assert epoch is not None
        desk.runs.finish(
            run.run_id,
            epoch,
            status=RunStatus.PAUSED,
            counts=Counts(),
            problem=Problem(kind="quota", message="Gone."),
            now=NOON,
            resume_at=NOON + 60 * MINUTE,
        )
    assert looks(store) == ["acme_sales"]


def test_a_space_whose_messages_nobody_wants_is_left_alone(store: Store, space: Space) -> None:
    a_run(store, space, 3, RunStatus.FAILED, Counts())
    assert looks(store) == []


def test_a_look_is_taken_once(store: Store, space: Space) -> None:
    choose(store, space)
    with store.read() as desk:
        ((space_id, at),) = desk.messages.to_look_at(NOON, 10)

    def take() -> bool:
        with store.write() as desk:
            return desk.messages.take_look(space_id, at)

    assert sorted(at_once(take, take, take)) == [False, False, True]


def test_a_look_at_what_has_changed_since_is_not_taken(store: Store, space: Space) -> None:
    choose(store, space)
    with store.read() as desk:
        ((space_id, at),) = desk.messages.to_look_at(NOON, 10)
    a_run(store, space, 3, RunStatus.FAILED, Counts())
    with store.write() as desk:
        assert not desk.messages.take_look(space_id, at)
    assert looks(store) == ["acme_sales"]


def test_a_digest_is_taken_once_and_is_due_again(store: Store, space: Space) -> None:
    with store.write() as desk:
        desk.messages.save(space.space_id, WANTED, by="a", now=NOON, digest_at=NOON)
        assert desk.messages.digests_due(NOON - MINUTE, 10) == []
        assert desk.messages.digests_due(NOON, 10) == [("acme_sales", NOON)]
        assert desk.messages.take_digest("acme_sales", NOON, NOON + MINUTE)
        assert not desk.messages.take_digest("acme_sales", NOON, NOON + MINUTE)
        assert desk.messages.digests_due(NOON + MINUTE, 10) == [("acme_sales", NOON + MINUTE)]


def test_what_was_told_is_kept(store: Store, space: Space) -> None:
    known = {
        Telling.FAILED: Told(since=NOON, run_id=7, was_told=True),
        Telling.GUARD_WAITING: Told(since=NOON, well_since=NOON + MINUTE),
    }
    with store.write() as desk:
        desk.messages.save_told(space.space_id, known)
        assert desk.messages.told(space.space_id) == known
        desk.messages.save_told(space.space_id, {})
        assert desk.messages.told(space.space_id) == {}


# --- on their way ---------------------------------------------------------------------------------


def due(store: Store, minutes: int = 0) -> list[int]:
    with store.read() as desk:
        return [one.delivery_id for one in desk.deliveries.due(NOON + minutes * MINUTE, 10)]


def test_a_message_is_put_on_its_way_once_for_each_recipient(store: Store, space: Space) -> None:
    assert put(store, message(space), message(space, recipient="ben@example.com")) == 2
    assert put(store, message(space), message(space, key="k2")) == 1
    assert len(due(store)) == 3


def test_two_who_put_it_there_at_once_make_one(store: Store, space: Space) -> None:
    assert sum(at_once(*[lambda: put(store, message(space))] * 3)) == 1


def test_a_message_is_taken_by_one(store: Store, space: Space) -> None:
    put(store, message(space))
    with store.read() as desk:
        (one,) = desk.deliveries.due(NOON, 10)

    def take() -> bool:
        with store.write() as desk:
            return desk.deliveries.take(one, until=NOON + 5 * MINUTE) is not None

    assert sorted(at_once(take, take, take)) == [False, False, True]
    assert due(store, 4) == []
    assert len(due(store, 5)) == 1  # whoever took it has died


def test_what_was_sent_is_not_kept(store: Store, space: Space) -> None:
    put(store, message(space))
    with store.write() as desk:
        (one,) = desk.deliveries.due(NOON, 10)
        taken = desk.deliveries.take(one, until=NOON + MINUTE)
        assert taken is not None
        assert taken.bodies == message(space).bodies
        desk.deliveries.sent(taken, now=NOON)
        (kept,) = desk.deliveries.of_space(space.space_id, 10)
    assert (kept.state, kept.sent_at, kept.bodies) == (DeliveryState.SENT, NOON, None)
    assert due(store, 60) == []


def test_what_failed_is_tried_again_or_given_up(store: Store, space: Space) -> None:
    put(store, message(space))
    with store.write() as desk:
        (one,) = desk.deliveries.due(NOON, 10)
        taken = desk.deliveries.take(one, until=NOON + MINUTE)
        assert taken is not None
        desk.deliveries.failed(taken, "No answer.", next_try_at=NOON + 2 * MINUTE)
        (waiting,) = desk.deliveries.of_space(space.space_id, 10)
        assert (waiting.state, waiting.problem, waiting.attempts) == (
            *(DeliveryState.WAITING, "No answer."),
            1,
        )
        again = desk.deliveries.take(waiting, until=NOON + 3 * MINUTE)
        assert again is not None
        desk.deliveries.failed(again, "Refused.", next_try_at=None)
        (given_up,) = desk.deliveries.of_space(space.space_id, 10)
    assert (given_up.state, given_up.bodies) == (DeliveryState.GIVEN_UP, None)
    assert due(store, 999) == []


def test_who_was_overtaken_changes_nothing(store: Store, space: Space) -> None:
    put(store, message(space))
    with store.write() as desk:
        (one,) = desk.deliveries.due(NOON, 10)
        slow = desk.deliveries.take(one, until=NOON + MINUTE)
        (there,) = desk.deliveries.due(NOON + MINUTE, 10)
        quick = desk.deliveries.take(there, until=NOON + 2 * MINUTE)
        assert slow is not None
        assert quick is not None
        desk.deliveries.sent(quick, now=NOON)
        desk.deliveries.failed(slow, "Too late.", next_try_at=NOON)
        (kept,) = desk.deliveries.of_space(space.space_id, 10)
    assert (kept.state, kept.problem) == (DeliveryState.SENT, "")


def test_old_messages_are_forgotten_and_those_that_wait_are_not(store: Store, space: Space) -> None:
    put(store, message(space), message(space, key="k2"))
    with store.write() as desk:
        one, _ = desk.deliveries.due(NOON, 10)
        taken = desk.deliveries.take(one, until=NOON)
        assert taken is not None
        desk.deliveries.sent(taken, now=NOON)
        assert desk.deliveries.drop(NOON, 10) == 0
        assert desk.deliveries.drop(NOON + MINUTE, 10) == 1
        assert len(desk.deliveries.of_space(space.space_id, 10)) == 1


def test_erasing_somebody_withdraws_what_may_name_them(store: Store, space: Space) -> None:
    news = replace(message(space, key="k2"), kind=MessageKind.NEWS)
    put(store, message(space), news)
    with store.write() as desk:
        desk.erased.person(space.space_id, "ab" * 16, "a@example.com", now=NOON)
        kept = {one.kind: one for one in desk.deliveries.of_space(space.space_id, 10)}
    withdrawn = kept[MessageKind.HOT_LEADS]
    assert (withdrawn.state, withdrawn.subject, withdrawn.bodies) == (
        *(DeliveryState.GIVEN_UP, ""),
        None,
    )
    assert kept[MessageKind.NEWS].state is DeliveryState.WAITING


def test_tests_of_the_last_hour_are_counted(store: Store, space: Space, other_space: Space) -> None:
    put(store, message(space), message(other_space))
    with store.read() as desk:
        count = desk.deliveries.count
        assert count(space.space_id, MessageKind.HOT_LEADS, since=NOON) == 1
        assert count(space.space_id, MessageKind.HOT_LEADS, since=NOON + MINUTE) == 0
        assert count(space.space_id, MessageKind.TEST, since=NOON) == 0


# --- what there is to tell ------------------------------------------------------------------------


def test_how_a_space_stands(store: Store, space: Space) -> None:
    for day in (1, 2, 2, 3):
        a_run(store, space, day, RunStatus.SUCCEEDED, Counts(leads_created=day * 10))
    failed = a_run(store, space, 4, RunStatus.FAILED, Counts())
    with store.write() as desk:
        run, _ = desk.runs.ask(space.space_id, date(2026, 3, 5), Trigger.MANUAL, now=NOON)
        found = desk.tales.situation(space, now=NOON)
    assert (found.last.run_id if found.last else 0) == failed
    assert (found.open_run.run_id if found.open_run else 0) == run.run_id
    assert sorted(found.made) == [10, 40]
    assert found.made_now == 30


def test_a_space_without_runs_stands_for_nothing(store: Store, space: Space) -> None:
    with store.read() as desk:
        found = desk.tales.situation(space, now=NOON)
    assert (found.last, found.open_run, found.completed, found.made) == (None, None, None, ())


def test_new_leads_are_told_of_the_runs_since(store: Store, space: Space) -> None:
    first = a_run(store, space, 1, RunStatus.SUCCEEDED, Counts(leads_created=2))
    a_run(store, space, 2, RunStatus.SUCCEEDED, Counts())
    third = a_run(store, space, 3, RunStatus.FAILED, Counts(leads_created=1))
    with store.read() as desk:

        def since(run_id: int) -> list[int]:
            found = desk.tales.runs_with_leads(space.space_id, after=run_id, limit=10)
            return [one.run_id for one in found]

        assert since(0) == [first, third]
        assert since(first) == [third]
        assert since(third) == []


def test_switching_it_on_tells_nothing_of_before(store: Store, space: Space) -> None:
    run_id = a_run(store, space, 1, RunStatus.SUCCEEDED, Counts(leads_created=2))
    choose(store, space)
    with store.write() as desk:
        assert desk.messages.hot_until(space.space_id) == (run_id, None)
        desk.messages.note_hot(space.space_id, run_id + 1, at=NOON)
        assert desk.messages.hot_until(space.space_id) == (run_id + 1, NOON)
    choose(store, space)  # saved again, it goes on where it was
    with store.read() as desk:
        assert desk.messages.hot_until(space.space_id) == (run_id + 1, NOON)


def test_the_week_adds_up_what_ended_in_it(store: Store, space: Space) -> None:
    counts = Counts(leads_created=5, contacts_created=3, scores_updated=7, failed={"x": 2})
    a_run(store, space, 1, RunStatus.SUCCEEDED, counts)  # before the week
    a_run(store, space, 2, RunStatus.PARTIAL, counts)
    a_run(store, space, 3, RunStatus.SUCCEEDED, replace(counts, failed={}))
    a_run(store, space, 4, RunStatus.FAILED, Counts(rows=9, failed={"not_reached": 9}))
    persons = [
        PersonRecord(
            person=f"{number:032}",
            address=f"p{number}@example.com",
            contact_id="c",
            score=number,
            score_read_at=NOON,
            score_source=ScoreSource.FACTS,
        )
        for number in range(8)
    ]
    named = NewLink(
        list_id="l1",
        person=persons[7].person,
        key="k",
        state=LinkState.LINKED,
        lead_id="x",
        contact_id="c",
        lead_name="Clara (at) Bright (Spring)",
        list_name="Spring",
        run_id=1,
    )
    with store.write() as desk:
        desk.people.save(space.space_id, persons, now=NOON)
        desk.links.save(space.space_id, [named], now=NOON)
        week = desk.tales.week(space, NOON + 2 * MINUTE, NOON + 5 * MINUTE)
    assert (week.runs, week.runs_failed, week.runs_partial) == (3, 1, 1)
    assert (week.leads_created, week.contacts_created, week.scores_updated) == (10, 6, 14)
    assert week.rows_failed == 2
    assert week.hottest[0] == ("Clara (at) Bright", 7)
    assert week.hottest[1] == ("p6@example.com", 6)
    assert len(week.hottest) == 5


def test_a_week_without_runs_is_empty(store: Store, space: Space) -> None:
    with store.read() as desk:
        week = desk.tales.week(space, NOON, NOON + MINUTE)
    assert (week.runs, week.leads_created, week.acton_calls, week.hottest) == (0, 0, 0, [])
