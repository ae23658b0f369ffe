"""Webhooks of Pipeliner: registered with the set-up, noted as they come, followed by workers."""

import hmac
import json
from dataclasses import replace
from datetime import timedelta

import pytest

from sync.errors import (
    CredentialsRefused,
    IntegrationError,
    NotAllowed,
    NotFound,
    StoreAway,
    TryLater,
    UnexpectedAnswer,
)
from sync.model import ChecklistItem, ItemKind, ItemState, LinkState, SpaceStatus
from sync.model.crm_hooks import HookNews
from sync.rules.keys import link_key
from sync.service import following
from tests.counting import counted
from tests.service.world import AdminWorld

URL = "https://acton.example.com/webhooks/pipeliner/acme"
JANE = "jane@example.com"
FORBIDDEN = CredentialsRefused("No right to use the webhooks.", kind="pipeliner_forbidden")


def webhook_of(world: AdminWorld) -> ChecklistItem:
    items = world.setting_up.checklist(world.anna, "acme").items
    (item,) = (one for one in items if one.kind is ItemKind.WEBHOOK)
    return item


def signature_of(world: AdminWorld, space_id: str = "acme") -> str:
    with world.store.read() as desk:
        return desk.crm_hooks.signatures(space_id)[0]


def send(world: AdminWorld, *events: tuple[str, str], space_id: str = "acme") -> int:
    """Pipeliner tells of events (name, record id)."""
    body = json.dumps([{"event": name, "entity": {"id": one}} for name, one in events]).encode()
    told = hmac.digest(signature_of(world, space_id).encode(), body, "sha256").hex()
    assert world.crm_hooks.is_genuine(space_id, body, told)
    return world.crm_hooks.note(space_id, body)


def news(world: AdminWorld) -> HookNews:
    return world.administration.overview(world.anna, "acme").hooks


def state_of_jane(world: AdminWorld) -> LinkState:
    key = link_key("acme", "l-0001", JANE)
    with world.store.read() as desk:
        return desk.links.for_keys("acme", [key])[key].state


@pytest.fixture
def placed(world: AdminWorld) -> AdminWorld:
    """Acme's webhook is registered, and Jane has her Lead."""
    world.setting_up.mend(world.anna, "acme")
    world.vendors.acton.add_person("l-0001", JANE, first="Jane", last="Doe", score=50)
    world.sync()
    return world


# --- the registration -----------------------------------------------------------------------------


def test_setting_up_registers_the_webhook_once(world: AdminWorld) -> None:
    assert webhook_of(world).state is ItemState.MISSING
    for _ in range(2):
        world.setting_up.mend(world.anna, "acme")
    (hook,) = world.vendors.pipeliner.webhooks.values()
    assert (hook.url, hook.signature) == (URL, signature_of(world))
    assert webhook_of(world).state is ItemState.DONE


def test_a_changed_and_a_deleted_registration_are_mended(placed: AdminWorld) -> None:
    webhooks = placed.vendors.pipeliner.webhooks
    (webhook_id,) = webhooks
    webhooks[webhook_id] = replace(webhooks[webhook_id], skip_keys=())
    assert webhook_of(placed).state is ItemState.DRIFTED
    placed.setting_up.mend(placed.anna, "acme")
    assert webhook_of(placed).state is ItemState.DONE
    webhooks.clear()
    assert webhook_of(placed).state is ItemState.MISSING
    placed.setting_up.mend(placed.anna, "acme")
    assert webhook_of(placed).state is ItemState.DONE


@pytest.mark.parametrize("public_url", [None, "http://acton.example.com"])
def test_without_https_it_is_off_and_nothing_is_broken(
    world: AdminWorld, public_url: str | None
) -> None:
    world.choose(public_url=public_url)
    checklist = world.setting_up.mend(world.anna, "acme")
    assert checklist.ready
    assert webhook_of(world).message.startswith("Off:")
    assert world.vendors.pipeliner.webhooks == {}
    assert world.crm_hooks.look_after() == 0


