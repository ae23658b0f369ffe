"""Webhooks of Pipeliner: the signature, what waits to be followed, and who follows it."""

from datetime import timedelta

import pytest

from sync.model import Entity, Space, SpaceStatus
from sync.model.crm_hooks import ChangeKind, CrmChange, HookNews, WaitingChange
from sync.store import Desk, Store
from tests.store.helpers import NOON, at_once

ACME, OTHER = "acme_sales", "other_sales"
AGES = timedelta(days=36_500)


def change(
    record_id: str, entity: Entity = Entity.LEAD, kind: ChangeKind = ChangeKind.DELETED
) -> CrmChange:
    return CrmChange(entity=entity, record_id=record_id, kind=kind)


def note(store: Store, *ids: str, space_id: str = ACME, most: int = 100) -> None:
    with store.write() as desk:
        desk.crm_changes.note(space_id, [change(one) for one in ids], most=most)


def waiting(desk: Desk, space_id: str = ACME) -> list[str]:
    return [one.record_id for one in desk.crm_changes.waiting(space_id, 100)]


@pytest.fixture
def registered(store: Store, space: Space, other_space: Space) -> Store:
    """Two spaces with signatures."""
    with store.write() as desk:
        desk.crm_hooks.ensure(ACME)
        desk.crm_hooks.ensure(OTHER)
    return store


# --- the signature --------------------------------------------------------------------------------


def test_a_space_has_one_signature_however_often_it_is_asked(registered: Store) -> None:
    with registered.write() as desk:
        first = desk.crm_hooks.ensure(ACME)
        assert desk.crm_hooks.ensure(ACME) == desk.crm_hooks.state(ACME) == first
        assert desk.crm_hooks.signatures(ACME) == (first.signature,)
        assert desk.crm_hooks.ensure(OTHER).signature != first.signature


def test_who_asks_at_once_gets_the_same_signature(store: Store, space: Space) -> None:
    def ensure() -> str:
        with store.write() as desk:
            return desk.crm_hooks.ensure(ACME).signature

    assert len(set(at_once(ensure, ensure, ensure))) == 1


def test_unknown_spaces_and_those_without_a_registration_have_none(
    store: Store, space: Space
) -> None:
    with store.write() as desk:
        desk.crm_hooks.take_look(ACME, before=NOON + AGES)  # a row, but no signature yet
        assert desk.crm_hooks.signatures(ACME) == desk.crm_hooks.signatures("nobody") == ()
        assert desk.crm_hooks.state(ACME) is None


def test_the_signature_is_stored_sealed(registered: Store) -> None:
    with registered.read() as desk:
        signature = desk.crm_hooks.signatures(ACME)[0]
        rows = desk.connection.exec_driver_sql("SELECT * FROM crm_hooks").all()
    assert signature not in str(rows)


def test_after_a_rotation_both_are_good_until_pipeliner_knows_and_a_little_longer(
    registered: Store,
) -> None:
    with registered.write() as desk:
        old = desk.crm_hooks.ensure(ACME)
        desk.crm_hooks.placed(ACME, "h1", signature=old.signature)
        desk.crm_hooks.rotate(ACME)
        new = desk.crm_hooks.ensure(ACME)
        assert (new.pending, new.webhook_id) == (True, "h1")
        assert desk.crm_hooks.signatures(ACME) == (new.signature, old.signature)
        desk.crm_hooks.placed(ACME, "h1", signature=old.signature)  # by somebody who was slower
        assert desk.crm_hooks.ensure(ACME).pending
        desk.crm_hooks.placed(ACME, "h1", signature=new.signature)
        assert not desk.crm_hooks.ensure(ACME).pending
        assert desk.crm_hooks.signatures(ACME) == (new.signature, old.signature)
    with registered.write() as desk:
        desk.connection.exec_driver_sql(
            "UPDATE crm_hooks SET before_until = '2000-01-01 00:00:00+00'"
            if not registered.database.is_sqlite
            else "UPDATE crm_hooks SET before_until = '2000-01-01 00:00:00.000000'"
        )
        assert desk.crm_hooks.signatures(ACME) == (new.signature,)


