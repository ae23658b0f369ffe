"""The activation step by step, with a browser without script: what is typed is kept, wrong or not,
and said next to its field; of two admins the second is told; sending twice does no harm."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from werkzeug.test import TestResponse

from sync.errors import CredentialsRefused, SetupError, TryLater
from sync.model import ActOnAccess, CustomField, Entity, LeadType, SpaceStatus, TypedSettings, User
from sync.service.claiming import UNCHOSEN
from tests.service.world import AdminWorld

from .space_web import Form, Person, SpaceWeb, forms_of, open_web, words_of

PLACE = "/admin/fresh/activate"
ANNA, NORA = "anna@example.com", "nora@example.com"
RIGHT = {
    "marketing_domain_url": "https://a777.actonsoftware.com/page",
    "threshold": "45",
    "sync_time": "02:30",
    "time_zone": "Europe/Vienna",
    "owner": ANNA,
}
SECRET = "an act-on password"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[AdminWorld]:
    """Anna has claimed the space fresh."""
    world = AdminWorld(tmp_path)
    world.add_space(
        "fresh",
        name="Fresh",
        provisioned=False,
        status=SpaceStatus.REQUESTED,
        settings=UNCHOSEN,
        acton=ActOnAccess(),
    )
    world.admin_of(ANNA, "fresh")
    world.vendors.acton.add_person("l-0001", "ready@example.com", last="Ready", score=50)
    world.vendors.acton.add_person("l-0001", "cold@example.com", last="Cold", score=20)
    yield world
    world.store.database.close()


@pytest.fixture
def web(world: AdminWorld) -> SpaceWeb:
    return open_web(world, public_url="https://acton.example.com")


@pytest.fixture
def anna(web: SpaceWeb) -> Person:
    return web.person(ANNA)


def form_of(person: Person, step: str, number: int = -1) -> Form:
    """The form of a step."""
    return [one for one in forms_of(person.page(f"{PLACE}/{step}")) if "log" not in one.action][
        number
    ]


def fill(person: Person, step: str, **values: object) -> TestResponse:
    """Fill in a step's form and send it."""
    return person.send(form_of(person, step), **values)


def choose_settings(person: Person) -> None:
    answer = fill(person, "settings", **RIGHT)
    assert (answer.status_code, answer.headers["Location"]) == (303, f"{PLACE}/authentication")


def connect(person: Person) -> None:
    answer = fill(person, "authentication", acton_username="ops@example.com", acton_password=SECRET)
    assert answer.status_code == 303
    assert "created successfully" in person.follow(answer)


def typed_in(world: AdminWorld) -> TypedSettings:
    """What the draft holds."""
    return world.activation.draft(world.actor(ANNA), "fresh").typed


def problem(answer: TestResponse, field: str) -> str:
    """What stands next to a field."""
    assert answer.status_code == 422
    part = answer.text.partition(f'id="{field}-problem"')[2].partition("</p>")[0]
    return words_of(f"<main>{part[1:]}</main>")


# --- settings ---------------------------------------------------------------------------------


def test_a_fresh_form_complains_of_nothing_and_suggests(anna: Person) -> None:
    page = anna.page(f"{PLACE}/settings")
    assert "-problem" not in page
    assert 'value="02:00" selected' in page
    assert 'value="Europe/Berlin"' in page
    assert f'value="{ANNA}" checked' in page
    assert "Carl" not in page  # he is inactive


def test_settings_that_are_right_lead_on(anna: Person, world: AdminWorld) -> None:
    choose_settings(anna)
    page = anna.page(f"{PLACE}/settings")
    for value in ("45", "Europe/Vienna", RIGHT["marketing_domain_url"]):
        assert f'value="{value}"' in page
    assert 'value="02:30" selected' in page


def test_the_account_is_recognised_in_the_domain(anna: Person) -> None:
    choose_settings(anna)
    assert "Act-On account 777" in anna.read(f"{PLACE}/settings")
    told = anna.fragment(f"{PLACE}/domain?marketing_domain_url=a4711.actonsoftware.com")
    assert "Act-On account 4711" in told
    assert "account" not in anna.fragment(f"{PLACE}/domain?marketing_domain_url=go.example.com")