@pytest.mark.parametrize("error", [FORBIDDEN, UnexpectedAnswer("?"), TryLater("Not now.")])
def test_a_pipeliner_that_refuses_webhooks_breaks_nothing_else(
    world: AdminWorld, error: IntegrationError
) -> None:
    world.vendors.pipeliner.hooks_fail_with = error
    assert world.setting_up.mend(world.anna, "acme").ready
    item = webhook_of(world)
    assert (item.state, item.message) == (ItemState.MISSING, error.message)
    world.vendors.acton.add_person("l-0001", JANE, first="Jane", last="Doe", score=50)
    assert world.sync().counts.created == 1


def test_workers_register_spaces_that_ran_before_there_were_webhooks(world: AdminWorld) -> None:
    assert world.crm_hooks.look_after() == 2
    assert {one.url.rpartition("/")[2] for one in world.vendors.pipeliner.webhooks.values()} == {
        "acme",
        "other",
    }
    assert world.crm_hooks.look_after() == 0


def test_workers_mend_a_registration_within_a_day(placed: AdminWorld) -> None:
    placed.crm_hooks.look_after()
    placed.vendors.pipeliner.webhooks.clear()
    assert placed.crm_hooks.look_after() == 0
    placed.time = _database_time(placed) + timedelta(days=1, minutes=1)
    assert placed.crm_hooks.look_after() == 2
    assert webhook_of(placed).state is ItemState.DONE


def test_a_pipeliner_that_was_away_is_looked_at_again_within_the_day(placed: AdminWorld) -> None:
    placed.time = _database_time(placed)
    placed.vendors.pipeliner.webhooks.clear()
    with placed.store.write() as desk:
        desk.crm_hooks.looked("acme", ago=timedelta(days=2))
    placed.vendors.pipeliner.hooks_fail_with = TryLater("Pipeliner did not answer.")
    assert placed.crm_hooks.look_after() == 2
    placed.vendors.pipeliner.hooks_fail_with = None
    assert placed.crm_hooks.look_after() == 0
    placed.later(hours=2)
    assert placed.crm_hooks.look_after() == 2
    assert webhook_of(placed).state is ItemState.DONE


def _database_time(world: AdminWorld):
    with world.store.read() as desk:
        return desk.now()


def test_a_worker_that_is_told_to_stop_looks_at_no_more(world: AdminWorld) -> None:
    assert world.crm_hooks.look_after(lambda: True) == 0


def test_a_space_that_is_not_running_is_left_alone(world: AdminWorld) -> None:
    world.administration.pause(world.anna, "acme")
    assert world.crm_hooks.look_after() == 1


def test_the_signature_is_rotated_and_the_old_one_good_for_a_moment(placed: AdminWorld) -> None:
    old = signature_of(placed)
    assert placed.crm_hooks.rotate(placed.anna, "acme") is None
    new = signature_of(placed)
    assert new != old
    assert [one.signature for one in placed.vendors.pipeliner.webhooks.values()] == [new]
    for key in (old, new):
        told = hmac.digest(key.encode(), b"[]", "sha256").hex()
        assert placed.crm_hooks.is_genuine("acme", b"[]", told)
    assert placed.events()[-1] == "webhook_signature_rotated"


def test_a_rotation_that_pipeliner_did_not_hear_of_is_mended_later(placed: AdminWorld) -> None:
    old = signature_of(placed)
    placed.vendors.pipeliner.hooks_fail_with = TryLater("Pipeliner did not answer.")
    finding = placed.crm_hooks.rotate(placed.anna, "acme")
    assert finding is not None
    assert "did not answer" in finding.message
    placed.vendors.pipeliner.hooks_fail_with = None
    told = hmac.digest(old.encode(), b"[]", "sha256").hex()
    assert placed.crm_hooks.is_genuine("acme", b"[]", told)
    assert webhook_of(placed).state is ItemState.DRIFTED
    placed.setting_up.mend(placed.anna, "acme")
    assert webhook_of(placed).state is ItemState.DONE
    (hook,) = placed.vendors.pipeliner.webhooks.values()
    assert hook.signature == signature_of(placed) != old


