"""One person read live: Act-On's facts with every oddity, the calls for them, and the Contact."""

import json
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.acton.activity import LONGEST_TEXT, MOST_ANSWERS, parse_activity
from sync.acton.client import ActOnClient
from sync.errors import CredentialsRefused, InvalidInput, NotFound, UnexpectedAnswer
from sync.model import Activity, Deed, ScoreRule
from sync.pipeliner.client import PipelinerClient
from sync.rules.activity import describe, standings
from tests.clients.conftest import Line, Vendor, recorded
from tests.clients.test_acton_reading import ACCOUNT, FACTS, HOST, NO_ROUTE, client_of
from tests.clients.test_pipeliner_reading import CONTACTS, FIELDS, page, record
from tests.clients.test_pipeliner_reading import client_of as pipeliner_of

REPORT = f"{HOST}/ucl/v2/12345/contactReport/email/ann%40example.com/activity"
LOOKUP = f"{HOST}/api/1/list/lookup/l-0001"
MONDAY = datetime(2019, 10, 14, 23, 58, 31, tzinfo=UTC)
MONDAY_MS = 1571097511000
NOON_OF_THAT_DAY = datetime(2019, 10, 14, 12, 0, tzinfo=UTC)


@pytest.fixture
def acton(line: Line) -> ActOnClient:
    """A client that is logged in to account 12345."""
    return client_of(line)


def facts(*entries: object, **activity: object) -> dict[str, Any]:
    return {"activity": {"score": 30, **activity}, "activitylist": list(entries)}


def entry(**changes: object) -> dict[str, object]:
    """An entry as documented, without its instant."""
    return {"Verb": "fs", "What": "Submitted: Example", "Responses": [], **changes}


def the_deed(raw: object) -> Deed:
    [deed] = parse_activity(facts(raw)).deeds
    return deed


# --- what is documented -------------------------------------------------------------------------


def test_the_documented_answer_is_read_whole() -> None:
    assert parse_activity(recorded("acton/facts.json")) == Activity(
        score=30,
        period="all time",
        deeds=[Deed(at=MONDAY, verb="fs", what="Submitted: Example", counts=True)],
        rules=[ScoreRule(action="MESSAGE_SEND", points=30, asset_id="s-0001-1910")],
    )


def test_the_newest_deed_comes_first_and_those_without_an_instant_last() -> None:
    raw = facts(
        entry(What="undated"),
        entry(What="old", WhenMillis=MONDAY_MS - 1),
        entry(What="undated too", WhenMillis=None),
        entry(What="new", WhenMillis=MONDAY_MS),
        entry(What="old too", WhenMillis=MONDAY_MS - 1),
    )
    read = [deed.what for deed in parse_activity(raw).deeds]
    assert read == ["new", "old", "old too", "undated", "undated too"]


def test_an_entry_outside_the_period_of_the_score_does_not_count() -> None:
    assert not the_deed(entry(InScoreRange=False)).counts


@pytest.mark.parametrize("odd", [True, None, "false", 0], ids=repr)
def test_an_entry_counts_unless_act_on_says_that_it_does_not(odd: object) -> None:
    assert the_deed(entry(InScoreRange=odd)).counts


def test_rules_keep_what_they_are_for() -> None:
    read = parse_activity(
        facts(
            ScoreDetails=[
                {"action": "FORM_SUBMIT", "score": "7", "id": "f-1", "specific": True},
                {"action": "JOB_TITLE", "score": -5, "profile": True},
                {"action": "X", "score": None},
                {"action": "X"},
                "nonsense",
                None,
            ]
        )
    )
    assert read.rules == [
        ScoreRule(action="FORM_SUBMIT", points=7, asset_id="f-1", specific=True),
        ScoreRule(action="JOB_TITLE", points=-5, profile=True),
    ]


@pytest.mark.parametrize("odd", [None, {}, "x", 5], ids=repr)
def test_a_breakdown_in_another_form_is_an_empty_one(odd: object) -> None:
    assert parse_activity(facts(ScoreDetails=odd)).rules == []