@pytest.mark.parametrize(
    ("field", "typed", "said"),
    [
        ("threshold", "forty", "a whole number"),
        ("threshold", "", "Enter the score to reach."),
        ("sync_time", "2 am", "Choose a time of day"),
        ("time_zone", "Europe/Atlantis", "time zone"),
        ("owner", "", "Choose who will own"),
        ("owner", "carl@example.com", "is inactive"),
        ("owner", "ghost@example.com", "no such user"),
        ("marketing_domain_url", "not an address", "Paste the address"),
    ],
)
def test_each_problem_stands_at_its_field_and_all_that_was_typed_is_kept(
    anna: Person, field: str, typed: str, said: str
) -> None:
    answer = fill(anna, "settings", **RIGHT | {field: typed})
    assert said in problem(answer, field)
    assert f'value="{typed}"' in answer.text
    again = anna.page(f"{PLACE}/settings")
    others = {name: value for name, value in RIGHT.items() if name != field}
    assert all(f'value="{value}"' in again for value in others.values())
    assert f'value="{typed}"' in again


def test_an_owner_who_became_inactive_is_told_when_finishing(
    anna: Person, world: AdminWorld
) -> None:
    choose_settings(anna)
    connect(anna)
    user = User(user_id="u1", email=ANNA, name="Anna", active=False)
    world.vendors.pipeliner.users["u1"] = user
    answer = fill(anna, "finish")
    assert answer.status_code == 422
    assert "Anna is inactive and cannot own anything." in words_of(answer.text)
    assert "/activate/settings" in answer.text


def test_users_are_searched_without_script_and_nothing_typed_is_lost(
    anna: Person, world: AdminWorld
) -> None:
    for number in range(30):
        world.vendors.pipeliner.users[f"x{number}"] = User(
            user_id=f"x{number}",
            email=f"x{number}@example.com",
            name=f"Xaver {number}",
            active=True,
        )
    answer = fill(anna, "settings", threshold="45", q="Xaver 17", then="search")
    assert answer.headers["Location"] == f"{PLACE}/settings?q=Xaver+17"
    page = anna.page(answer.headers["Location"])
    assert "x17@example.com" in page
    assert "x16@example.com" not in page
    assert 'value="45"' in page
    assert f'value="{ANNA}" checked' in page  # the one chosen so far stays


def test_users_are_searched_while_typing(anna: Person) -> None:
    found = anna.fragment(f"{PLACE}/owners?q=ann&owner=ben@example.com")
    assert "<html" not in found
    assert 'value="anna@example.com"' in found
    assert 'value="ben@example.com" checked' in found
    assert "No active user" in anna.fragment(f"{PLACE}/owners?q=nobody")
    assert anna.get(f"{PLACE}/owners?q=ann").status_code == 303


def test_pipeliner_away_leaves_a_field_to_type_into(
    anna: Person, world: AdminWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object) -> None:
        raise TryLater("Pipeliner cannot be reached.")

    monkeypatch.setattr(world.vendors.pipeliner, "find_user", away)
    world.vendors.pipeliner.refusal = TryLater("Pipeliner cannot be reached.")
    page = anna.page(f"{PLACE}/settings")
    assert "Pipeliner cannot be reached." in page
    answer = fill(anna, "settings", **RIGHT)
    assert "Pipeliner cannot be reached." in words_of(answer.text)
    world.vendors.pipeliner.refusal = None
    assert 'value="45"' in anna.page(f"{PLACE}/settings")


def test_act_on_may_be_connected_here_already(anna: Person, world: AdminWorld) -> None:
    answer = fill(
        anna, "settings", **RIGHT, acton_username="ops@example.com", acton_password=SECRET
    )
    assert answer.status_code == 303
    assert world.space("fresh").acton.password == SECRET
    page = anna.page(f"{PLACE}/settings")
    assert "Connected as" in page
    assert SECRET not in page


