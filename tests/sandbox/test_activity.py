"""The sandbox's activity: believable, always the same, and hostile where a test wants it."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from sync.sandbox import SandboxOptions
from sync.sandbox.deeds import VERBS
from sync.sandbox.hostile import NOTES, PANEL_PEOPLE
from sync.sandbox.serve import Sandbox
from sync.sandbox.stories import STORIES
from tests.sandbox.conftest import Visitor

HOT, LIVELY = "busy.bee@example.com", "clara.bright@example.com"
DAY_MS = 86_400_000


@pytest.fixture
def visitor() -> Visitor:
    """Somebody who is logged in to an Act-On with the panel's examples."""
    one = Visitor(Sandbox(SandboxOptions(panel=True, limits=False)))
    one.log_in()
    return one


def _facts(visitor: Visitor, email: str, months: int = 120) -> dict[str, Any]:
    path = f"/ucl/v2/12345/contactReport/email/{email}/activity?monthsOfPastData={months}"
    answer = visitor.acton(path)
    assert answer.status_code == 200
    return answer.json


def _entries(visitor: Visitor, email: str, months: int = 120) -> list[dict[str, Any]]:
    return _facts(visitor, email, months)["activitylist"]


def _verbs(visitor: Visitor, email: str) -> set[str]:
    return {entry["Verb"] for entry in _entries(visitor, email)}


def _change(visitor: Visitor, verb: str, **values: object) -> Any:
    return visitor.http.post(f"/__sandbox/world/{verb}", json=values)


def _days_since_last(visitor: Visitor, email: str) -> int:
    return int(_entries(visitor, email)[0]["ago"])


# --- the form, as documented ----------------------------------------------------------------------


def test_an_entry_has_the_documented_keys_and_types(visitor: Visitor) -> None:
    for entry in _entries(visitor, LIVELY):
        assert set(entry) == {
            *("Bin", "InScoreRange", "d", "WhenMillis", "What", "Verb", "m", "ago", "Icon", "y"),
            *("Responses", "id", "idType"),
        }
        moment = datetime.fromtimestamp(entry["WhenMillis"] / 1000, UTC)
        assert (entry["d"], entry["m"], entry["y"]) == tuple(moment.strftime("%d %b %y").split())


def test_activity_has_the_documented_keys(visitor: Visitor) -> None:
    facts = _facts(visitor, LIVELY)
    assert set(facts) == {"activity", "activitylist"}
    assert set(facts["activity"]) == {
        *("lastInbound", "ScorePeriod", "lastOutbound", "ScoreDetails", "score", "entries"),
        *("firstOutbound", "EntryMonthsAvailable", "HasProfileScore", "HasScoreSheet"),
        *("HasBehaviorScore", "firstInbound"),
    }


def test_entries_come_newest_first(visitor: Visitor) -> None:
    instants = [entry["WhenMillis"] for entry in _entries(visitor, LIVELY)]
    assert instants == sorted(instants, reverse=True)
    assert len(instants) > 30


def test_months_of_past_data_begin_with_their_month(visitor: Visitor) -> None:
    now = visitor.sandbox.world.clock.now()
    for months in (0, 1, 3):
        for entry in _entries(visitor, LIVELY, months):
            moment = datetime.fromtimestamp(entry["WhenMillis"] / 1000, UTC)
            assert (now.year - moment.year) * 12 + now.month - moment.month <= months
    assert len(_entries(visitor, LIVELY, 0)) < len(_entries(visitor, LIVELY, 12))


def test_the_same_address_has_the_same_history_in_every_world_of_an_hour() -> None:
    one, two = (Visitor(Sandbox(SandboxOptions(panel=True))) for _ in range(2))
    two.sandbox.world.clock.began_ms = one.sandbox.world.clock.began_ms
    one.log_in()
    two.log_in()
    assert _entries(one, LIVELY) == _entries(two, LIVELY)


def test_entries_stay_where_they_are_while_time_passes(visitor: Visitor) -> None:
    before = {entry["id"]: entry for entry in _entries(visitor, LIVELY)}
    visitor.http.post("/__sandbox/clock", json={"seconds": 3 * 86_400})
    visitor.log_in()
    after = {entry["id"]: entry for entry in _entries(visitor, LIVELY)}
    assert {name: one["WhenMillis"] for name, one in after.items()} == {
        name: one["WhenMillis"] for name, one in before.items()
    }
    name = next(iter(before))
    assert int(after[name]["ago"]) == int(before[name]["ago"]) + 3


def test_nothing_has_happened_in_the_future(visitor: Visitor) -> None:
    now_ms = time.time() * 1000
    for person in PANEL_PEOPLE:
        if person.story != "hostile":
            assert all(one["WhenMillis"] <= now_ms for one in _entries(visitor, person.email))


# --- people ---------------------------------------------------------------------------------------