# --- the score ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("raw", "score"), [(0, 0), (-3, -3), ("41", 41), (41.0, 41), (" 7 ", 7), ("41.9", 41)], ids=repr
)
def test_a_score_is_read_in_each_way_of_writing_it(raw: object, score: int) -> None:
    assert parse_activity(facts(score=raw)).score == score


@pytest.mark.parametrize(
    "sheet", [{"HasScoreSheet": False}, {"HasScoreSheet": False, "score": 0}, {"score": None}]
)
def test_a_person_without_a_score_sheet_has_no_score(sheet: dict[str, object]) -> None:
    raw = {"activity": sheet, "activitylist": [entry()]}
    read = parse_activity(raw)
    assert (read.score, len(read.deeds)) == (None, 1)


@pytest.mark.parametrize(
    "odd", ["", "many", True, [], {}, float("nan"), float("inf"), "1e400"], ids=repr
)
def test_a_score_that_is_no_number_is_named(odd: object) -> None:
    with pytest.raises(UnexpectedAnswer, match=r"activity\.score"):
        parse_activity(facts(score=odd))


@pytest.mark.parametrize("huge", [2**31, -(2**31) - 1, 10**30, 1e18, "9" * 19], ids=repr)
def test_a_score_larger_than_any_column_holds_is_named(huge: object) -> None:
    with pytest.raises(UnexpectedAnswer, match=r"activity\.score"):
        parse_activity(facts(score=huge))


@pytest.mark.parametrize(
    ("raw", "name"),
    [
        (None, "outermost object"),
        ([], "outermost object"),
        ("{}", "outermost object"),
        ({}, "activity"),
        ({"activity": None, "activitylist": []}, "activity"),
        ({"activity": [], "activitylist": []}, "activity"),
        ({"activity": {}, "activitylist": []}, r"activity\.score"),
    ],
    ids=repr,
)
def test_a_wrong_form_is_named(raw: object, name: str) -> None:
    with pytest.raises(UnexpectedAnswer, match=f"documents give: (its )?{name} in"):
        parse_activity(raw)


@pytest.mark.parametrize("odd", [None, {}, "x", 0], ids=repr)
def test_a_stream_in_another_form_is_an_empty_one(odd: object) -> None:
    assert parse_activity({"activity": {"score": 30}, "activitylist": odd}) == Activity(
        score=30, deeds=[], rules=[]
    )
    assert parse_activity({"activity": {"score": 30}}).deeds == []


# --- entries ------------------------------------------------------------------------------------


def test_what_is_no_entry_is_left_out_and_hides_no_other() -> None:
    raw = facts(None, "text", 5, [], entry(What="one"), {}, entry(What="two"))
    assert [deed.what for deed in parse_activity(raw).deeds] == ["one", "", "two"]


@pytest.mark.parametrize("when", [MONDAY_MS, str(MONDAY_MS), float(MONDAY_MS)], ids=repr)
def test_the_instant_is_read_in_each_way_of_writing_it(when: object) -> None:
    assert the_deed(entry(WhenMillis=when, d="1", m="Jan", y="01")).at == MONDAY


@pytest.mark.parametrize(
    "when", [None, "", "soon", -1, 0, 10**15, 10**400, "9" * 30, True, [], {}, float("nan")]
)
def test_without_a_readable_instant_the_day_stands_at_noon(when: object) -> None:
    assert the_deed(entry(WhenMillis=when, d="14", m="Oct", y="19")).at == NOON_OF_THAT_DAY
    assert the_deed(entry(d=14, m="Oct", y=19)).at == NOON_OF_THAT_DAY


@pytest.mark.parametrize("when", [1, MONDAY_MS, 253_402_300_799_999, 253_402_300_700_000])
def test_every_instant_can_be_shown_in_every_zone(when: int) -> None:
    at = the_deed(entry(WhenMillis=when)).at
    for zone in ("Pacific/Kiritimati", "America/Los_Angeles"):
        assert at is None or at.astimezone(ZoneInfo(zone)) == at


