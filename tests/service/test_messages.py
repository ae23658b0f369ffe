"""Messages from a run to somebody's inbox: told once, sent once, tried again."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import event

from sync.clock import Deadline
from sync.errors import (
    Conflict,
    CredentialsRefused,
    InvalidFields,
    NotAllowed,
    NotFound,
    QuotaGone,
    SetupError,
    TryLater,
)
from sync.model import SpaceStatus, Trigger
from sync.model.messages import DeliveryState, MessageKind, TypedMessages
from sync.rules.telling import CALM
from sync.service.messaging import delivering, judging, managing
from sync.service.messaging.samples import KINDS
from sync.store.deliveries import DeliveryStore
from tests.counting import counted
from tests.service.world import NOON, AdminWorld, FakeMailer

HOOK = "https://hooks.example.com/hunter2"
ALL = ("needs_attention", "failed", "partial", "paused", "guard_waiting", "unusual_volume")
AWAY = SetupError("Act-On does not know this client.", kind="acton_client")


def choose(world: AdminWorld, space_id: str = "acme", **typed: object) -> None:
    chosen = {"emails": "anna@example.com ben@example.com", "tellings": ALL} | typed
    actor = world.anna if space_id == "acme" else world.bert
    version = world.messages.page(actor, space_id).revision.version
    world.messages.save(actor, space_id, TypedMessages(**chosen), version=version)


def mails(world: AdminWorld) -> list[tuple[str, str]]:
    """(recipient, subject) of what was sent since the last look."""
    assert world.mailer is not None
    world.run_errands()
    taken = [(to, bodies.subject) for to, bodies, _ in world.mailer.taken]
    world.mailer.taken.clear()
    return taken


def subjects(world: AdminWorld) -> list[str]:
    return sorted({subject for _, subject in mails(world)})


def states(world: AdminWorld, space_id: str = "acme") -> list[str]:
    actor = world.anna if space_id == "acme" else world.bert
    return [one.state.value for one in world.messages.page(actor, space_id).deliveries]


def calm(world: AdminWorld) -> None:
    world.later(seconds=CALM.total_seconds())


# --- told -----------------------------------------------------------------------------------------


def test_a_failure_is_told_once_and_so_is_its_end(world: AdminWorld) -> None:
    choose(world)
    assert mails(world) == []
    world.fails(AWAY, nights=1)
    failed = "Acme: the sync failed"
    assert mails(world) == [("anna@example.com", failed), ("ben@example.com", failed)]
    world.fails(AWAY, nights=2)
    assert mails(world) == []
    world.vendors.acton.failing.clear()
    world.sync()
    assert mails(world) == []
    calm(world)
    assert subjects(world) == ["Acme: the sync works again"]
    calm(world)
    assert mails(world) == []


def test_a_list_that_could_not_be_read_is_told_with_a_link(world: AdminWorld) -> None:
    choose(world, emails="", webhook_url=HOOK)
    world.vendors.acton.add_list("l-0002", "Autumn")
    world.fails(SetupError("The list is broken.", kind="unexpected_answer"), nights=1)
    world.run_errands()
    ((url, payload),) = world.hook.taken
    assert url == HOOK
    text = str(payload["text"])
    assert text.startswith("Acme: the sync ")
    assert "https://acton.example.com/admin/acme/runs/1" in text


def test_a_space_put_aside_is_told_and_its_end_after_the_next_run(world: AdminWorld) -> None:
    choose(world)
    refused = CredentialsRefused("Act-On refuses the password.", kind="acton_credentials")
    world.fails(refused, nights=1)
    assert subjects(world) == ["Acme: the sync failed"]
    world.fails(refused, nights=2)
    assert world.space().status is SpaceStatus.NEEDS_ATTENTION
    assert subjects(world) == ["Acme: the sync needs you"]
    world.vendors.acton.failing.clear()
    world.administration.resume(world.anna, "acme")
    calm(world)
    assert mails(world) == []
    world.sync()
    mails(world)
    calm(world)
    assert subjects(world) == ["Acme: the sync works again"]


def test_a_run_that_waits_for_the_next_day_is_told(world: AdminWorld) -> None:
    choose(world)
    gone = QuotaGone("The calls are used up.", resume_at=NOON + timedelta(days=2))
    world.fails(gone, nights=1)
    assert subjects(world) == ["Acme: the sync is paused"]


def test_leads_that_wait_are_told_until_somebody_approves_them(world: AdminWorld) -> None:
    choose(world)
    hold_back(world, 12)
    run = world.sync()
    assert run.waiting == 12
    assert subjects(world) == ["Acme: 12 new Leads wait for approval"]
    world.administration.approve_creates(world.anna, run.run_id)
    mails(world)
    calm(world)
    assert subjects(world) == ["Acme: no Leads wait any more"]


def hold_back(world: AdminWorld, people: int) -> None:
    space = world.space()
    settings = replace(space.settings, volume_guard=5)
    with world.store.write() as desk:
        desk.spaces.save(replace(space, settings=settings), now=world.time)
    for number in range(people):
        world.vendors.acton.add_person("l-0001", f"p{number}@example.com", last="P", score=50)


def test_what_holds_already_is_told_when_somebody_first_wants_to_know(world: AdminWorld) -> None:
    world.fails(AWAY, nights=1)
    assert mails(world) == []
    choose(world)
    assert subjects(world) == ["Acme: the sync failed"]


def test_each_space_is_told_of_itself_only(world: AdminWorld) -> None:
    choose(world, "other", emails="bert@example.com")
    world.fails(AWAY, nights=1)
    assert mails(world) == []
    world.fails(AWAY, nights=1, space_id="other")
    assert mails(world) == [("bert@example.com", "Other: the sync failed")]


def test_two_workers_tell_it_once(world: AdminWorld) -> None:
    choose(world)
    world.fails(AWAY, nights=1)
    with world.store.read() as desk:
        looked = desk.messages.to_look_at(world.time, 10)
    assert world.judging.look(lambda: False) == 2
    assert [world.judging._look_at(*one) for one in looked] == [0]
    assert len(mails(world)) == 2


def test_a_bug_with_one_space_does_not_hold_up_the_others(
    world: AdminWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    choose(world)
    choose(world, "other", emails="bert@example.com")
    real = judging.judge

    def broken(situation, *args):
        if situation.last is not None and situation.last.space_id == "acme":
            raise ZeroDivisionError
        return real(situation, *args)

    world.fails(AWAY, nights=1)
    world.fails(AWAY, nights=1, space_id="other")
    monkeypatch.setattr(judging, "judge", broken)
    assert mails(world) == [("bert@example.com", "Other: the sync failed")]
    monkeypatch.setattr(judging, "judge", real)
    assert mails(world) == []  # it was put off
    world.later(hours=1)
    assert subjects(world) == ["Acme: the sync failed"]


def test_nothing_to_do_costs_three_questions(world: AdminWorld) -> None:
    choose(world)
    mails(world)
    asked = []
    event.listen(
        world.store.database.engine,
        "before_cursor_execute",
        lambda *told: asked.append(told[2]),
    )
    world.run_errands()
    assert len(asked) == 3
    assert all("WHERE" in one and "<=" in one for one in asked)


# --- new Leads ------------------------------------------------------------------------------------


def add_people(world: AdminWorld, *names: str) -> None:
    for name in names:
        world.vendors.acton.add_person("l-0001", f"{name}@example.com", last=name, score=50)


def test_owners_hear_nothing_unless_it_was_switched_on(world: AdminWorld) -> None:
    choose(world)
    add_people(world, "ready")
    world.sync()
    assert mails(world) == []


def test_the_owner_hears_of_new_leads_in_one_message_a_run(world: AdminWorld) -> None:
    choose(world, emails="", hot_leads=True)
    add_people(world, *(f"n{number}" for number in range(25)))
    world.sync()
    world.run_errands()
    assert world.mailer is not None
    ((to, bodies, _),) = world.mailer.taken
    assert to == "anna@example.com"
    assert bodies.subject == "25 new hot Leads"
    assert "n0: score 50, list Spring" in bodies.text
    assert "and 5 more." in bodies.text
    assert bodies.text.count("https://crm.example.com/acme/leads/") == 20


def test_many_small_runs_are_one_message_in_a_quarter_of_an_hour(world: AdminWorld) -> None:
    choose(world, emails="", hot_leads=True)
    heard = []
    for name in ("one", "two", "three"):
        add_people(world, name)
        world.sync()
        heard += mails(world)
        world.later(minutes=1)
    assert [subject for _, subject in heard] == ["New hot Lead: one"]
    world.later(minutes=15)
    assert subjects(world) == ["2 new hot Leads"]
    assert mails(world) == []


def test_a_second_run_without_new_leads_is_no_message(world: AdminWorld) -> None:
    choose(world, emails="", hot_leads=True)
    add_people(world, "ready")
    world.sync()
    assert len(mails(world)) == 1
    world.later(hours=1)
    world.sync()
    assert mails(world) == []


def name_owner(world: AdminWorld, owner: str) -> None:
    space = world.space()
    with world.store.write() as desk:
        settings = replace(space.settings, owner=owner)
        desk.spaces.save(replace(space, settings=settings), now=world.time)


def test_an_owner_named_by_an_id_is_looked_up(world: AdminWorld) -> None:
    user = next(iter(world.vendors.pipeliner.users.values()))
    name_owner(world, user.user_id)
    choose(world, emails="", hot_leads=True)
    add_people(world, "ready")
    world.sync()
    assert mails(world) == [(user.email, "New hot Lead: ready")]


def test_an_owner_without_an_address_is_given_up_with_what_to_do(world: AdminWorld) -> None:
    users = world.vendors.pipeliner.users
    name, user = next(iter(users.items()))
    users[name] = replace(user, email="none")
    name_owner(world, user.user_id)
    choose(world, emails="", hot_leads=True)
    add_people(world, "ready")
    world.sync()
    assert mails(world) == []
    (one,) = world.messages.page(world.anna, "acme").deliveries
    assert one.state is DeliveryState.GIVEN_UP
    assert "Name the owner by their e-mail address" in one.problem


# --- the digest -----------------------------------------------------------------------------------

WEEK = timedelta(days=7)


def test_the_digest_comes_once_a_week_where_something_happened(world: AdminWorld) -> None:
    choose(world, digest=True)
    add_people(world, "ready")
    world.sync()
    assert mails(world) == []
    world.time = NOON + timedelta(days=6)  # Monday, 13:00 there
    assert subjects(world) == ["Acme: the week of the sync"]
    assert mails(world) == []
    world.time += WEEK  # nothing happened in that week
    assert mails(world) == []
    world.sync()
    world.time += WEEK
    assert subjects(world) == ["Acme: the week of the sync"]


def test_a_worker_that_was_away_for_weeks_sends_one(world: AdminWorld) -> None:
    choose(world, emails="anna@example.com", digest=True)
    world.time += 3 * WEEK
    world.sync()
    world.time += WEEK
    assert len(mails(world)) == 1


def test_a_digest_that_was_made_already_is_not_made_again(world: AdminWorld) -> None:
    """Whoever made it died before its next turn was noted: the key of the week holds."""
    choose(world, emails="anna@example.com", digest=True)
    world.sync()
    world.time = NOON + timedelta(days=6)
    assert len(mails(world)) == 1
    with world.store.write() as desk:
        desk.messages.save(
            "acme",
            desk.messages.settings("acme"),
            by="x",
            now=world.time,
            digest_at=world.time,
        )
    assert mails(world) == []


def test_who_wants_no_digest_gets_none(world: AdminWorld) -> None:
    choose(world, digest=True)
    choose(world, digest=False)
    world.sync()
    world.time += 2 * WEEK
    assert mails(world) == []


# --- sent -----------------------------------------------------------------------------------------


def failing_space(world: AdminWorld, **typed: object) -> FakeMailer:
    choose(world, **({"emails": "anna@example.com"} | typed))
    world.fails(AWAY, nights=1)
    assert world.mailer is not None
    return world.mailer


def test_what_cannot_be_sent_is_tried_again_with_pauses(world: AdminWorld) -> None:
    mailer = failing_space(world)
    mailer.refusals += [TryLater("The mail server does not answer (TimeoutError).")] * 2
    assert mails(world) == []
    (waiting,) = world.messages.page(world.anna, "acme").deliveries
    assert "does not answer" in waiting.problem
    assert mails(world) == []  # not yet
    world.later(seconds=30)
    assert mails(world) == []
    world.later(seconds=60)
    assert len(mails(world)) == 1
    assert states(world) == ["sent"]


def test_what_cannot_be_sent_for_a_day_is_given_up(world: AdminWorld) -> None:
    mailer = failing_space(world)
    mailer.refusals += [TryLater("The mail server does not answer (TimeoutError).")] * 99
    for _ in range(60):
        world.run_errands()
        world.later(minutes=30)
    assert states(world) == ["given_up"]
    assert 12 < 99 - len(mailer.refusals) < 30


def test_what_is_refused_for_good_is_given_up_at_once(world: AdminWorld) -> None:
    mailer = failing_space(world)
    mailer.refusals.append(SetupError("The mail server refused the mail (550)."))
    mails(world)
    assert states(world) == ["given_up"]


def test_who_asks_to_come_later_is_left_alone_until_then(world: AdminWorld) -> None:
    failing_space(world, emails="", webhook_url=HOOK)
    later = QuotaGone("Too many.", resume_at=world.time + timedelta(hours=1))
    world.hook.refusals.append(later)
    world.run_errands()
    world.later(minutes=59)
    world.run_errands()
    assert world.hook.taken == []
    world.later(minutes=1)
    world.run_errands()
    assert len(world.hook.taken) == 1


def test_a_bug_in_sending_is_a_try_that_failed(world: AdminWorld) -> None:
    mailer = failing_space(world)
    mailer.refusals.append(ZeroDivisionError())
    assert mails(world) == []
    assert states(world) == ["waiting"]
    world.later(minutes=1)
    assert len(mails(world)) == 1


def test_whoever_dies_after_sending_sends_again_under_the_same_name(
    world: AdminWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    mailer = failing_space(world)
    world.judging.look(lambda: False)

    def die(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(DeliveryStore, "sent", die)
        with pytest.raises(KeyboardInterrupt):
            world.delivering.deliver(lambda: False)
    world.run_errands()
    assert len(mailer.taken) == 1
    world.later(minutes=5)
    world.run_errands()
    names = [name for _, _, name in mailer.taken]
    assert len(names) == 2
    assert len(set(names)) == 1


def test_without_a_mail_server_nothing_is_put_on_its_way_by_mail(world: AdminWorld) -> None:
    world.mailer = None
    world.choose()
    choose(world, webhook_url=HOOK, hot_leads=True)
    world.fails(AWAY, nights=1)
    world.run_errands()
    assert len(world.hook.taken) == 1
    assert len(states(world)) == 1
    assert not world.messages.page(world.anna, "acme").mail_works


def test_without_a_mail_server_old_leads_are_not_told_later(world: AdminWorld) -> None:
    mailer, world.mailer = world.mailer, None
    world.choose()
    choose(world, hot_leads=True)
    add_people(world, "early")
    world.sync()
    world.run_errands()
    world.mailer = mailer
    world.choose()
    add_people(world, "ready")
    world.sync()
    assert mails(world) == [("anna@example.com", "New hot Lead: ready")]


def test_what_becomes_of_messages_is_counted(world: AdminWorld) -> None:
    def numbers() -> list[float]:
        series = 'messages_total{channel="email",outcome="%s"}'
        return [counted(series % one) for one in ("sent", "put_off", "given_up")]

    before = numbers()
    mailer = failing_space(world)
    mailer.refusals.append(TryLater("Not now."))
    mails(world)
    world.later(minutes=1)
    mails(world)
    choose(world, emails="anna@example.com")
    mailer.refusals.append(SetupError("No."))
    world.messages.send_test(world.anna, "acme", "failed")
    mails(world)
    assert [now - then for now, then in zip(numbers(), before, strict=True)] == [1, 1, 1]


def test_a_round_ends_soon_so_that_other_errands_have_their_turn(
    world: AdminWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    failing_space(world, emails="a@example.com b@example.com")
    world.judging.look(lambda: False)
    monkeypatch.setattr(delivering, "Deadline", lambda _: Deadline(0))
    assert world.delivering.deliver(lambda: False) == 0
    monkeypatch.undo()
    assert world.delivering.deliver(lambda: False) == 2


def test_a_webhook_that_was_forgotten_is_not_posted_to(world: AdminWorld) -> None:
    failing_space(world, emails="", webhook_url=HOOK)
    world.judging.look(lambda: False)
    choose(world, emails="", forget_webhook=True)
    world.run_errands()
    assert world.hook.taken == []
    assert states(world) == ["given_up"]


def test_it_stops_where_it_is_told_to(world: AdminWorld) -> None:
    failing_space(world)
    assert world.judging.look(lambda: True) == 0
    world.judging.look(lambda: False)
    assert world.delivering.deliver(lambda: True) == 0
    assert len(mails(world)) == 1


# --- the page -------------------------------------------------------------------------------------


def test_nobody_is_chosen_at_first_and_ones_own_address_is_suggested(world: AdminWorld) -> None:
    page = world.messages.page(world.anna, "acme")
    assert page.wanted.reaches_nobody
    assert page.suggested == "anna@example.com"
    assert not page.wanted.hot_leads
    assert world.messages.page(world.olga, "acme").suggested == ""


def test_what_is_saved_is_in_the_trail_without_the_secret(world: AdminWorld) -> None:
    choose(world, webhook_url=HOOK)
    assert world.events()[-1] == "messages_changed"
    with world.store.read() as desk:
        (entry, *_) = desk.audit.page(limit=1)
    assert "hunter2" not in str(entry)
    assert "messages.webhook" in [one.field for one in entry.changes]
    assert world.messages.page(world.anna, "acme").webhook_host == "hooks.example.com"


def test_of_two_who_save_the_second_is_told(world: AdminWorld) -> None:
    choose(world)
    with pytest.raises(Conflict, match=r"anna@example\.com saved"):
        world.messages.save(world.anna, "acme", TypedMessages(), version=0)


def test_a_webhook_inside_is_refused(world: AdminWorld) -> None:
    with pytest.raises(InvalidFields, match="may not be called"):
        choose(world, webhook_url="https://inside.example.com/x")
    assert world.messages.page(world.anna, "acme").revision.version == 0


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_can_be_looked_at(world: AdminWorld, kind: str) -> None:
    samples = world.messages.samples(world.anna, "acme", kind)
    assert len(samples) == (1 if kind == "hot_leads" else 2)
    assert all("Acme" in one.bodies.subject + one.bodies.text for one in samples)
    assert world.messages.page(world.anna, "acme").deliveries == []


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_can_be_tested_by_the_way_it_goes(world: AdminWorld, kind: str) -> None:
    choose(world, emails="ben@example.com", webhook_url=HOOK)
    made = world.messages.send_test(world.anna, "acme", kind)
    ((to, subject),) = mails(world)
    assert subject.startswith("Test: ")
    if kind == MessageKind.HOT_LEADS:
        assert (made, to) == (1, "anna@example.com")
        assert world.hook.taken == []
    else:
        assert (made, to) == (2, "ben@example.com")
        assert "made-up values" in str(world.hook.taken)
    assert world.events()[-1] == "message_tested"


def test_a_test_to_nobody_says_so(world: AdminWorld) -> None:
    with pytest.raises(Conflict, match="Nobody would get"):
        world.messages.send_test(world.anna, "acme", "failed")


def test_strangers_are_not_flooded_with_tests(world: AdminWorld) -> None:
    choose(world, emails="stranger@example.com")
    for _ in range(managing.TESTS_AN_HOUR):
        world.messages.send_test(world.anna, "acme", "failed")
        world.later(seconds=1)
    with pytest.raises(Conflict, match="Enough tests"):
        world.messages.send_test(world.anna, "acme", "failed")
    world.later(hours=1)
    assert world.messages.send_test(world.anna, "acme", "failed") == 1


def test_there_are_no_other_kinds(world: AdminWorld) -> None:
    with pytest.raises(NotFound):
        world.messages.samples(world.anna, "acme", "nonsense")
    choose(world)
    with pytest.raises(NotFound):
        world.messages.send_test(world.anna, "acme", "nonsense")


def test_operators_may_look_and_not_touch_and_strangers_neither(world: AdminWorld) -> None:
    choose(world)
    assert world.messages.page(world.olga, "acme").revision.version == 1
    with pytest.raises(NotAllowed):
        world.messages.save(world.olga, "acme", TypedMessages(), version=1)
    with pytest.raises(NotAllowed):
        world.messages.send_test(world.olga, "acme", "failed")
    for ask in (
        lambda: world.messages.page(world.bert, "acme"),
        lambda: world.messages.samples(world.bert, "acme", "failed"),
        lambda: world.messages.save(world.bert, "acme", TypedMessages(), version=1),
        lambda: world.messages.send_test(world.bert, "acme", "failed"),
    ):
        with pytest.raises(NotFound):
            ask()


def test_messages_are_in_the_language_that_was_chosen(world: AdminWorld) -> None:
    choose(world, language="de")
    with world.store.read() as desk:
        wanted = desk.messages.settings("acme")
    assert wanted is not None
    assert wanted.language == "de"
    assert world.messages.samples(world.anna, "acme", "digest")[0].bodies.subject


def test_a_run_of_any_trigger_counts(world: AdminWorld) -> None:
    choose(world, emails="anna@example.com")
    world.vendors.acton.fail("l-0001", AWAY)
    with world.store.write() as desk:
        run, _ = desk.runs.ask("acme", world.time.date(), Trigger.MANUAL, now=world.time)
    world.work(run.run_id)
    assert subjects(world) == ["Acme: the sync failed"]