def test_rotating_is_for_admins_and_operators(placed: AdminWorld) -> None:
    assert placed.crm_hooks.rotate(placed.olga, "acme") is None
    with pytest.raises(NotFound):
        placed.crm_hooks.rotate(placed.bert, "acme")


def test_a_deactivated_space_is_registered_no_more(placed: AdminWorld) -> None:
    signature = signature_of(placed)
    placed.administration.deactivate(placed.anna, "acme")
    assert placed.vendors.pipeliner.webhooks == {}
    told = hmac.digest(signature.encode(), b"[]", "sha256").hex()
    assert not placed.crm_hooks.is_genuine("acme", b"[]", told)


@pytest.mark.parametrize("deed", ["deactivate", "erase"])
def test_a_space_is_taken_away_though_pipeliner_does_not_listen(
    placed: AdminWorld, deed: str
) -> None:
    placed.vendors.pipeliner.hooks_fail_with = TryLater("Pipeliner did not answer.")
    if deed == "erase":
        placed.administration.erase(placed.anna, "acme", typed_name="Acme")
    else:
        assert placed.administration.deactivate(placed.anna, "acme").status is SpaceStatus.INACTIVE
    with placed.store.read() as desk:
        assert desk.crm_hooks.signatures("acme") == ()


def test_an_erased_space_leaves_no_webhook_behind(placed: AdminWorld) -> None:
    placed.administration.erase(placed.anna, "acme", typed_name="Acme")
    assert placed.vendors.pipeliner.webhooks == {}


def test_whoever_may_not_erase_takes_no_webhook_away(placed: AdminWorld) -> None:
    with pytest.raises(NotFound):
        placed.administration.erase(placed.bert, "acme", typed_name="Acme")
    with pytest.raises(NotAllowed):
        placed.administration.deactivate(placed.olga, "acme")
    assert webhook_of(placed).state is ItemState.DONE


# --- what comes in --------------------------------------------------------------------------------


def test_only_what_the_space_s_own_pipeliner_signed_is_genuine(placed: AdminWorld) -> None:
    placed.setting_up.mend(placed.bert, "other")
    told = hmac.digest(signature_of(placed).encode(), b"[]", "sha256").hex()
    assert placed.crm_hooks.is_genuine("acme", b"[]", told)
    for space_id in ("other", "nobody", "", "a" * 500, "acme\0", "ä"):
        assert not placed.crm_hooks.is_genuine(space_id, b"[]", told)


def test_a_signature_sealed_with_a_lost_key_recognises_nobody(placed: AdminWorld) -> None:
    told = hmac.digest(signature_of(placed).encode(), b"[]", "sha256").hex()
    with placed.store.write() as desk:
        desk.connection.exec_driver_sql("UPDATE crm_hooks SET signature_sealed = 'v1.no.thing'")
    assert not placed.crm_hooks.is_genuine("acme", b"[]", told)


def test_what_came_and_what_waits_is_told(placed: AdminWorld) -> None:
    assert news(placed).last_at is None
    assert send(placed, ("Lead.Update", "l1"), ("Lead.Delete", "l1"), ("Contact.Create", "c1")) == 2
    assert news(placed).waiting == 2
    assert news(placed).last_at is not None
    placed.following.do()
    assert news(placed).waiting == 0


def test_webhooks_are_counted_by_what_became_of_them(placed: AdminWorld) -> None:
    def count(outcome: str) -> float:
        return counted(f'webhooks_total{{outcome="{outcome}",vendor="pipeliner"}}')

    before = [count(one) for one in ("noted", "ignored", "unreadable")]
    send(placed, ("Lead.Update", "l1"))
    send(placed, ("Account.Update", "a1"))
    assert placed.crm_hooks.note("acme", b"{nonsense") == 0
    assert [count(one) for one in ("noted", "ignored", "unreadable")] == [x + 1 for x in before]


# --- following ------------------------------------------------------------------------------------