@pytest.mark.parametrize(
    "day",
    [
        {},
        {"d": "14", "m": "Oct"},
        {"m": "Oct", "y": "19"},
        {"d": "31", "m": "Feb", "y": "19"},
        {"d": "0", "m": "Oct", "y": "19"},
        {"d": 10**30, "m": "Oct", "y": "19"},
        {"d": "14", "m": "Okt", "y": "19"},
        {"d": "14", "m": 10, "y": "19"},
        {"d": "14", "m": ["Oct"], "y": "19"},
        {"d": "14", "m": "Oct", "y": "-1"},
        {"d": "14", "m": "Oct", "y": "2019"},
        {"d": "14", "m": "Oct", "y": None},
    ],
    ids=repr,
)
def test_a_day_that_makes_no_sense_is_no_day(day: dict[str, object]) -> None:
    assert the_deed(entry(**day)).at is None


@pytest.mark.parametrize(
    ("raw", "verb", "what"),
    [
        ({"Verb": None, "What": None}, "", ""),
        ({}, "", ""),
        ({"verb": "os", "what": "News"}, "os", "News"),
        ({"Verb": "os", "verb": "s", "What": "A", "what": "B"}, "os", "A"),
        ({"Verb": "", "verb": "s"}, "s", ""),
        ({"Verb": 7, "What": 8.5}, "7", "8.5"),
        ({"Verb": True, "What": {"a": 1}}, "", ""),
        ({"Verb": ["os"], "What": ["A"]}, "", ""),
        ({"Verb": "os", "What": "  A\r\n\tB\u202e \x00C "}, "os", "A B C"),
        ({"Verb": "os", "What": "\ud800A"}, "os", "A"),
    ],
    ids=repr,
)
def test_verb_and_text_are_one_clean_line_or_nothing(
    raw: dict[str, object], verb: str, what: str
) -> None:
    deed = the_deed(raw)
    assert (deed.verb, deed.what) == (verb, what)


def test_a_long_text_is_cut() -> None:
    assert the_deed(entry(What="a" * LONGEST_TEXT)).what == "a" * LONGEST_TEXT
    assert the_deed(entry(What="a" * 3_000_000)).what == "a" * (LONGEST_TEXT - 1) + "…"


def test_a_long_text_of_blanks_is_not_shown_as_cut() -> None:
    assert the_deed(entry(What=" " * 3_000_000 + "a")).what == ""


# --- a form's answers ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("responses", "answers"),
    [
        ([], ()),
        (None, ()),
        ({}, ()),
        ("text", ()),
        (5, ()),
        ({"Name": "Ann", "Age": 42}, (("Name", "Ann"), ("Age", "42"))),
        ([{"Question": "Why?", "Answer": "So"}], (("Why?", "So"),)),
        ([{"question": "Why?", "answer": "So"}], (("Why?", "So"),)),
        ([{"name": "Why?", "value": "So"}], (("Why?", "So"),)),
        ([{"Name": "Why?", "Value": "So"}], (("Why?", "So"),)),
        ([{"label": "Why?", "response": "So"}], (("Why?", "So"),)),
        ([{"field": "Why?", "value": 7}], (("Why?", "7"),)),
        ([{"Question": "Why?"}], (("Why?", ""),)),
        ([{"Answer": "So"}], (("", "So"),)),
        (["So", 7], (("", "So"), ("", "7"))),
        ([{"other": "x"}, {}, None, {"Question": "", "Answer": ""}], ()),
        ([{"Question": None, "Answer": "So"}], (("", "So"),)),
    ],
    ids=repr,
)
def test_a_forms_answers_are_read_in_each_likely_way(
    responses: object, answers: tuple[tuple[str, str], ...]
) -> None:
    assert the_deed(entry(Responses=responses)).answers == answers


@pytest.mark.parametrize(
    "responses",
    [
        [{"Question": [], "Answer": {"a": 1}}],
        [{"Question": ["x"], "Answer": ["y"]}],
        [["x"]],
        {"": ""},
        {"": None},
    ],
    ids=repr,
)
def test_an_answer_with_nothing_to_read_is_not_shown(responses: object) -> None:
    assert the_deed(entry(Responses=responses)).answers == ()


def test_a_form_of_many_and_long_answers_is_cut() -> None:
    many = the_deed(entry(Responses={str(n): "a" * 9_999 for n in range(MOST_ANSWERS + 9)}))
    assert len(many.answers) == MOST_ANSWERS
    assert {len(answer) for _, answer in many.answers} == {LONGEST_TEXT}