def test_a_second_rotation_keeps_the_one_that_pipeliner_may_still_use(registered: Store) -> None:
    with registered.write() as desk:
        old = desk.crm_hooks.ensure(ACME)
        desk.crm_hooks.rotate(ACME)
        desk.crm_hooks.rotate(ACME)
        new = desk.crm_hooks.ensure(ACME)
        assert desk.crm_hooks.signatures(ACME) == (new.signature, old.signature)


def test_a_dropped_registration_leaves_nothing_and_no_other_is_touched(registered: Store) -> None:
    note(registered, "l1")
    note(registered, "l1", space_id=OTHER)
    with registered.write() as desk:
        desk.crm_hooks.drop(ACME)
        assert desk.crm_hooks.signatures(ACME) == ()
        assert waiting(desk) == []
        assert desk.crm_hooks.signatures(OTHER)
        assert waiting(desk, OTHER) == ["l1"]


def test_an_erased_space_takes_its_registration_along(registered: Store) -> None:
    note(registered, "l1")
    with registered.write() as desk:
        desk.spaces.erase(ACME)
        assert desk.crm_hooks.signatures(ACME) == ()
        assert waiting(desk) == []


# --- what waits -----------------------------------------------------------------------------------


def test_repeats_collapse_and_the_first_told_is_the_first_followed(registered: Store) -> None:
    note(registered, "l1", "l2")
    note(registered, "l1")
    with registered.read() as desk:
        assert desk.crm_changes.waiting(ACME, 10) == [
            WaitingChange(entity=Entity.LEAD, record_id="l2", times=1),
            WaitingChange(entity=Entity.LEAD, record_id="l1", times=2),
        ]
        assert desk.crm_changes.size(ACME) == 2
        assert desk.crm_changes.size(OTHER) == 0


def test_what_is_told_again_while_it_is_followed_waits_on(registered: Store) -> None:
    note(registered, "l1", "l2")
    with registered.read() as desk:
        taken = desk.crm_changes.waiting(ACME, 10)
    note(registered, "l2")
    with registered.write() as desk:
        desk.crm_changes.forget(ACME, taken)
        assert waiting(desk) == ["l2"]
        assert desk.crm_hooks.due(10) == [ACME]


def test_a_space_is_due_while_something_waits(registered: Store) -> None:
    note(registered)  # genuine, but about nothing of ours
    with registered.read() as desk:
        assert desk.crm_hooks.due(10) == []
        assert desk.crm_hooks.news(ACME).last_at is not None
    note(registered, "l1")
    with registered.write() as desk:
        assert desk.crm_hooks.due(10) == [ACME]
        desk.crm_changes.forget(ACME, desk.crm_changes.waiting(ACME, 10))
        assert desk.crm_hooks.due(10) == []


def test_too_many_are_not_kept_one_by_one(registered: Store) -> None:
    note(registered, *(f"l{number}" for number in range(6)), most=5)
    with registered.read() as desk:
        assert desk.crm_changes.reads_all(ACME)
        assert waiting(desk) == []
        assert desk.crm_hooks.due(10) == [ACME]


def test_what_a_reading_has_seen_is_forgotten_and_what_came_since_is_not(
    registered: Store,
) -> None:
    note(registered, "l1")
    with registered.read() as desk:
        began = desk.now()
    note(registered, "l2")
    with registered.write() as desk:
        desk.crm_changes.forget_before(ACME, began)
        assert waiting(desk) == ["l2"]
        desk.crm_changes.forget_before(ACME, began + AGES)
        assert waiting(desk) == []
        assert desk.crm_hooks.due(10) == []


def test_all_that_changed_is_read_again_where_more_was_told_meanwhile(registered: Store) -> None:
    with registered.read() as desk:
        began = desk.now()
    note(registered, "l1", "l2", most=1)
    with registered.write() as desk:
        desk.crm_changes.forget_before(ACME, began)
        assert desk.crm_changes.reads_all(ACME)
        desk.crm_changes.forget_before(ACME, desk.now() + AGES)
        assert not desk.crm_changes.reads_all(ACME)


def test_nothing_is_noted_for_a_space_that_is_gone(registered: Store) -> None:
    note(registered, "l1", space_id="nobody")
    with registered.read() as desk:
        assert waiting(desk, "nobody") == []