def test_a_password_that_is_refused_is_told_there_and_not_shown(
    anna: Person, world: AdminWorld
) -> None:
    world.vendors.refusal = CredentialsRefused("Act-On does not accept the user name.")
    answer = fill(
        anna, "settings", **RIGHT, acton_username="ops@example.com", acton_password=SECRET
    )
    assert "does not accept" in problem(answer, "acton_password")
    assert SECRET not in answer.text
    assert 'value="ops@example.com"' in answer.text
    assert world.space("fresh").acton.password is None


def test_a_user_name_without_password_asks_for_it(anna: Person) -> None:
    answer = fill(anna, "settings", **RIGHT, acton_username="ops@example.com")
    assert "Enter the Act-On password." in problem(answer, "acton_password")


# --- two at once ------------------------------------------------------------------------------


def test_the_second_of_two_is_told_who_saved_when_and_what_differs(
    anna: Person, web: SpaceWeb, world: AdminWorld
) -> None:
    world.admin_of(NORA, "fresh")
    nora = web.person(NORA)
    hers, mine = form_of(nora, "settings"), form_of(anna, "settings")
    assert nora.send(hers, **RIGHT | {"threshold": "70"}).status_code == 303
    answer = anna.send(mine, **RIGHT)
    assert answer.status_code == 409
    text = words_of(answer.text)
    assert f"{NORA} saved other settings at 2026-03-03 12:00 UTC" in text
    assert "Score to reach: 70 there, 45 here" in text
    assert 'name="threshold" type="text" value="45"' in answer.text
    again = anna.send(forms_of(answer.text)[-1])
    assert again.status_code == 303
    assert 'name="threshold" type="text" value="45"' in nora.page(f"{PLACE}/settings")


def test_the_same_form_sent_twice_is_taken_once(anna: Person) -> None:
    form = form_of(anna, "settings")
    first, second = anna.send(form, **RIGHT), anna.send(form, **RIGHT)
    assert (first.status_code, second.status_code) == (303, 303)
    assert first.headers["Location"] == second.headers["Location"]


def test_a_version_that_is_none_is_out_of_date(anna: Person) -> None:
    choose_settings(anna)
    assert fill(anna, "settings", **RIGHT | {"threshold": "1"}, version="1 or 1").status_code == 409


# --- more settings ----------------------------------------------------------------------------


def test_more_settings_are_reached_without_losing_what_was_typed(anna: Person) -> None:
    answer = fill(anna, "settings", threshold="forty", then="choices")
    assert answer.headers["Location"] == f"{PLACE}/choices"
    assert 'value="forty"' in anna.page(f"{PLACE}/settings")


def test_lists_wait_for_the_connection(anna: Person) -> None:
    text = anna.read(f"{PLACE}/choices")
    assert "Connect Act-On in the step" in text
    assert fill(anna, "choices", volume_guard="10").headers["Location"] == f"{PLACE}/settings"
    assert "at most 10 new Leads a run" in anna.read(f"{PLACE}/settings")


def test_a_list_that_is_unticked_is_left_out(anna: Person, world: AdminWorld) -> None:
    world.vendors.acton.add_list("l-0002", "Autumn")
    choose_settings(anna)
    connect(anna)
    assert fill(anna, "choices", read=["l-0002"]).status_code == 303
    draft = typed_in(world)
    assert (draft.all_lists, draft.exclude, draft.include) == (True, ("l-0001",), ())
    assert fill(anna, "choices", read=["l-0002"], all_lists="no").status_code == 303
    draft = typed_in(world)
    assert (draft.all_lists, draft.exclude, draft.include) == (False, (), ("l-0002",))


def test_a_choice_that_leaves_no_list_is_told_so(anna: Person) -> None:
    choose_settings(anna)
    connect(anna)
    answer = fill(anna, "choices", read=[], all_lists="no")
    assert "Choose at least one list" in problem(answer, "all_lists")


@pytest.mark.parametrize(
    ("field", "typed", "said"),
    [
        ("volume_guard", "many", "whole number"),
        ("daily_call_budget", "0", "whole number"),
        ("score_source", "list_column", "Name the column"),
    ],
)
def test_limits_that_make_no_sense_are_told_at_their_field(
    anna: Person, field: str, typed: str, said: str
) -> None:
    choose_settings(anna)
    assert said in problem(fill(anna, "choices", **{field: typed}), field)