# --- many, and anything at all ------------------------------------------------------------------


def test_twenty_thousand_entries_are_all_read() -> None:
    verbs = ("s", "os", "r", "sv", "fs", None)
    raw = facts(
        *(
            entry(Verb=verbs[n % 6], What=f"Mail {n}", WhenMillis=MONDAY_MS + n)
            for n in range(20_000)
        )
    )
    read = parse_activity(json.loads(json.dumps(raw)))
    assert len(read.deeds) == 20_000
    assert (read.deeds[0].what, read.deeds[-1].what) == ("Mail 19999", "Mail 0")


any_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)
names = ("Verb", "What", "WhenMillis", "d", "m", "y", "InScoreRange", "Responses")


@given(st.lists(st.fixed_dictionaries({}, optional=dict.fromkeys(names, any_json)) | any_json))
def test_no_entry_at_all_hides_the_score(entries: list[object]) -> None:
    read = parse_activity(facts(*entries, ScoreDetails=entries))
    assert read.score == 30
    assert len(read.deeds) == sum(isinstance(one, dict) for one in entries)
    assert all(describe(deed).tab for deed in read.deeds)
    assert standings(read.deeds) == []


# --- the calls: by row --------------------------------------------------------------------------


def test_the_activity_of_a_row_takes_one_call(vendor: Vendor, acton: ActOnClient) -> None:
    vendor.answers("GET", FACTS, recorded("acton/facts.json"))
    read = acton.fetch_activity("l-0001", "l-0001:0")
    assert (read.score, len(read.deeds)) == (30, 1)


def test_a_row_that_is_gone_is_not_found(vendor: Vendor, acton: ActOnClient) -> None:
    vendor.answers("GET", FACTS, NO_ROUTE, status=404)
    with pytest.raises(NotFound, match="the activity of a contact"):
        acton.fetch_activity("l-0001", "l-0001:0")


@pytest.mark.parametrize("code", [10004, 10008])
def test_a_row_that_act_on_calls_invalid_is_not_found(
    vendor: Vendor, acton: ActOnClient, code: int
) -> None:
    vendor.answers("GET", FACTS, {"errorCode": code, "message": "Invalid contact"}, status=400)
    with pytest.raises(NotFound):
        acton.fetch_activity("l-0001", "l-0001:0")


def test_a_record_id_is_one_segment_of_the_address(vendor: Vendor, acton: ActOnClient) -> None:
    vendor.answers(
        "GET", f"{HOST}/api/1/list/l%2F1/record/a%2F..%2F%3Fb%23c%20%C3%A4/facts", facts()
    )
    assert acton.fetch_activity("l/1", "a/../?b#c ä").score == 30


@pytest.mark.parametrize("record_id", ["", ".", "..", "a\nb", "a" * 401])
def test_a_record_id_that_leads_elsewhere_is_not_sent(
    vendor: Vendor, acton: ActOnClient, record_id: str
) -> None:
    with pytest.raises(InvalidInput, match="record_id"):
        acton.fetch_activity("l-0001", record_id)
    assert vendor.asked == []


# --- the calls: by address ----------------------------------------------------------------------


def test_by_address_all_months_are_asked_for(vendor: Vendor, acton: ActOnClient) -> None:
    vendor.answers("GET", REPORT, recorded("acton/facts.json"))
    found = acton.find_activity("ann@example.com")
    assert found is not None
    assert found.score == 30
    assert vendor.queries() == [{"monthsOfPastData": "120"}]


def test_an_address_is_one_segment_of_the_address(vendor: Vendor, acton: ActOnClient) -> None:
    vendor.answers(
        "GET",
        f"{HOST}/ucl/v2/12345/contactReport/email/j%C3%B6rg%2F..%2B%3F%23%25%40example.com/activity",
        facts(),
    )
    assert acton.find_activity("jörg/..+?#%@example.com") is not None
    assert urlsplit(vendor.asked[0].url).path.count("/") == 7


@pytest.mark.parametrize("status", [400, 403, 404, 406])
def test_an_address_that_all_contacts_does_not_know_is_not_found(
    vendor: Vendor, acton: ActOnClient, status: int
) -> None:
    vendor.answers("GET", REPORT, NO_ROUTE, status=status)
    assert acton.find_activity("ann@example.com") is None


