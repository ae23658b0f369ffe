"""A space file is taken whole or not at all, and every problem in it is named by its path."""

import json
from collections.abc import Callable
from contextlib import suppress
from copy import deepcopy
from datetime import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.errors import InvalidInput
from sync.model import (
    ActOnAccess,
    ExistingLead,
    ListChoice,
    PipelinerAccess,
    ScoreSource,
    SpaceSettings,
    SpaceStatus,
)
from sync.space_file import parse_space_file

COMPLETE: dict[str, Any] = {
    "space_id": "acme_sales",
    "name": "Acme",
    "time_zone": "Europe/Berlin",
    "status": "running",
    "pipeliner": {
        "service_url": "https://eu-central.api.pipelinersales.com/",
        "username": "us_1",
        "password": {"env": "ACME_PIPELINER_PASSWORD"},
    },
    "acton": {
        "base_url": None,
        "account_id": "12345",
        "marketing_domain_url": "https://go.acme.example",
        "username": "ops@acme.example",
        "password": {"env": "ACME_ACTON_PASSWORD"},
    },
    "settings": {
        "threshold": 40,
        "sync_time": "02:00",
        "owner": "anna@acme.example",
        "authentication_name": None,
        "lists": {"include": ["l-0001", "News"], "exclude": ["l-0002"]},
        "score_source": "all_contacts",
        "score_column": None,
        "existing_lead": "create",
        "rename_leads": True,
        "skip_opted_out": True,
        "daily_call_budget": 10_000,
        "volume_guard": 500,
        "lead_type_id": "t",
        "step_id": "s",
        "unit_id": "u",
    },
}
VARIABLES = {"ACME_PIPELINER_PASSWORD": "pipeliner-secret", "ACME_ACTON_PASSWORD": "acton-secret"}


def parse(*spaces: object) -> tuple[Any, ...]:
    return parse_space_file(json.dumps({"spaces": spaces}), VARIABLES.get)


def problems_of(text: str) -> list[str]:
    with pytest.raises(InvalidInput) as caught:
        parse_space_file(text, VARIABLES.get)
    assert "Nothing was imported." in caught.value.hint
    return caught.value.message.splitlines()


def problems_after(change: Callable[[dict[str, Any]], object]) -> list[str]:
    space = deepcopy(COMPLETE)
    change(space)
    return problems_of(json.dumps({"spaces": [space]}))


def test_a_complete_space_becomes_a_space() -> None:
    (space,) = parse(COMPLETE)
    assert (space.space_id, space.name, space.time_zone) == ("acme_sales", "Acme", "Europe/Berlin")
    assert space.status is SpaceStatus.RUNNING
    assert space.pipeliner == PipelinerAccess(
        service_url="https://eu-central.api.pipelinersales.com",
        username="us_1",
        password="pipeliner-secret",
    )
    assert space.acton == ActOnAccess(
        account_id="12345",
        marketing_domain_url="https://go.acme.example",
        username="ops@acme.example",
        password="acton-secret",
    )
    assert space.settings == SpaceSettings(
        threshold=40,
        sync_time=time(2, 0),
        owner="anna@acme.example",
        lists=ListChoice(include=("l-0001", "News"), exclude=("l-0002",)),
        score_source=ScoreSource.ALL_CONTACTS,
        existing_lead=ExistingLead.CREATE,
        rename_leads=True,
        skip_opted_out=True,
        daily_call_budget=10_000,
        volume_guard=500,
        lead_type_id="t",
        step_id="s",
        unit_id="u",
    )


def test_what_is_absent_or_null_gets_the_default() -> None:
    settings = {"threshold": 40, "sync_time": "02:00", "owner": "anna@acme.example"}
    short = {
        "space_id": "acme_sales",
        "time_zone": "Europe/Berlin",
        "pipeliner": COMPLETE["pipeliner"],
        "settings": settings,
    }
    nulls = short | {"name": None, "status": None, "acton": None}
    nulls["settings"] = dict.fromkeys(COMPLETE["settings"]) | settings
    (absent,), (null,) = parse(short), parse(nulls)
    assert absent == null
    assert absent.name == "acme_sales"
    assert absent.status is SpaceStatus.PENDING
    assert absent.acton == ActOnAccess()
    assert absent.settings == SpaceSettings(
        threshold=40, sync_time=time(2, 0), owner="anna@acme.example"
    )


def test_the_score_source_auto_leaves_the_choice_to_the_sync() -> None:
    space = deepcopy(COMPLETE)
    space["settings"]["score_source"] = "auto"
    assert parse(space)[0].settings.score_source is None