def test_lead_types_and_steps_are_offered_and_checked(anna: Person, world: AdminWorld) -> None:
    choose_settings(anna)
    assert "Web: New" in anna.page(f"{PLACE}/choices")
    assert fill(anna, "choices", lead_type_id="t1", step_id="s1").status_code == 303
    world.vendors.pipeliner.lead_types = (LeadType(lead_type_id="t2", name="B", process_id="p"),)
    assert "no such lead type" in problem(fill(anna, "choices"), "lead_type_id")


def test_columns_show_what_they_are_taken_for_with_examples(
    anna: Person, world: AdminWorld
) -> None:
    choose_settings(anna)
    connect(anna)
    answer = fill(anna, "choices", columns="l-0001")
    assert answer.headers["Location"] == f"{PLACE}/columns?list=l-0001"
    page = anna.page(answer.headers["Location"])
    assert "ready@example.com" in page
    assert "Ready, Cold" in page
    form = forms_of(page)[-1]
    assert anna.send(form, **{"column_map.l-0001.company": "Firma"}).status_code == 303
    draft = typed_in(world)
    assert draft.column_map == {"l-0001": {"company": "Firma"}}
    assert "by hand" in anna.read(f"{PLACE}/choices")


def test_columns_may_hold_for_all_lists(anna: Person, world: AdminWorld) -> None:
    choose_settings(anna)
    connect(anna)
    form = forms_of(anna.page(f"{PLACE}/columns?list=l-0001"))[-1]
    answer = anna.send(form, **{"column_map.l-0001.city": "Town", "everywhere": "yes"})
    assert answer.status_code == 303
    draft = typed_in(world)
    assert draft.column_map == {"*": {"city": "Town"}}


# --- authentication ---------------------------------------------------------------------------


def test_the_name_is_suggested_and_the_password_proved(anna: Person, world: AdminWorld) -> None:
    choose_settings(anna)
    assert "Pipeliner › Act-On Integration" in anna.page(f"{PLACE}/authentication")
    connect(anna)
    assert world.space("fresh").acton.username == "ops@example.com"
    answer = fill(anna, "authentication", authentication_name="Ours")
    assert answer.headers["Location"] == f"{PLACE}/fields"
    assert 'value="Ours"' in anna.page(f"{PLACE}/authentication")


def test_without_a_connection_nobody_goes_on(anna: Person) -> None:
    choose_settings(anna)
    answer = fill(anna, "authentication", authentication_name="Mine")
    assert "Connect Act-On first" in problem(answer, "acton_username")
    assert 'value="Mine"' in answer.text


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (CredentialsRefused("Act-On does not accept them."), "does not accept them"),
        (SetupError("The API is not enabled.", kind="api_not_enabled"), "is not enabled"),
        (TryLater("Act-On cannot be reached."), "cannot be reached"),
    ],
)
def test_the_connection_is_tested_with_plain_causes(
    anna: Person, world: AdminWorld, error: Exception, said: str
) -> None:
    choose_settings(anna)
    connect(anna)
    form = form_of(anna, "authentication")
    form.action = f"{PLACE}/authentication/test"
    assert "Act-On lets us in as Acme Marketing 12345." in anna.follow(anna.send(form))
    world.vendors.acton.refusal = error
    form = form_of(anna, "authentication")
    form.action = f"{PLACE}/authentication/test"
    assert said in anna.follow(anna.send(form, authentication_name="Kept"))
    assert 'value="Kept"' in anna.page(f"{PLACE}/authentication")


def go_to_acton(person: Person) -> str:
    """Press "Log in at Act-On"; the state that went there."""
    form = form_of(person, "authentication")
    form.action = f"{PLACE}/authentication/log-in"
    answer = person.send(form)
    assert answer.status_code == 200
    assert 'http-equiv="refresh" content="0;url=https://acton.example/authorize?' in answer.text
    return person.world.vendors.states[-1]