def test_a_deleted_lead_is_a_tombstone_before_any_run(placed: AdminWorld) -> None:
    (lead_id,) = placed.vendors.pipeliner.leads
    placed.vendors.pipeliner.delete_lead(lead_id)
    send(placed, ("Lead.Delete", lead_id))
    assert placed.following.do() == 1
    assert state_of_jane(placed) is LinkState.TOMBSTONE
    assert placed.following.do() == 0
    (stone,) = placed.records.tombstones(placed.anna, "acme").items
    assert stone.address == JANE


def test_the_payload_is_believed_nothing_but_its_ids(placed: AdminWorld) -> None:
    (lead_id,) = placed.vendors.pipeliner.leads
    send(placed, ("Lead.Delete", lead_id))
    placed.following.do()
    assert state_of_jane(placed) is LinkState.LINKED


def test_nothing_is_asked_while_nothing_waits(placed: AdminWorld) -> None:
    placed.vendors.asked_as.clear()
    assert placed.following.do() == 0
    send(placed)
    assert placed.following.do() == 0
    assert placed.vendors.asked_as == []


def test_many_changes_are_read_at_one_go(placed: AdminWorld) -> None:
    pipeliner = placed.vendors.pipeliner
    placed.sync()
    ids = [pipeliner.add_contact(f"p{one}@example.com") for one in range(60)]
    (lead_id,) = pipeliner.leads
    pipeliner.delete_lead(lead_id)
    pipeliner.read.clear()
    send(placed, *(("Contact.Create", one) for one in ids), ("Lead.Delete", lead_id))
    placed.following.do()
    assert pipeliner.read == ["contacts", "leads"]
    assert state_of_jane(placed) is LinkState.TOMBSTONE
    assert news(placed).waiting == 0


