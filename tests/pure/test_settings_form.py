"""What was typed into the settings is understood, or each field says what is wrong with it."""

from dataclasses import replace
from datetime import time

import pytest

from sync.model import (
    ActOnAccess,
    ExistingLead,
    LeadStep,
    LeadType,
    ListChoice,
    ListInfo,
    PipelinerAccess,
    ScoreSource,
    Space,
    SpaceSettings,
    SpaceStatus,
    Step,
    TypedSettings,
    User,
)
from sync.rules.live_settings import live_problems
from sync.rules.settings_form import FIELDS, as_typed, of_step, understand

RIGHT = TypedSettings(
    threshold="40", sync_time="02:00", time_zone="Europe/Berlin", owner="anna@example.com"
)
EVERY = SpaceSettings(
    threshold=7,
    sync_time=time(23, 30),
    owner="u1",
    authentication_name="Acme › Marketing",
    lists=ListChoice(include=("l-0001", "Frühjahr"), exclude=("l-0002",)),
    score_source=ScoreSource.LIST_COLUMN,
    score_column="Score",
    score_columns={"l-0001": "Points"},
    column_map={"*": {"company": "Firma"}, "l-0001": {"phones": "Tel"}},
    existing_lead=ExistingLead.CREATE,
    rename_leads=True,
    skip_opted_out=True,
    daily_call_budget=7,
    volume_guard=0,
    lead_type_id="t1",
    step_id="s1",
    unit_id="n1",
)
ANNA = User(user_id="u1", email="anna@example.com", name="Anna", active=True)
SPRING = ListInfo(list_id="l-0001", name="Spring", size=3, is_source=True)
WEB = LeadType(
    lead_type_id="t1",
    name="Web",
    process_id="p1",
    steps=(LeadStep(step_id="s1", name="New", process_id="p1", order=1),),
)


def problems_with(**typed: object) -> dict[str, str]:
    change, problems = understand(replace(RIGHT, **typed))
    assert (change is None) == bool(problems)
    return {one.field: one.message for one in problems}


def test_what_is_right_becomes_settings_with_the_defaults_of_what_was_left_empty() -> None:
    change, problems = understand(RIGHT)
    assert problems == ()
    assert change is not None
    assert change.settings == SpaceSettings(
        threshold=40, sync_time=time(2, 0), owner="anna@example.com"
    )
    assert change.time_zone == "Europe/Berlin"


def test_settings_shown_in_a_form_and_typed_back_are_the_same() -> None:
    space = Space(
        space_id="acme",
        name="Acme",
        time_zone="Asia/Kolkata",
        status=SpaceStatus.RUNNING,
        pipeliner=PipelinerAccess(service_url="https://x.example", username="u", password="p"),
        acton=ActOnAccess(account_id="12345", marketing_domain_url="https://go.acme.example"),
        settings=EVERY,
    )
    change, problems = understand(as_typed(space))
    assert problems == ()
    assert change is not None
    assert change.settings == EVERY
    assert change.marketing_domain_url == "https://go.acme.example"
    assert (change.account_id, change.time_zone) == ("12345", "Asia/Kolkata")


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("threshold", ""),
        ("threshold", "forty"),
        ("threshold", "40,5"),
        ("threshold", "-1"),
        ("threshold", "1000001"),
        ("threshold", "９"),
        ("sync_time", "24:00"),
        ("sync_time", "2 am"),
        ("sync_time", ""),
        ("time_zone", "Berlin"),
        ("time_zone", "localtime"),
        ("owner", "  "),
        ("score_source", "guess"),
        ("existing_lead", "maybe"),
        ("rename_leads", "maybe"),
        ("opted_out", "maybe"),
        ("daily_call_budget", "0"),
        ("volume_guard", "-3"),
        ("marketing_domain_url", "not an address"),
        ("marketing_domain_url", "localhost"),
        ("account_id", "acme"),
        ("authentication_name", "two\nlines"),
    ],
)
def test_a_field_that_is_wrong_says_so_and_is_the_only_one(field: str, typed: str) -> None:
    problems = problems_with(**{field: typed})
    assert list(problems) == [field]
    assert problems[field].endswith((".", "?"))