def test_a_log_in_at_act_on_comes_back_connected(anna: Person, world: AdminWorld) -> None:
    choose_settings(anna)
    state = go_to_acton(anna)
    text = anna.read(f"/oauth/acton/callback?state={state}&code=good")
    assert "The authentication has been created successfully" in text
    assert "Connected by a log-in at Act-On" in anna.read(f"{PLACE}/authentication")


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("state={}&error=access_denied", "was not allowed to share"),
        ("state={}", "was not allowed to share"),
        ("state={}&code=old", "does not accept its own answer"),
        ("state=another&code=good", "was not begun here"),
        ("code=good", "was not begun here"),
    ],
)
def test_a_log_in_that_goes_wrong_says_why(anna: Person, query: str, said: str) -> None:
    choose_settings(anna)
    answer = anna.get(f"/oauth/acton/callback?{query.format(go_to_acton(anna))}")
    assert answer.status_code == 400
    assert said in words_of(answer.text)
    assert "Log in at Act-On" in anna.read(f"{PLACE}/authentication")


def test_a_log_in_takes_ten_minutes_at_most_and_counts_once(
    anna: Person, world: AdminWorld
) -> None:
    choose_settings(anna)
    state = go_to_acton(anna)
    world.later(minutes=11)
    late = anna.get(f"/oauth/acton/callback?state={state}&code=good")
    assert "longer than ten minutes" in words_of(late.text)
    state = go_to_acton(anna)
    assert anna.get(f"/oauth/acton/callback?state={state}&code=good").status_code == 200
    again = anna.get(f"/oauth/acton/callback?state={state}&code=good")
    assert "used already" in words_of(again.text)


def test_the_answer_counts_in_the_session_that_asked(anna: Person, web: SpaceWeb) -> None:
    choose_settings(anna)
    state = go_to_acton(anna)
    other = web.person(ANNA).get(f"/oauth/acton/callback?state={state}&code=good")
    assert "was not begun here" in words_of(other.text)
    nobody = web.nobody.get(f"/oauth/acton/callback?state={state}&code=good")
    assert nobody.status_code == 400
    assert "signed out in the meantime" in words_of(nobody.text)


# --- fields -----------------------------------------------------------------------------------