def test_more_than_are_kept_are_read_at_one_go_too(
    placed: AdminWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sync.service.crm_hooks.MOST_WAITING", 3)
    (lead_id,) = placed.vendors.pipeliner.leads
    placed.vendors.pipeliner.delete_lead(lead_id)
    send(placed, *(("Lead.Update", f"x{one}") for one in range(4)))
    assert news(placed).reads_all
    placed.following.do()
    assert state_of_jane(placed) is LinkState.TOMBSTONE
    assert (news(placed).reads_all, news(placed).waiting) == (False, 0)


def test_an_index_that_is_not_complete_leaves_the_rest_to_the_run(
    world: AdminWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sync.service.crm_hooks.MOST_WAITING", 3)
    world.setting_up.mend(world.anna, "acme")
    world.vendors.pipeliner.read.clear()
    send(world, *(("Lead.Update", f"x{one}") for one in range(4)))
    world.following.do()
    assert world.vendors.pipeliner.read == []
    assert (news(world).reads_all, news(world).waiting) == (False, 0)


def test_more_than_one_handful_is_followed_in_one_go(placed: AdminWorld) -> None:
    send(placed, *(("Lead.Update", f"x{one}") for one in range(25)))
    placed.vendors.pipeliner.read.clear()
    placed.following.do()
    assert len(placed.vendors.pipeliner.read) == 25
    assert news(placed).waiting == 0


def test_a_pipeliner_that_is_away_is_asked_again_after_growing_pauses(placed: AdminWorld) -> None:
    (lead_id,) = placed.vendors.pipeliner.leads
    placed.vendors.pipeliner.delete_lead(lead_id)
    send(placed, ("Lead.Delete", lead_id))
    whole = placed.vendors.pipeliner.find_lead
    fail_with(placed, TryLater("Pipeliner did not answer."))
    assert placed.following.do() == 1
    assert placed.following.do() == 0  # it rests
    assert news(placed).waiting == 1
    assert pauses_of(placed) == 1
    end_the_pause(placed)
    placed.following.do()
    assert pauses_of(placed) == 2
    placed.vendors.pipeliner.find_lead = whole  # type: ignore[method-assign]
    end_the_pause(placed)
    placed.following.do()
    assert (news(placed).waiting, pauses_of(placed)) == (0, 0)
    assert state_of_jane(placed) is LinkState.TOMBSTONE


def fail_with(world: AdminWorld, error: IntegrationError) -> None:
    def fail(lead_id: str, fields: object) -> object:
        raise error

    world.vendors.pipeliner.find_lead = fail  # type: ignore[method-assign,assignment]


def pauses_of(world: AdminWorld) -> int:
    with world.store.read() as desk:
        query = "SELECT tries FROM crm_hooks WHERE space_id = 'acme'"
        return int(desk.connection.exec_driver_sql(query).scalar_one())


def end_the_pause(world: AdminWorld) -> None:
    with world.store.write() as desk:
        desk.connection.exec_driver_sql("UPDATE crm_hooks SET retry_at = NULL")


def test_a_refused_key_is_not_asked_with_again_until_it_is_replaced(placed: AdminWorld) -> None:
    (lead_id,) = placed.vendors.pipeliner.leads
    placed.vendors.pipeliner.delete_lead(lead_id)
    send(placed, ("Lead.Delete", lead_id))
    whole = placed.vendors.pipeliner.find_lead
    fail_with(placed, CredentialsRefused("Pipeliner refused the key."))
    placed.following.do()
    end_the_pause(placed)
    assert placed.following.do() == 0
    assert (news(placed).waiting, news(placed).stopped) == (1, True)
    placed.vendors.pipeliner.find_lead = whole  # type: ignore[method-assign]
    placed.connecting.change_pipeliner_key(placed.anna, "acme", username="u2", password="p2")
    assert placed.following.do() == 1
    assert (news(placed).waiting, news(placed).stopped) == (0, False)
    assert state_of_jane(placed) is LinkState.TOMBSTONE


def test_the_next_run_clears_what_nobody_could_follow(placed: AdminWorld) -> None:
    placed.sync()
    (lead_id,) = placed.vendors.pipeliner.leads
    placed.vendors.pipeliner.delete_lead(lead_id)
    send(placed, ("Lead.Delete", lead_id))
    fail_with(placed, TryLater("Pipeliner did not answer."))
    placed.following.do()
    placed.sync()
    assert news(placed).waiting == 0
    assert state_of_jane(placed) is LinkState.TOMBSTONE


def test_a_paused_space_is_followed_when_it_goes_on(placed: AdminWorld) -> None:
    send(placed, ("Lead.Update", "x1"))
    placed.administration.pause(placed.anna, "acme")
    assert placed.following.do() == 0
    placed.administration.resume(placed.anna, "acme")
    assert placed.following.do() == 1


def test_what_cannot_be_followed_in_one_space_keeps_no_other_waiting(placed: AdminWorld) -> None:
    placed.setting_up.mend(placed.bert, "other")
    send(placed, ("Lead.Update", "x1"))
    send(placed, ("Lead.Update", "x2"), space_id="other")
    with placed.store.write() as desk:
        desk.connection.exec_driver_sql(
            "UPDATE spaces SET pipeliner_password_sealed = 'v1.no.thing' WHERE space_id = 'acme'"
        )
    assert placed.following.do() == 2
    with placed.store.read() as desk:
        assert desk.crm_changes.size("other") == 0
        assert desk.crm_changes.size("acme") == 1
    assert placed.following.do() == 0


def test_a_worker_that_is_told_to_stop_leaves_the_rest(placed: AdminWorld) -> None:
    send(placed, ("Lead.Update", "x1"))
    assert placed.following.do(lambda: True) == 0
    stops = iter([False, True])
    assert placed.following.do(lambda: next(stops)) == 1
    assert news(placed).waiting == 1
    assert placed.following.do() == 1  # nobody holds it


def test_a_database_that_goes_away_is_told_upwards(
    placed: AdminWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    send(placed, ("Lead.Update", "x1"))

    def away(*_: object) -> None:
        raise StoreAway("The database did not answer.")

    monkeypatch.setattr(following, "follow", away)
    with pytest.raises(StoreAway):
        placed.following.do()
    assert news(placed).waiting == 1