def test_a_high_score_has_more_activity_and_more_recent(visitor: Visitor) -> None:
    by_heat: dict[bool, list[list[dict[str, Any]]]] = {True: [], False: []}
    for person in visitor.sandbox.world.demo.people.values():
        told = bool(person.story or person.extra_entries)
        if not told and person.score is not None and not 20 < person.score < 55:
            by_heat[person.score >= 55].append(_entries(visitor, person.email))
    hot, cold = by_heat[True], by_heat[False]
    assert _average(len(one) for one in hot) > 3 * _average(len(one) for one in cold)
    assert _average(int(one[0]["ago"]) for one in hot) < 10
    assert _average(int(one[0]["ago"]) for one in cold if one) > 30


def _average(numbers: Iterator[int]) -> float:
    listed = list(numbers)
    return sum(listed) / len(listed)


def test_pages_are_told_by_their_address(visitor: Visitor) -> None:
    visits = [one["What"] for one in _entries(visitor, HOT) if one["Verb"] == "sv"]
    assert "Visited: https://www.example.com/pricing" in visits
    assert len(set(visits)) > 5


def test_clicks_follow_openings_of_the_same_mail(visitor: Visitor) -> None:
    entries = _entries(visitor, LIVELY)
    opened = {one["What"].partition(": ")[2] for one in entries if one["Verb"] == "os"}
    clicked = {one["What"].partition(": ")[2] for one in entries if one["Verb"] == "r"}
    assert clicked
    assert clicked <= opened


def test_the_form_that_was_viewed_is_the_one_that_was_filled_in(visitor: Visitor) -> None:
    entries = _entries(visitor, LIVELY)
    filled = [place for place, one in enumerate(entries) if one["Verb"] == "fs"]
    assert any(
        entries[place]["What"].partition(": ")[2] == entries[place + 1]["What"].partition(": ")[2]
        for place in filled
        if entries[place + 1]["Verb"] == "fv"
    )


@pytest.mark.parametrize("email", [HOT, "every.verb@example.com"])
def test_all_verbs_of_the_table_occur_and_an_unknown_one(visitor: Visitor, email: str) -> None:
    assert _verbs(visitor, email) == set(VERBS)
    assert len(VERBS) == 22


def test_one_has_twenty_thousand_entries_within_a_year(visitor: Visitor) -> None:
    assert len(_entries(visitor, HOT, months=12)) > 20_000


def test_one_opted_out_and_was_not_written_to_again(visitor: Visitor) -> None:
    entries = _entries(visitor, "optedout@example.com")
    (out,) = (one for one in entries if one["Verb"] == "oo")
    mailed = [one["WhenMillis"] for one in entries if one["Verb"] in ("s", "os", "r")]
    assert max(mailed) < out["WhenMillis"]


@pytest.mark.parametrize(
    ("email", "verb"), [("bounced@example.com", "hb"), ("complained@example.com", "sp")]
)
def test_one_bounced_and_one_complained(visitor: Visitor, email: str, verb: str) -> None:
    assert verb in _verbs(visitor, email)


def test_one_did_nothing_at_all(visitor: Visitor) -> None:
    facts = _facts(visitor, "quiet@example.com")
    assert facts["activitylist"] == []
    assert facts["activity"]["lastInbound"] == ""
    assert facts["activity"]["score"] == 40
    assert facts["activity"]["HasBehaviorScore"] is False


def test_one_did_nothing_for_ninety_days(visitor: Visitor) -> None:
    assert _days_since_last(visitor, "dormant@example.com") > 90


def test_everybody_of_the_panel_reaches_the_score_and_has_a_note() -> None:
    assert all((person.score or 0) >= 40 for person in PANEL_PEOPLE)
    assert {person.email for person in PANEL_PEOPLE} <= set(NOTES)


def test_without_the_panel_part_the_world_is_as_before() -> None:
    with_it, without = (Sandbox(SandboxOptions(panel=on)).world for on in (True, False))
    assert set(with_it.demo.lists) - set(without.demo.lists) == {"l-0b01"}
    assert with_it.demo.lists["l-0b01"].name == "Panel examples"
    assert without.demo.person(LIVELY) is None
    assert "panel" not in without.options.identity


# --- scores ---------------------------------------------------------------------------------------


def test_the_rules_add_up_to_the_score(visitor: Visitor) -> None:
    several = 0
    for person in visitor.sandbox.world.demo.people.values():
        activity = _facts(visitor, person.email)["activity"]
        details = activity["ScoreDetails"]
        assert sum(one["score"] for one in details) == activity["score"] == (person.score or 0)
        assert all(
            set(one) == {"id", "idType", "specific", "profile", "action", "score"}
            for one in details
        )
        assert activity["HasProfileScore"] == any(one["profile"] for one in details)
        several += len(details) > 2
    assert several > 20