def test_fields_are_made_and_looked_at_again(
    anna: Person, world: AdminWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    pipeliner = world.vendors.pipeliner
    wanted = dict(pipeliner.fields)
    pipeliner.fields.clear()

    def create(*, entity: Entity, name: str, type_id: str) -> CustomField:
        purpose, made = next(
            (purpose, one)
            for purpose, one in wanted.items()
            if (purpose.entity, one.name) == (entity, name)
        )
        pipeliner.fields[purpose] = made
        return made

    monkeypatch.setattr(pipeliner, "create_field", create)
    text = anna.read(f"{PLACE}/fields")
    assert "Something is missing" in text
    answer = fill(anna, "fields")
    assert "All fields are in place." in anna.follow(answer)
    text = anna.read(f"{PLACE}/fields")
    assert "Missing" not in text
    assert "Place Act-On Score on the Lead form" in text
    assert "See the panel beside a Contact" in text


def test_the_checklist_is_a_fragment_for_htmx(anna: Person) -> None:
    found = anna.fragment(f"{PLACE}/fields")
    assert "<html" not in found
    assert 'id="checklist"' in found


def test_pipeliner_away_is_told_in_the_checklist(
    anna: Person, world: AdminWorld, monkeypatch
) -> None:
    def away(*args: object, **values: object) -> None:
        raise TryLater("Pipeliner cannot be reached.")

    monkeypatch.setattr(world.vendors.pipeliner, "fetch_fields", away)
    assert "Pipeliner cannot be looked at now" in anna.read(f"{PLACE}/fields")
    assert "Pipeliner cannot be reached." in anna.follow(fill(anna, "fields"))


# --- the preview ------------------------------------------------------------------------------


def make_preview(person: Person) -> str:
    """The address of a preview that is made."""
    answer = person.press(f"{PLACE}/preview", "Make the preview")
    assert answer.status_code == 303
    return answer.headers["Location"]


def test_a_preview_answers_for_every_threshold_without_asking_anybody(
    anna: Person, world: AdminWorld
) -> None:
    choose_settings(anna)
    connect(anna)
    address = make_preview(anna)
    assert "1 new Lead at a score of 45 or more" in anna.read(address)
    asked = len(world.vendors.asked_as)
    assert "2 new Leads at a score of 20 or more" in anna.read(f"{address}&threshold=20")
    assert "0 new Leads at a score of 51 or more" in anna.read(f"{address}&threshold=51")
    moved = anna.get(
        f"{address}&threshold=20", **{"HX-Request": "true", "HX-Target": "foreseen"}
    ).text
    assert "<html" not in moved
    assert 'hx-swap-oob="innerHTML:#drawing"' in moved
    assert 'value="20"' in moved
    assert len(world.vendors.asked_as) == asked


@pytest.mark.parametrize("threshold", ["", "x", "-5", "9" * 40, "１"])
def test_a_handle_that_stands_nowhere_stands_where_it_was(anna: Person, threshold: str) -> None:
    choose_settings(anna)
    connect(anna)
    assert anna.get(f"{make_preview(anna)}&threshold={threshold}").status_code == 200


def test_the_chosen_score_becomes_the_setting(anna: Person) -> None:
    choose_settings(anna)
    connect(anna)
    answer = anna.press(f"{make_preview(anna)}&threshold=20", "Continue with 20")
    assert answer.headers["Location"] == f"{PLACE}/finish"
    assert "20 or more" in anna.read(f"{PLACE}/finish")


def test_the_last_preview_is_remembered_and_says_when_settings_changed(anna: Person) -> None:
    choose_settings(anna)
    connect(anna)
    make_preview(anna)
    assert "new Lead" in anna.read(f"{PLACE}/preview")
    assert "Settings were changed" not in anna.read(f"{PLACE}/preview")
    assert fill(anna, "choices", volume_guard="1").status_code == 303
    assert "Settings were changed" in anna.read(f"{PLACE}/preview")


def test_a_preview_of_settings_that_are_not_right_leads_to_them(anna: Person) -> None:
    answer = anna.press(f"{PLACE}/preview", "Make the preview")
    assert answer.headers["Location"] == f"{PLACE}/settings"
    assert "not right yet" in anna.follow(answer)


def test_a_preview_that_fails_says_why(anna: Person, world: AdminWorld, monkeypatch) -> None:
    choose_settings(anna)
    connect(anna)

    def away() -> None:
        raise TryLater("Act-On cannot be reached.")

    monkeypatch.setattr(world.vendors.acton, "fetch_lists", away)
    assert "Act-On cannot be reached." in anna.read(make_preview(anna))


def test_a_preview_that_is_gone_can_be_made_anew(anna: Person) -> None:
    text = anna.read(f"{PLACE}/preview?job=unknown")
    assert "older than an hour and gone" in text
    assert "Make the preview" in text


# --- finish -----------------------------------------------------------------------------------


def test_the_whole_way_ends_with_add_pending(anna: Person, world: AdminWorld) -> None:
    choose_settings(anna)
    connect(anna)
    answer = fill(anna, "finish")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/admin/")
    assert "Add pending" in anna.follow(answer)
    space = world.space("fresh")
    assert space.status is SpaceStatus.PENDING
    assert (space.settings.threshold, space.time_zone) == (45, "Europe/Vienna")
    assert space.acton.account_id == "777"


def test_where_no_approval_is_needed_it_runs(world: AdminWorld) -> None:
    world.choose(auto_approve=True)
    anna = open_web(world).person(ANNA)
    choose_settings(anna)
    connect(anna)
    assert "the integration is running" in anna.follow(fill(anna, "finish"))
    assert world.space("fresh").status is SpaceStatus.RUNNING


def test_what_is_missing_is_listed_with_the_way_there(anna: Person) -> None:
    answer = fill(anna, "finish")
    assert answer.status_code == 422
    text = words_of(answer.text)
    assert "Enter the score to reach." in text
    assert "Act-On is not connected yet." in text
    for step in ("settings", "authentication"):
        assert f'href="{PLACE}/{step}">Go there' in answer.text


def test_finishing_twice_is_harmless(anna: Person, world: AdminWorld) -> None:
    choose_settings(anna)
    connect(anna)
    form = form_of(anna, "finish")
    assert anna.send(form).status_code == 303
    assert anna.send(form).status_code == 303
    assert world.events().count("activation_finished") == 1


def test_a_finished_activation_leads_to_the_daily_life(anna: Person, world: AdminWorld) -> None:
    choose_settings(anna)
    connect(anna)
    fill(anna, "finish")
    for step in ("", "/settings", "/choices", "/authentication", "/fields", "/preview", "/finish"):
        assert anna.get(f"{PLACE}{step}").headers["Location"] == "/admin/fresh/"


def test_finishing_with_a_draft_that_changed_is_told(
    anna: Person, web: SpaceWeb, world: AdminWorld
) -> None:
    choose_settings(anna)
    connect(anna)
    form = form_of(anna, "finish")
    world.admin_of(NORA, "fresh")
    fill(web.person(NORA), "settings", threshold="99")
    answer = anna.send(form)
    assert answer.status_code == 409
    assert NORA in words_of(answer.text)
    assert world.space("fresh").status is SpaceStatus.REQUESTED


def test_fields_that_cannot_be_made_are_told(anna: Person, world: AdminWorld, monkeypatch) -> None:
    choose_settings(anna)
    connect(anna)

    def refuse(**values: object) -> None:
        raise SetupError("Pipeliner takes no more fields.", hint="Delete one.")

    world.vendors.pipeliner.fields.clear()
    monkeypatch.setattr(world.vendors.pipeliner, "create_field", refuse)
    answer = fill(anna, "finish")
    assert answer.status_code == 422
    assert "Pipeliner takes no more fields. Delete one." in words_of(answer.text)


# --- everywhere -------------------------------------------------------------------------------


STEPS = ("settings", "choices", "authentication", "fields", "preview", "finish")


@pytest.mark.parametrize("step", STEPS)
def test_hostile_texts_are_shown_as_texts_and_secrets_not_at_all(
    anna: Person, world: AdminWorld, step: str
) -> None:
    hostile = '"><script>alert(1)</script>'
    world.vendors.acton.add_list("l-0666", hostile)
    world.vendors.pipeliner.users["u9"] = User(
        user_id="u9", email="h@example.com", name=hostile, active=True
    )
    connect(anna)
    fill(anna, "settings", **RIGHT | {"threshold": hostile, "marketing_domain_url": hostile})
    page = anna.page(f"{PLACE}/{step}")
    assert "<script>alert" not in page
    for secret in (SECRET, "pipeliner secret"):
        assert secret not in page


@pytest.mark.parametrize("step", STEPS)
def test_pages_may_not_be_framed_stored_or_scripted(anna: Person, step: str) -> None:
    answer = anna.get(f"{PLACE}/{step}")
    assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
    assert answer.headers["Cache-Control"] == "no-store"
    assert " style=" not in answer.text
    assert "<script>" not in answer.text


# --- later ------------------------------------------------------------------------------------


def test_a_space_that_runs_is_connected_anew_and_mended(web: SpaceWeb, world: AdminWorld) -> None:
    world.add_space("acme")
    anna = web.anna
    assert "Connected as" in anna.read("/admin/acme/connection")
    world.vendors.refusal = CredentialsRefused("No.")
    wrong = anna.press(
        "/admin/acme/connection", "Connect", acton_username="new@example.com", acton_password=SECRET
    )
    assert wrong.status_code == 422
    assert SECRET not in wrong.text
    world.vendors.refusal = None
    right = anna.press(
        "/admin/acme/connection", "Connect", acton_username="new@example.com", acton_password=SECRET
    )
    assert "Act-On lets us in" in anna.follow(right)
    assert world.space("acme").acton.username == "new@example.com"
    assert "Re-check" in anna.read("/admin/acme/setup")
    assert "All fields are in place." in anna.follow(anna.press("/admin/acme/setup", "Mend"))