def test_notes_and_forgetting_at_once_lose_nothing(registered: Store) -> None:
    note(registered, "l1")

    def forget() -> None:
        with registered.write() as desk:
            desk.crm_changes.forget(ACME, desk.crm_changes.waiting(ACME, 10))

    at_once(lambda: note(registered, "l2"), forget, lambda: note(registered, "l3"), forget)
    with registered.read() as desk:
        assert bool(waiting(desk)) == (desk.crm_hooks.due(10) == [ACME])


# --- who follows ----------------------------------------------------------------------------------


def test_one_follows_a_space_at_a_time(registered: Store) -> None:
    note(registered, "l1")

    def claim() -> object:
        with registered.write() as desk:
            return desk.crm_hooks.claim(ACME, 60)

    found = [one for one in at_once(claim, claim, claim) if one is not None]
    assert len(found) == 1
    with registered.write() as desk:
        assert desk.crm_hooks.due(10) == []
        desk.crm_hooks.release(ACME, found[0])  # type: ignore[arg-type]
        assert desk.crm_hooks.due(10) == [ACME]


def test_a_claim_runs_out(registered: Store) -> None:
    note(registered, "l1")
    with registered.write() as desk:
        assert desk.crm_hooks.claim(ACME, -1) is not None
        assert desk.crm_hooks.claim(ACME, 60) is not None
        assert desk.crm_hooks.claim(ACME, 60) is None


def test_pauses_grow_to_the_last_and_end_when_it_goes_well(registered: Store) -> None:
    note(registered, "l1")
    pauses = [timedelta(seconds=one) for one in (10, 60)]
    with registered.write() as desk:
        found = [desk.crm_hooks.put_off(ACME, pauses) for _ in range(4)]
        assert found == [pauses[0], pauses[1], pauses[1], pauses[1]]
        assert desk.crm_hooks.due(10) == []
        desk.crm_hooks.goes_well(ACME)
        assert desk.crm_hooks.due(10) == [ACME]
        assert desk.crm_hooks.put_off(ACME, pauses) == pauses[0]


def test_a_refused_key_is_not_tried_again_but_another_is(registered: Store, space: Space) -> None:
    note(registered, "l1")
    with registered.write() as desk:
        desk.crm_hooks.stop(ACME, desk.spaces.revision(ACME).version)
        assert desk.crm_hooks.due(10) == []
        assert desk.crm_hooks.news(ACME).stopped
        desk.spaces.save(space, now=NOON)  # with another key, say
        assert desk.crm_hooks.due(10) == [ACME]
        assert not desk.crm_hooks.news(ACME).stopped


def test_only_running_spaces_are_followed_and_looked_after(registered: Store) -> None:
    note(registered, "l1")
    note(registered, "l1", space_id=OTHER)
    with registered.write() as desk:
        desk.spaces.set_status(ACME, SpaceStatus.PAUSED, reason="", by=None, at=NOON)
        assert desk.crm_hooks.due(10) == [OTHER]
        assert desk.crm_hooks.due_for_look(before=NOON + AGES, limit=10) == [OTHER]


def test_a_registration_is_looked_at_once_by_one(registered: Store) -> None:
    with registered.read() as desk:
        now = desk.now()
        assert desk.crm_hooks.due_for_look(before=now, limit=10) == [ACME, OTHER]

    def look() -> bool:
        with registered.write() as desk:
            return desk.crm_hooks.take_look(ACME, before=now)

    assert sorted(at_once(look, look, look)) == [False, False, True]
    with registered.read() as desk:
        assert desk.crm_hooks.due_for_look(before=now, limit=10) == [OTHER]


def test_the_news_say_what_came_and_what_waits(registered: Store) -> None:
    with registered.read() as desk:
        assert desk.crm_hooks.news(ACME) == desk.crm_hooks.news("nobody") == HookNews()
        assert desk.figures.crm_changes() == 0
    note(registered, "l1", "l2")
    note(registered, "l1", space_id=OTHER)
    with registered.read() as desk:
        news = desk.crm_hooks.news(ACME)
        assert (news.waiting, news.reads_all, news.stopped) == (2, False, False)
        assert news.last_at is not None
        assert desk.figures.crm_changes() == 3