def test_all_fields_that_are_wrong_are_said_at_once() -> None:
    assert set(problems_with(threshold="x", sync_time="x", owner="")) == {
        "threshold",
        "sync_time",
        "owner",
    }


@pytest.mark.parametrize("typed", ["2:30", "02:30", " 14:07 "])
def test_any_time_of_day_is_taken_not_only_half_hours(typed: str) -> None:
    assert problems_with(sync_time=typed) == {}


@pytest.mark.parametrize(
    ("typed", "url", "account_id"),
    [
        ("https://a12345.actonsoftware.com", "https://a12345.actonsoftware.com", "12345"),
        ("a777.actonsoftware.com/acton/", "https://a777.actonsoftware.com", "777"),
        ("http://GO.acme.com/", "https://go.acme.com", None),
    ],
)
def test_the_account_is_recognised_in_act_ons_own_domain(
    typed: str, url: str, account_id: str | None
) -> None:
    change, _ = understand(replace(RIGHT, marketing_domain_url=typed))
    assert change is not None
    assert (change.marketing_domain_url, change.account_id) == (url, account_id)


def test_some_lists_means_at_least_one() -> None:
    assert "at least one" in problems_with(all_lists=False)["include"]
    assert problems_with(all_lists=False, include=("l-0001",)) == {}


def test_a_score_column_as_source_has_to_be_named_for_all_lists_or_for_one() -> None:
    assert "score_source" in problems_with(score_source="list_column")
    assert problems_with(score_source="list_column", score_column="Score") == {}
    assert problems_with(score_source="list_column", score_columns={"l-0001": "Score"}) == {}


def test_columns_are_mapped_to_fields_that_there_are() -> None:
    assert "column_map" in problems_with(column_map={"*": {"shoe_size": "Size"}})
    assert "column_map" in problems_with(column_map={"*": {"record_id": "Size"}})
    change, _ = understand(replace(RIGHT, column_map={"*": {"company": " Firma ", "city": ""}}))
    assert change is not None
    assert change.settings.column_map == {"*": {"company": "Firma"}}


def test_every_field_of_the_form_belongs_to_one_step() -> None:
    named = [name for fields in FIELDS.values() for name in fields]
    assert sorted(named) == sorted(TypedSettings.__dataclass_fields__)


def test_a_step_shows_its_own_problems_only() -> None:
    _, problems = understand(TypedSettings())
    assert {one.field for one in of_step(Step.AUTOCREATE, problems)} == {
        "threshold",
        "sync_time",
        "time_zone",
        "owner",
    }
    assert of_step(Step.LISTS, problems) == ()


# --- what only the vendors know ---------------------------------------------------------------


def live(settings: SpaceSettings, **changes: object) -> list[str]:
    known = {"owner": ANNA, "listing": [SPRING], "lead_types": [WEB]} | changes
    return [one.field for one in live_problems(settings, **known)]


PLAIN = SpaceSettings(threshold=40, sync_time=time(2, 0), owner="anna@example.com")


def test_what_the_vendors_know_is_no_problem() -> None:
    assert live(PLAIN) == []
    assert live(replace(PLAIN, lead_type_id="t1", step_id="s1")) == []
    assert live(replace(PLAIN, lists=ListChoice(include=("spring",)))) == []


@pytest.mark.parametrize("owner", [None, replace(ANNA, active=False)])
def test_an_owner_who_cannot_own_is_a_problem(owner: User | None) -> None:
    assert live(PLAIN, owner=owner) == ["owner"]


@pytest.mark.parametrize(
    ("choice", "field"),
    [
        (ListChoice(include=("Autumn",)), "include"),
        (ListChoice(exclude=("Autumn",)), "exclude"),
        (ListChoice(exclude=("Spring",)), "include"),
    ],
)
def test_lists_that_are_not_there_are_a_problem(choice: ListChoice, field: str) -> None:
    assert live(replace(PLAIN, lists=choice)) == [field]


def test_a_lead_type_or_step_that_is_not_there_is_a_problem() -> None:
    assert live(replace(PLAIN, lead_type_id="gone")) == ["lead_type_id"]
    assert live(replace(PLAIN, lead_type_id="t1", step_id="gone")) == ["step_id"]
    assert live(replace(PLAIN, step_id="gone")) == ["step_id"]