@pytest.mark.parametrize("body", ["", " \n"], ids=repr)
def test_an_empty_answer_means_that_nobody_is_known(
    vendor: Vendor, acton: ActOnClient, body: str
) -> None:
    vendor.answers("GET", REPORT, body=body)
    assert acton.find_activity("ann@example.com") is None


def test_an_answer_of_another_form_is_no_unknown_person(vendor: Vendor, acton: ActOnClient) -> None:
    vendor.answers("GET", REPORT, {"message": "hello"})
    with pytest.raises(UnexpectedAnswer, match="activity"):
        acton.find_activity("ann@example.com")


def test_an_account_that_is_not_known_has_no_all_contacts(vendor: Vendor, line: Line) -> None:
    vendor.answers("GET", ACCOUNT, status=404)
    assert client_of(line, account_id=None).find_activity("ann@example.com") is None


def test_access_refused_twice_is_no_unknown_person(vendor: Vendor, acton: ActOnClient) -> None:
    vendor.answers("GET", REPORT, {"message": "no"}, status=401)
    with pytest.raises(CredentialsRefused):
        acton.find_activity("ann@example.com")


# --- the calls: a row by address ----------------------------------------------------------------


def test_the_row_of_an_address_is_looked_up_in_its_list(vendor: Vendor, acton: ActOnClient) -> None:
    vendor.answers("GET", LOOKUP, {"contactID": "l-0001:7a", "E-mail Address": "ann@example.com"})
    assert acton.find_record("l-0001", "ann+1@example.com") == "l-0001:7a"
    assert vendor.queries() == [{"email": "ann+1@example.com"}]


@pytest.mark.parametrize("status", [400, 404])
def test_an_address_that_a_list_does_not_have_is_not_found(
    vendor: Vendor, acton: ActOnClient, status: int
) -> None:
    vendor.answers("GET", LOOKUP, {"errorCode": 10008, "message": "Invalid"}, status=status)
    assert acton.find_record("l-0001", "ann@example.com") is None


@pytest.mark.parametrize("body", ["", " ", "{}", '{"contactID": ""}', '{"contactID": 7}'], ids=repr)
def test_an_answer_without_an_id_names_no_row(
    vendor: Vendor, acton: ActOnClient, body: str
) -> None:
    vendor.answers("GET", LOOKUP, body=body)
    assert acton.find_record("l-0001", "ann@example.com") is None


def test_a_lookup_of_another_form_is_named(vendor: Vendor, acton: ActOnClient) -> None:
    vendor.answers("GET", LOOKUP, ["l-0001:7a"])
    with pytest.raises(UnexpectedAnswer, match="a contact looked up"):
        acton.find_record("l-0001", "ann@example.com")


# --- the Contact --------------------------------------------------------------------------------


@pytest.fixture
def space(line: Line) -> PipelinerClient:
    return pipeliner_of(line)


def test_a_contact_is_found_by_its_id_the_deleted_too(
    vendor: Vendor, space: PipelinerClient
) -> None:
    found = record("c1", name="Ann Example", email1="Ann@example.com", is_deleted=True)
    vendor.answers("GET", CONTACTS, page(found))
    contact = space.find_contact("c1", FIELDS)
    assert contact is not None
    assert (contact.contact_id, contact.deleted) == ("c1", True)
    assert contact.addresses == ("Ann@example.com",)
    [query] = vendor.queries()
    assert (query["filter[id]"], query["filter-op[id]"]) == ("c1", "eq")
    assert query["include-deleted"] == "true"


def test_a_contact_that_is_not_there_is_not_found(vendor: Vendor, space: PipelinerClient) -> None:
    vendor.answers("GET", CONTACTS, page())
    assert space.find_contact("c1", FIELDS) is None


def test_another_contact_is_never_taken_for_the_one_asked_for(
    vendor: Vendor, space: PipelinerClient
) -> None:
    """A server that does not know a filter may show all records."""
    vendor.answers("GET", CONTACTS, page(record("c2", email1="bob@example.com")))
    assert space.find_contact("c1", FIELDS) is None
