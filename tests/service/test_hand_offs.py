"""From a webhook to a Lead: proven, written down, handed off by the rules of every run."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import update

from sync.errors import NotAllowed, NotFound, SetupError, TryLater
from sync.model import Run, RunStatus, Standing, Trigger
from sync.model.webhooks import SignatureScheme, Webhook, WebhookState
from sync.rules.keys import person_digest
from sync.rules.signatures import sign
from sync.store.tables import runs
from tests.service.world import AdminWorld

CROSSED = "contact-lead-score.upper-threshold-surpassed"
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


@pytest.fixture
def world(world: AdminWorld) -> AdminWorld:
    """Webhooks are set up; Jane, whose score is 50, is in the list Spring."""
    world.webhooks.save(world.anna, "acme", scheme=SignatureScheme.SVIX, secret=SECRET)
    world.vendors.acton.add_person("l-0001", "jane@example.com", first="Jane", score=50)
    return world


def deliver(
    world: AdminWorld, name: str, email: str, message: str = "msg_1", **more: object
) -> int | None:
    """Act-On sends a webhook; how many reports were new, None where it was refused."""
    body = json.dumps({"type": name, "data": {"email": email, **more}}).encode()
    with world.store.read() as desk:
        key = desk.webhooks.key("acme")
    assert key is not None
    headers = sign(key, message, world.time, body)
    proven = world.webhooks.prove("acme", headers, body)
    return None if proven is None else world.webhooks.receive("acme", proven, body)


def hand_off(world: AdminWorld) -> list[Run]:
    """Workers look after what came in, do the runs and see what came of them."""
    world.bell.rung.clear()
    world.hand_offs.look_after()
    done = world.work_off()
    world.hand_offs.look_after()
    return done


def latest(world: AdminWorld) -> Webhook:
    return world.webhooks.page(world.anna, "acme").latest[0]


def leads(world: AdminWorld) -> list[str]:
    return world.vendors.pipeliner.lead_names()


def test_a_crossing_becomes_a_lead_for_each_list_the_person_is_in(world: AdminWorld) -> None:
    world.vendors.acton.add_list("l-0002", "Summer")
    world.vendors.acton.add_list("l-0003", "Autumn")
    world.vendors.acton.add_person("l-0002", "Jane@example.com", first="Jane")
    assert deliver(world, CROSSED, "jane@example.com", leadScore=50) == 1
    [run] = hand_off(world)
    assert (run.trigger, run.status) == (Trigger.WEBHOOK, RunStatus.SUCCEEDED)
    assert (run.counts.rows, run.counts.created, run.counts.contacts_created) == (2, 2, 1)
    assert run.counts.adds_up
    assert leads(world) == ["Jane (Spring)", "Jane (Summer)"]
    assert latest(world).state is WebhookState.DONE


def test_the_daily_run_then_finds_nothing_left_to_do(world: AdminWorld) -> None:
    deliver(world, CROSSED, "jane@example.com")
    hand_off(world)
    world.vendors.pipeliner.written.clear()
    world.later(days=1)
    run = world.sync()
    assert run.counts.unchanged == 1
    assert world.vendors.pipeliner.written == []


def test_only_the_person_reported_is_asked_about(world: AdminWorld) -> None:
    world.vendors.acton.add_person("l-0001", "john@example.com", score=90)
    deliver(world, CROSSED, "jane@example.com")
    world.vendors.acton.asked.clear()
    hand_off(world)
    assert world.vendors.acton.asked == [
        "lists",
        "row l-0001 jane@example.com",
        "score l-0001:0",
    ]
    assert leads(world) == ["Jane (Spring)"]


def test_what_the_webhook_says_of_the_score_is_not_believed(world: AdminWorld) -> None:
    world.vendors.acton.set_score("jane@example.com", 12)
    deliver(world, CROSSED, "jane@example.com", leadScore=90)
    [run] = hand_off(world)
    assert run.counts.skipped == {"below_threshold": 1}
    assert leads(world) == []


def test_somebody_in_no_list_is_done_without_a_lead(world: AdminWorld) -> None:
    deliver(world, CROSSED, "nobody@example.com")
    [run] = hand_off(world)
    assert (run.status, run.counts.rows) == (RunStatus.SUCCEEDED, 0)
    assert latest(world).state is WebhookState.DONE


def test_a_delivery_that_comes_twice_counts_once(world: AdminWorld) -> None:
    assert deliver(world, CROSSED, "jane@example.com") == 1
    assert deliver(world, CROSSED, "jane@example.com") == 0
    assert len(hand_off(world)) == 1
    assert deliver(world, CROSSED, "jane@example.com") == 0
    assert hand_off(world) == []


def test_people_reported_together_share_a_run(world: AdminWorld) -> None:
    world.vendors.acton.add_person("l-0001", "john@example.com", first="John", score=90)
    deliver(world, CROSSED, "jane@example.com", "msg_1")
    deliver(world, CROSSED, "john@example.com", "msg_2")
    deliver(world, CROSSED, "JANE@example.com", "msg_3")
    [run] = hand_off(world)
    assert run.counts.created == 2


def test_many_people_in_short_lists_are_found_by_reading_the_lists(world: AdminWorld) -> None:
    for number in range(5):
        world.vendors.acton.add_person("l-0001", f"p{number}@example.com", score=60)
        deliver(world, CROSSED, f"p{number}@example.com", f"msg_{number}")
    world.vendors.acton.asked.clear()
    [run] = hand_off(world)
    assert run.counts.created == 6  # whole lists hold Jane, too
    assert not [one for one in world.vendors.acton.asked if one.startswith("row ")]


def test_a_score_column_that_the_admin_named_counts_in_a_hand_off_too(world: AdminWorld) -> None:
    headers = ("_contact_id_", "First Name", "E-mail Address", "Lead Score")
    world.vendors.acton.add_list("l-0009", "Scored", headers)
    world.vendors.acton.add_row("l-0009", "Ada", "ada@example.com", "77")
    world.vendors.acton.add_row("l-0009", "Bob", "bob@example.com", "7")
    settings = world.space().settings
    world.add_space(settings=replace(settings, score_column="Lead Score"))
    for name in ("ada", "bob"):
        deliver(world, CROSSED, f"{name}@example.com", name)
        hand_off(world)
    assert leads(world) == ["Ada (Scored)"]


def test_a_hand_off_waits_for_a_run_that_is_under_way(world: AdminWorld) -> None:
    begun = world.administration.start(world.anna, "acme").run
    deliver(world, CROSSED, "jane@example.com")
    assert world.hand_offs.look_after() == 0
    world.work(begun.run_id)
    world.bell.rung.clear()
    assert world.hand_offs.look_after() == 1
    [run] = world.work_off()
    assert run.counts.unchanged == 1


def test_a_run_through_all_lists_takes_the_place_of_a_hand_off_that_waits(
    world: AdminWorld,
) -> None:
    deliver(world, CROSSED, "jane@example.com")
    world.hand_offs.look_after()
    [waiting] = world.bell.rung
    begun = world.administration.start(world.anna, "acme")
    assert begun.started
    assert begun.run.trigger is Trigger.MANUAL
    with world.store.read() as desk:
        assert desk.runs.get(waiting).status is RunStatus.CANCELLED
    assert world.work(begun.run.run_id).counts.created == 1


def test_a_space_is_due_although_a_hand_off_of_it_is_paused(world: AdminWorld) -> None:
    deliver(world, CROSSED, "jane@example.com")
    world.hand_offs.look_after()
    now = world.time
    with world.store.write() as desk:
        desk.spaces.set_next_due("acme", now)
        assert [one for _, one in desk.spaces.due(now, 10, now=now)] == ["acme"]


def test_what_fails_is_tried_again_and_then_left_to_the_daily_run(world: AdminWorld) -> None:
    world.vendors.acton.fail("l-0001", TryLater("Act-On is away."))
    deliver(world, CROSSED, "jane@example.com")
    tries = 0
    for minutes in (0, 5, 15, 35):
        world.later(minutes=minutes, seconds=1)
        tries += len(hand_off(world))
    assert tries == 4
    assert latest(world).state is WebhookState.LEFT
    world.later(hours=5)
    assert hand_off(world) == []
    world.vendors.acton.failing.clear()
    assert world.sync().counts.created == 1


def test_nobody_is_tried_again_before_the_pause_is_over(world: AdminWorld) -> None:
    world.vendors.acton.fail("l-0001", TryLater("Act-On is away."))
    deliver(world, CROSSED, "jane@example.com")
    hand_off(world)
    world.later(minutes=4)
    assert hand_off(world) == []


def test_hand_offs_that_fail_do_not_put_a_space_aside(world: AdminWorld) -> None:
    world.vendors.acton.fail("l-0001", SetupError("No.", kind="acton_credentials"))
    for number in range(5):
        deliver(world, CROSSED, "jane@example.com", f"msg_{number}")
        hand_off(world)
        world.later(hours=1)
    overview = world.administration.overview(world.anna, "acme")
    assert overview.status.value == "running"
    assert overview.last_run is None  # of the runs through all lists


def test_a_space_that_is_paused_hands_nobody_off_until_it_goes_on(world: AdminWorld) -> None:
    world.administration.pause(world.anna, "acme")
    assert deliver(world, CROSSED, "jane@example.com") == 1
    assert hand_off(world) == []
    world.administration.resume(world.anna, "acme")
    assert len(hand_off(world)) == 1


def test_the_volume_guard_counts_hand_offs_together(world: AdminWorld) -> None:
    world.add_space(settings=replace(world.space().settings, volume_guard=2))
    for number in range(3):
        world.vendors.acton.add_person("l-0001", f"p{number}@example.com", score=60)
        deliver(world, CROSSED, f"p{number}@example.com", f"msg_{number}")
        hand_off(world)
    assert len(leads(world)) == 2
    with world.store.read() as desk:
        [run] = desk.runs.of_space("acme", 1)
    assert run.status is RunStatus.PARTIAL
    assert run.problem is not None
    assert "next run through all lists" in run.problem.hint


def test_a_change_of_somebody_we_know_brings_the_score_up_to_date(world: AdminWorld) -> None:
    world.sync()
    world.vendors.acton.set_score("jane@example.com", 71)
    deliver(world, "contact.updated", "jane@example.com", score=71)
    [run] = hand_off(world)
    assert run.counts.updated == 1
    assert [lead.score for lead in world.vendors.pipeliner.leads.values()] == [71]


@pytest.mark.parametrize(
    ("email", "more"),
    [
        ("jane@example.com", {}),  # known, and no score is named
        ("jane@example.com", {"score": 50}),  # known with that score
        ("stranger@example.com", {"score": 39}),  # not known, below the threshold
    ],
)
def test_a_change_that_is_not_worth_the_calls_is_only_kept(
    world: AdminWorld, email: str, more: dict[str, int]
) -> None:
    world.sync()
    deliver(world, "contact.updated", email, **more)
    assert hand_off(world) == []
    assert latest(world).state is WebhookState.KEPT


@pytest.mark.parametrize(
    ("name", "standing"),
    [
        ("contact-opt.global-opt-out", Standing.OPTED_OUT),
        ("contact-bounce.hard", Standing.BOUNCED),
        ("contact-email.marked-as-spam", Standing.COMPLAINED),
    ],
)
def test_what_is_reported_of_writing_to_somebody_is_remembered(
    world: AdminWorld, name: str, standing: Standing
) -> None:
    deliver(world, name, "jane@example.com")
    person = person_digest("acme", "jane@example.com")
    with world.store.read() as desk:
        assert desk.webhooks.standings("acme", person) == {standing: (True, world.time)}
    assert hand_off(world) == []


def test_who_opts_in_again_is_no_longer_out(world: AdminWorld) -> None:
    deliver(world, "contact-opt.global-opt-out", "jane@example.com", "msg_1")
    deliver(world, "contact-opt.global-opt-in", "jane@example.com", "msg_2")
    person = person_digest("acme", "jane@example.com")
    with world.store.read() as desk:
        assert desk.webhooks.opted_out("acme", [person]) == set()


def test_what_is_not_understood_is_kept_as_it_came(world: AdminWorld) -> None:
    deliver(world, "something.new", "jane@example.com")
    kept = latest(world)
    assert kept.state is WebhookState.KEPT
    assert kept.body is not None
    assert "something.new" in kept.body


def test_a_nul_and_broken_text_are_kept_without_harm(world: AdminWorld) -> None:
    assert world.webhooks.receive("acme", "msg_9", b"\x00\xff\xfe") == 1
    assert latest(world).body is not None


def test_nothing_is_proven_where_nothing_is_set_up(world: AdminWorld) -> None:
    body = b"{}"
    with world.store.read() as desk:
        key = desk.webhooks.key("acme")
    assert key is not None
    headers = sign(key, "msg_1", world.time, body)
    assert world.webhooks.prove("nothing", headers, body) is None
    world.webhooks.drop(world.anna, "acme")
    assert world.webhooks.prove("acme", headers, body) is None


def test_a_test_is_signed_and_comes_through_the_same_door(world: AdminWorld) -> None:
    world.webhooks.test(world.anna, "acme")
    assert (latest(world).kind.value, latest(world).state) == ("test", WebhookState.DONE)


def test_only_an_admin_of_the_space_changes_and_sees(world: AdminWorld) -> None:
    world.add_space("other")
    with pytest.raises(NotFound):
        world.webhooks.page(world.bert, "acme")
    with pytest.raises(NotAllowed):
        world.webhooks.save(world.olga, "acme", scheme=SignatureScheme.SVIX, secret=SECRET)
    with pytest.raises(NotAllowed):
        world.webhooks.test(world.olga, "acme")


def test_changes_are_in_the_trail_without_the_secret(world: AdminWorld) -> None:
    plain = SignatureScheme.PLAIN
    world.webhooks.save(
        world.anna, "acme", scheme=plain, secret="another long secret", header="X-Sig"
    )
    world.webhooks.drop(world.anna, "acme")
    with world.store.read() as desk:
        entries = [one for one in desk.audit.page(limit=10) if one.event == "webhooks_changed"]
    assert len(entries) == 3
    told = repr(entries)
    assert "X-Sig" in told
    assert "another long" not in told
    assert "MfKQ" not in told


def test_an_erased_person_leaves_no_webhook_behind(world: AdminWorld) -> None:
    deliver(world, CROSSED, "jane@example.com", "msg_1")
    deliver(world, "contact-opt.global-opt-out", "jane@example.com", "msg_2")
    hand_off(world)
    world.records.erase_person(world.anna, "acme", "jane@example.com")
    page = world.webhooks.page(world.anna, "acme")
    assert page.latest == []


def test_webhooks_are_kept_for_a_month(world: AdminWorld) -> None:
    deliver(world, CROSSED, "jane@example.com")
    with world.store.write() as desk:
        assert desk.webhooks.drop_old(world.time, 100) == 0
        assert desk.webhooks.drop_old(world.time + timedelta(seconds=1), 100) == 1


def test_a_worker_that_dies_in_a_hand_off_costs_no_lead(world: AdminWorld) -> None:
    world.vendors.acton.add_list("l-0002", "Summer")
    world.vendors.acton.add_person("l-0002", "jane@example.com", first="Jane")
    deliver(world, CROSSED, "jane@example.com")
    world.hand_offs.look_after()
    [run_id] = world.bell.rung

    def die(list_id: str, offset: int) -> None:
        if list_id == "l-0002":
            world.vendors.acton.before_page = lambda list_id, offset: None
            raise KeyboardInterrupt

    world.vendors.acton.before_page = die
    with pytest.raises(KeyboardInterrupt):
        world.work(run_id)
    with world.store.database.write() as connection:
        long_ago = world.time - timedelta(days=3650)
        connection.execute(update(runs).where(runs.c.run_id == run_id).values(lease_until=long_ago))
    assert world.work(run_id).counts.created == 2
    assert leads(world) == ["Jane (Spring)", "Jane (Summer)"]


def test_who_opted_out_gets_no_new_lead_where_the_admin_wants_it_so(world: AdminWorld) -> None:
    world.add_space(settings=replace(world.space().settings, skip_opted_out=True))
    world.vendors.acton.add_person("l-0001", "john@example.com", first="John", score=90)
    deliver(world, "contact-opt.global-opt-out", "jane@example.com", "msg_1")
    run = world.sync()
    assert run.counts.skipped == {"opted_out": 1}
    assert leads(world) == ["John (Spring)"]
    deliver(world, "contact-opt.global-opt-in", "jane@example.com", "msg_2")
    world.later(days=1)
    assert world.sync().counts.created == 1


def test_who_opted_out_gets_a_lead_where_nobody_chose_otherwise(world: AdminWorld) -> None:
    deliver(world, "contact-opt.global-opt-out", "jane@example.com")
    assert world.sync().counts.created == 1