def change(path: str, value: object) -> Callable[[dict[str, Any]], object]:
    """A function that puts the value at a dotted path of a space."""
    *parents, last = path.split(".")

    def put(space: dict[str, Any]) -> None:
        for parent in parents:
            space = space[parent]
        space[last] = value

    return put


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        ("settings.treshold", 40, "settings.treshold: unknown; did you mean threshold?"),
        ("settings.lists.inclde", [], "settings.lists.inclde: unknown; did you mean include?"),
        ("acton.colour", 1, "acton.colour: unknown."),
        ("space_id", "a b", "space_id: must be 1 to 100 letters, digits, hyphens or underscores."),
        ("space_id", None, "space_id: missing."),
        ("time_zone", "Europe/Berln", "time_zone: is not an IANA time zone; did you mean"),
        ("time_zone", "../etc/passwd", "time_zone: is not an IANA time zone"),
        ("time_zone", "localtime", "time_zone: is not an IANA time zone"),
        ("status", "needs_attention", "status: must be 'pending', 'running' or 'suspended'."),
        ("name", "two\nlines", "name: must not hold control characters."),
        ("name", " ", "name: must not be empty."),
        ("pipeliner", [], "pipeliner: must be an object."),
        ("pipeliner.service_url", "http://x.example", "pipeliner.service_url: must begin with"),
        ("pipeliner.service_url", "https://u:p@x.example", "is not an address such as"),
        ("pipeliner.service_url", "https://x.example:99999", "is not an address such as"),
        ("pipeliner.password", {"env": "NOPE"}, "the environment variable NOPE is not set."),
        ("pipeliner.password", {"env": 7}, 'must be text or {"env": "NAME"}.'),
        ("pipeliner.password", 7, 'must be text or {"env": "NAME"}.'),
        ("pipeliner.password", "", "pipeliner.password: must not be empty."),
        ("acton.password", None, "acton: username and password belong together"),
        ("settings.threshold", "40", "settings.threshold: must be a valid integer."),
        ("settings.threshold", True, "settings.threshold: must be a valid integer."),
        ("settings.threshold", -1, "settings.threshold: must be greater than or equal to 0."),
        ("settings.sync_time", "2:00", "settings.sync_time: must be a time of day such as 02:00."),
        ("settings.sync_time", "24:00", "must be a time of day such as 02:00."),
        ("settings.lists.include", [], "must name at least one list, or be null for all lists."),
        ("settings.lists.exclude", "News", "settings.lists.exclude: must be a valid list."),
        ("settings.lists.exclude", [7], "settings.lists.exclude[0]: must be a valid string."),
        ("settings.score_source", "list_column", "needs score_column, the column's name."),
        ("settings.existing_lead", "merge", "settings.existing_lead: must be 'skip' or 'create'."),
        ("settings.daily_call_budget", 0, "must be greater than or equal to 1."),
    ],
)
def test_a_problem_is_named_by_its_path(path: str, value: object, said: str) -> None:
    (problem,) = problems_after(change(path, value))
    assert problem.startswith("spaces[0].")
    assert said in problem


def test_all_problems_are_told_at_once() -> None:
    def spoil(space: dict[str, Any]) -> None:
        del space["settings"]["owner"]
        space["settings"]["treshold"] = 1
        space["time_zone"] = "Mars"

    assert [problem.split(":")[0] for problem in problems_after(spoil)] == [
        "spaces[0].time_zone",
        "spaces[0].settings.owner",
        "spaces[0].settings.treshold",
    ]


def test_a_space_that_stands_twice_is_refused() -> None:
    (problem,) = problems_of(json.dumps({"spaces": [COMPLETE, COMPLETE]}))
    assert problem == "spaces[1].space_id: 'acme_sales' stands in this file already."


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "This is not JSON: Expecting value at line 1, column 1."),
        ('{"spaces": [', "This is not JSON"),
        ("[]", "file: must be an object."),
        ("null", "file: must be an object."),
        ("{}", "spaces: missing."),
        ('{"spaces": []}', "spaces: must hold at least one."),
        ('{"spaces": [1]}', "spaces[0]: must be an object."),
        ('{"spaces": [NaN]}', "NaN is not a JSON value."),
        ('{"spaces": [], "spaces": []}', "The key 'spaces' stands twice in one object."),
        ("[" * 100_000, "This is not a space file: it is nested too deeply."),
        ("9" * 5_000, "This is not a space file: a number in it is too long."),
    ],
)
def test_what_is_no_space_file_is_refused_with_a_sentence(text: str, said: str) -> None:
    assert problems_of(text)[0].startswith(said)


def test_no_secret_of_the_file_shows_in_a_problem() -> None:
    def spoil(space: dict[str, Any]) -> None:
        space["pipeliner"]["password"] = "hunter2" * 1_000
        space["acton"]["password"] = {"env": "ACME_ACTON_PASSWORD", "value": "hunter2"}

    assert "hunter2" not in "".join(problems_after(spoil))


def test_a_file_with_a_byte_order_mark_is_read() -> None:
    text = "\ufeff" + json.dumps({"spaces": [COMPLETE]})
    assert parse_space_file(text, VARIABLES.get)[0].space_id == "acme_sales"


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from([*COMPLETE, *COMPLETE["settings"], "x"]), inner)
    ),
    max_leaves=8,
)


@given(path=st.sampled_from(["", "acton", "pipeliner", "settings"]), data=st.data())
def test_whatever_stands_in_the_file_it_is_read_or_refused_as_invalid(
    path: str, data: st.DataObject
) -> None:
    space = deepcopy(COMPLETE)
    place = space[path] if path else space
    place[data.draw(st.sampled_from([*place, "x"]))] = data.draw(json_values)
    with suppress(InvalidInput):
        assert len(parse(space)) == 1