def test_the_only_documented_action_can_be_the_only_one(visitor: Visitor) -> None:
    def actions() -> set[str]:
        return {one["action"] for one in _facts(visitor, LIVELY)["activity"]["ScoreDetails"]}

    assert "MESSAGE_SEND" in actions()
    assert len(actions()) > 2
    visitor.turn(score_actions="documented")
    assert actions() == {"MESSAGE_SEND"}


def test_old_deeds_are_out_of_the_score_unless_all_time_counts(visitor: Visitor) -> None:
    def range_by_age() -> set[tuple[bool, bool]]:
        entries = [one for one in _entries(visitor, LIVELY) if one["Verb"] == "sv"]
        return {(int(one["ago"]) > 180, one["InScoreRange"]) for one in entries}

    assert range_by_age() == {(True, False), (False, True)}
    visitor.turn(score_period="all time")
    assert range_by_age() == {(True, True), (False, True)}


# --- what is not documented -----------------------------------------------------------------------


@pytest.mark.parametrize("shape", ["questions", "pairs", "mapping", "text"])
def test_responses_come_in_every_likely_form(visitor: Visitor, shape: str) -> None:
    visitor.turn(responses_shape=shape)
    entries = _entries(visitor, LIVELY)
    answered = [one["Responses"] for one in entries if one["Verb"] in ("fs", "fu")]
    first = answered[0]
    match shape:
        case "questions":
            assert first[0] == {"Question": "E-mail", "Answer": LIVELY}
        case "pairs":
            assert first[0] == {"name": "E-mail", "value": LIVELY}
        case "mapping":
            assert first["E-mail"] == LIVELY
        case "text":
            assert first[0] == f"E-mail: {LIVELY}"
    assert all(len(one) > 1 for one in answered)
    assert all(one["Responses"] == [] for one in entries if one["Verb"] not in ("fs", "fu"))


def test_entries_may_carry_the_id_of_what_they_are_about(visitor: Visitor) -> None:
    entries = _entries(visitor, LIVELY)
    assert len({one["id"] for one in entries}) == len(entries)
    visitor.turn(entry_ids="asset")
    about = {(one["id"], one["What"].partition(": ")[2]) for one in _entries(visitor, LIVELY)}
    assert len({entry_id for entry_id, _ in about}) == len(about) < len(entries)


# --- hostile --------------------------------------------------------------------------------------


def test_hostile_entries_hold_what_breaks_those_who_trust_them(visitor: Visitor) -> None:
    entries = _entries(visitor, "panel.hostile@example.com")
    objects = [one for one in entries if isinstance(one, dict) and one]
    assert None in entries
    texts = "\n".join(str(one.get("What")) for one in objects)
    for part in ("<script>", "javascript:", "data:text/html", "\u202e", "🚀", "\x1b", "{{7*7}}"):
        assert part in texts
    assert any(len(str(one.get("What"))) == 2000 for one in objects)
    assert {str, int, float, bool, list, type(None)} <= {
        type(one.get("WhenMillis")) for one in objects
    }
    assert any("WhenMillis" not in one for one in objects)
    assert any("What" not in one for one in objects)
    assert any("Verb" in one and one["Verb"] is None for one in objects)
    assert {list, dict, str, int, bool, type(None)} <= {
        type(one.get("Responses")) for one in objects
    }
    future = visitor.sandbox.world.clock.seconds() * 1000 + DAY_MS
    assert any(
        isinstance(one.get("WhenMillis"), int) and one["WhenMillis"] > future for one in objects
    )


# --- verbs ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("story", STORIES)
def test_a_story_can_be_given_to_anybody(visitor: Visitor, story: str) -> None:
    assert (
        _change(visitor, "set_history", email="twice@example.com", story=story).status_code == 200
    )
    assert isinstance(_entries(visitor, "twice@example.com"), list)


def test_entries_can_be_dictated(visitor: Visitor) -> None:
    odd = [{"Verb": "s", "WhenMillis": 1}, 7]
    _change(visitor, "set_history", email="quiet@example.com", entries=odd)
    assert _entries(visitor, "quiet@example.com", months=10_000) == odd


@pytest.mark.parametrize("values", [{"story": "none such"}, {"entries": "text"}])
def test_a_history_that_makes_no_sense_is_refused(visitor: Visitor, values: Any) -> None:
    answer = _change(visitor, "set_history", email="quiet@example.com", **values)
    assert answer.status_code == 400


def test_a_forgotten_person_is_nowhere(visitor: Visitor) -> None:
    assert _change(visitor, "forget_person", email="Twice@example.com").status_code == 200
    account = visitor.sandbox.world.demo
    rows = [one.address_of(row).lower() for one in account.lists.values() for row in one.rows]
    assert "twice@example.com" not in rows
    report = "/ucl/v2/12345/contactReport/email/twice@example.com/activity"
    assert visitor.acton(report).status_code == 404
    assert visitor.acton("/ucl/v2/12345/contact/email/twice@example.com").status_code == 404
    assert _change(visitor, "forget_person", email="twice@example.com").status_code == 400
