"""What is read from Act-On: lists, rows, scores; and what is made of answers that surprise."""

from datetime import timedelta
from typing import Any

import pytest

from sync.acton.answers import is_limited
from sync.acton.client import ActOnClient
from sync.acton.oauth import Credentials, TokenSource
from sync.acton.parse import parse_lists, parse_scores
from sync.errors import IntegrationError, NotFound, SetupError, UnexpectedAnswer
from sync.http.answer import Answer
from sync.model import ActOnAccount, RowPage, ScoreReading, StoredToken
from sync.ports import ScoreFields
from sync.rules.domains import account_in_domain
from tests.clients.conftest import NOON, Line, Vendor, recorded
from tests.clients.fakes import FakePace, FakeTokenStore

HOST = "https://api.actonsoftware.com"
LISTS = f"{HOST}/api/1/list"
ROWS = f"{HOST}/api/1/list/l-0001"
ACCOUNT = f"{HOST}/api/1/account"
SCHEMA = f"{HOST}/ucl/v2/12345/schema/"
SCORES = f"{HOST}/ucl/v2/12345/contact/byFields"
FACTS = f"{HOST}/api/1/list/l-0001/record/l-0001%3A0/facts"
FIELDS = ScoreFields(score="Act-On Primary Score", email="Email")
NO_ROUTE = {"httpCode": "404", "httpMessage": "Not Found"}


def client_of(line: Line, account_id: str | None = "12345", *, at_once: int = 1) -> ActOnClient:
    tokens = TokenSource(
        line.transport(),
        FakeTokenStore(
            StoredToken(
                access="access-1", refresh=None, expires_at=NOON + timedelta(hours=1), version=1
            )
        ),
        Credentials(client_id="", client_secret="", username=None, password=None),
        base_url=HOST,
        log_ins=FakePace(),
        now=line.now,
        sleep=line.sleep,
    )
    return ActOnClient(
        line.transport(), tokens, base_url=HOST, account_id=account_id, at_once=at_once
    )


@pytest.fixture
def acton(line: Line) -> ActOnClient:
    """A client that is logged in to account 12345."""
    return client_of(line)


# --- the listing --------------------------------------------------------------------------------


def listing(*list_ids: str, total: object) -> dict[str, Any]:
    return {"totalCount": total, "result": [{"id": one} for one in list_ids]}


def test_lists_are_read_as_act_on_describes_them() -> None:
    sample = recorded("acton/lists.json")
    lists, total = parse_lists(sample["answer"])
    read = [
        [
            one.list_id,
            one.name,
            one.size,
            one.is_source,
            one.modified_at and one.modified_at.isoformat(),
        ]
        for one in lists
    ]
    assert read == sample["expected"]
    assert total == 4


@pytest.mark.parametrize("total", [3, "3"], ids=["number", "text"])
def test_the_listing_is_read_until_its_total(
    vendor: Vendor, acton: ActOnClient, total: object
) -> None:
    vendor.answers("GET", LISTS, listing("l-1", "l-2", total=total))
    vendor.answers("GET", LISTS, listing("l-3", total=total))
    assert [one.list_id for one in acton.fetch_lists()] == ["l-1", "l-2", "l-3"]
    assert vendor.queries() == [
        {"listingtype": "CONTACT_LIST", "count": "1000", "offset": offset} for offset in "02"
    ]


def test_a_listing_that_shows_less_than_its_total_comes_to_an_end(
    vendor: Vendor, acton: ActOnClient
) -> None:
    vendor.answers("GET", LISTS, listing("l-1", total=9))
    vendor.answers("GET", LISTS, listing(total=9))
    assert [one.list_id for one in acton.fetch_lists()] == ["l-1"]


# --- rows ---------------------------------------------------------------------------------------


def rows(*names: str, total: object, column: object = 1) -> dict[str, Any]:
    return {
        "listId": "l-0001",
        "totalCount": total,
        "emailColumn": column,
        "headers": ["_contact_id_", "E-mail Address"],
        "data": [[f"l-0001:{name}", f"{name}@example.com"] for name in names],
    }


def test_a_list_is_read_until_its_total(vendor: Vendor, acton: ActOnClient) -> None:
    vendor.answers("GET", ROWS, rows("a", "b", total="3"))
    vendor.answers("GET", ROWS, rows("c", total="3"))
    first, second = acton.fetch_rows("l-0001")
    assert first == RowPage(
        list_id="l-0001",
        offset=0,
        total=3,
        headers=("_contact_id_", "E-mail Address"),
        email_column=1,
        rows=[["l-0001:a", "a@example.com"], ["l-0001:b", "b@example.com"]],
    )
    assert (second.offset, second.rows) == (2, [["l-0001:c", "c@example.com"]])
    assert [query["offset"] for query in vendor.queries()] == ["0", "2"]


def test_every_row_is_asked_for_since_scores_move_no_date(
    vendor: Vendor, acton: ActOnClient
) -> None:
    vendor.answers("GET", ROWS, rows(total=0))
    list(acton.fetch_rows("l-0001"))
    assert vendor.queries() == [
        {"count": "1000", "offset": "0", "datequalifiers": "true", "responseformat": "JSON"}
    ]


def test_a_list_is_taken_up_where_it_was_left(vendor: Vendor, acton: ActOnClient) -> None:
    vendor.answers("GET", ROWS, rows("c", total=3))
    (page,) = acton.fetch_rows("l-0001", offset=2)
    assert (page.offset, vendor.queries()[0]["offset"]) == (2, "2")


def test_a_list_that_promises_rows_and_shows_none_is_not_asked_for_ever(
    vendor: Vendor, acton: ActOnClient
) -> None:
    vendor.answers("GET", ROWS, rows("a", total=2))
    vendor.answers("GET", ROWS, rows(total=2))
    with pytest.raises(UnexpectedAnswer, match="has 2 rows, but shows none after row 1"):
        list(acton.fetch_rows("l-0001"))


@pytest.mark.parametrize(
    ("column", "read"), [(1, 1), ("1", 1), (0, 0), (-1, None), (None, None), ("E-mail", None)]
)
def test_act_on_says_which_column_holds_the_address(
    vendor: Vendor, acton: ActOnClient, column: object, read: int | None
) -> None:
    vendor.answers("GET", ROWS, rows("a", total=1, column=column))
    (page,) = acton.fetch_rows("l-0001")
    assert page.email_column == read


@pytest.mark.parametrize(
    ("list_id", "segment"),
    [
        ("l-008d", "l-008d"),
        ("l-dyn-lead-004b", "l-dyn-lead-004b"),
        ("q-0181", "q-0181"),
        ("l-ctx", "l-ctx"),
        ("l-unified-contacts", "l-unified-contacts"),
        ("webinar: 7/8", "webinar%3A%207%2F8"),
    ],
)
def test_a_list_id_may_look_like_anything(
    vendor: Vendor, acton: ActOnClient, list_id: str, segment: str
) -> None:
    vendor.answers("GET", f"{LISTS}/{segment}", rows(total=0))
    (page,) = acton.fetch_rows(list_id)
    assert page.list_id == list_id


# --- where scores are in All Contacts -----------------------------------------------------------


def test_the_standard_mapping_tells_which_columns_are_score_and_address(
    vendor: Vendor, acton: ActOnClient
) -> None:
    vendor.answers("GET", SCHEMA, recorded("acton/schema.json"))
    assert acton.find_score_fields() == FIELDS


def column(name: str, kind: str) -> dict[str, Any]:
    return {"name": name, "type": kind, "standardFieldMapping": None}


@pytest.mark.parametrize(
    ("columns", "found"),
    [
        pytest.param(
            [column("Points", "SCORE"), column("Mail", "EMAIL"), column("More", "SCORE")],
            ScoreFields(score="Points", email="Mail"),
            id="first-of-each-type",
        ),
        pytest.param([column("Mail", "EMAIL")], None, id="no-score"),
        pytest.param([column("Points", "SCORE")], None, id="no-address"),
        pytest.param([], None, id="nothing"),
    ],
)
def test_without_a_mapping_the_type_tells(
    vendor: Vendor, acton: ActOnClient, columns: list[Any], found: ScoreFields | None
) -> None:
    vendor.answers("GET", SCHEMA, {"columns": columns})
    assert acton.find_score_fields() == found


@pytest.mark.parametrize("status", [400, 403, 404, 406])
def test_an_account_without_all_contacts_has_no_such_fields(
    vendor: Vendor, acton: ActOnClient, status: int
) -> None:
    vendor.answers("GET", SCHEMA, status=status)
    assert acton.find_score_fields() is None


def test_an_account_id_that_nobody_entered_is_asked_for_once(vendor: Vendor, line: Line) -> None:
    vendor.answers("GET", ACCOUNT, {"account_id": 12345})
    vendor.answers("GET", SCHEMA, recorded("acton/schema.json"))
    vendor.answers("POST", SCORES, [])
    acton = client_of(line, account_id=None)
    fields = acton.find_score_fields()
    assert fields is not None
    list(acton.fetch_all_scores(fields))


def test_where_act_on_does_not_tell_the_account_there_is_no_all_contacts(
    vendor: Vendor, line: Line
) -> None:
    vendor.answers("GET", ACCOUNT, NO_ROUTE, status=404)
    assert client_of(line, account_id=None).find_score_fields() is None


# --- scores from All Contacts -------------------------------------------------------------------

SHAPES = recorded("acton/all_contacts.json")


@pytest.mark.parametrize("shape", SHAPES)
def test_all_contacts_are_understood_in_every_likely_form(shape: str) -> None:
    scores, total = parse_scores(SHAPES[shape], FIELDS)
    assert scores == [("jane@example.com", "55"), ("john@example.com", "")]
    assert total == (None if shape == "bare array" else 2)


def people(start: int, stop: int) -> list[dict[str, str]]:
    return [
        {"email": f"p{number}@example.com", "actonPrimaryScore": "1"}
        for number in range(start, stop)
    ]


def test_all_contacts_are_asked_for_by_the_names_of_the_fields(
    vendor: Vendor, acton: ActOnClient
) -> None:
    vendor.answers("POST", SCORES, {"data": people(0, 2), "totalCount": 2})
    (page,) = acton.fetch_all_scores(FIELDS)
    assert page.scores == [("p0@example.com", "1"), ("p1@example.com", "1")]
    assert vendor.queries() == [{"page": "0", "pageSize": "1000"}]
    assert vendor.sent() == [["Email", "Act-On Primary Score"]]


@pytest.mark.parametrize("total", [5, None], ids=["with-total", "without"])
def test_a_server_that_gives_smaller_pages_is_read_to_the_end_all_the_same(
    vendor: Vendor, acton: ActOnClient, total: int | None
) -> None:
    for start, stop in [(0, 2), (2, 4), (4, 5)]:
        vendor.answers("POST", SCORES, {"data": people(start, stop), "totalCount": total})
    pages = list(acton.fetch_all_scores(FIELDS))
    assert [len(page.scores) for page in pages] == [2, 2, 1]
    assert [page.next_page for page in pages] == [1, 2, None]


def test_a_last_page_that_is_full_is_the_last_where_the_total_says_so(
    vendor: Vendor, acton: ActOnClient
) -> None:
    vendor.answers("POST", SCORES, {"data": people(0, 2), "totalCount": 4})
    vendor.answers("POST", SCORES, {"data": people(2, 4), "totalCount": 4})
    assert [page.next_page for page in acton.fetch_all_scores(FIELDS)] == [1, None]


def test_all_contacts_are_taken_up_at_the_page_where_they_were_left(
    vendor: Vendor, acton: ActOnClient
) -> None:
    vendor.answers("POST", SCORES, {"data": people(4, 6), "totalCount": 6})
    (page,) = acton.fetch_all_scores(FIELDS, page=2)
    assert (page.page, vendor.queries()[0]["page"]) == (2, "2")


def test_a_server_that_shows_the_same_page_again_is_not_asked_for_ever(
    vendor: Vendor, acton: ActOnClient
) -> None:
    for _ in range(2):
        vendor.answers("POST", SCORES, people(0, 2))
    with pytest.raises(UnexpectedAnswer, match="same page of All Contacts again and again"):
        list(acton.fetch_all_scores(FIELDS))


# --- one person's score -------------------------------------------------------------------------


def test_the_score_of_a_person_is_in_the_facts(vendor: Vendor, acton: ActOnClient) -> None:
    vendor.answers("GET", FACTS, recorded("acton/facts.json"))
    assert acton.fetch_score("l-0001", "l-0001:0") == ScoreReading(score=30)


@pytest.mark.parametrize(
    ("activity", "score"),
    [
        pytest.param({"score": -5, "HasScoreSheet": True}, -5, id="below-zero"),
        pytest.param({"score": "30"}, 30, id="text"),
        pytest.param({"score": 30.0}, 30, id="with-decimals"),
        pytest.param({"score": 0, "HasScoreSheet": False}, None, id="no-score-sheet"),
        pytest.param({"score": None, "HasScoreSheet": False}, None, id="no-sheet-and-null"),
        pytest.param({"score": None}, None, id="null"),
    ],
)
def test_no_score_is_not_the_score_zero(
    vendor: Vendor, acton: ActOnClient, activity: dict[str, Any], score: int | None
) -> None:
    vendor.answers("GET", FACTS, {"activity": activity})
    assert acton.fetch_score("l-0001", "l-0001:0") == ScoreReading(score=score)


def test_a_row_that_has_left_its_list_has_no_facts(vendor: Vendor, acton: ActOnClient) -> None:
    vendor.answers("GET", FACTS, {"errorCode": 10008, "message": "Invalid contact"}, status=400)
    with pytest.raises(NotFound):
        acton.fetch_score("l-0001", "l-0001:0")


# --- the account --------------------------------------------------------------------------------


def test_the_account_is_the_one_that_the_credentials_select(
    vendor: Vendor, acton: ActOnClient
) -> None:
    answer = {"account_id": 12345, "account_name": "Example", "cname": "go.example.com"}
    vendor.answers("GET", ACCOUNT, answer)
    assert acton.fetch_account() == ActOnAccount(
        account_id="12345", name="Example", domain="go.example.com"
    )


@pytest.mark.parametrize(
    ("url", "account_id"),
    [
        ("https://a12345.actonsoftware.com/acton/media", "12345"),
        ("a12345.actonsoftware.com", "12345"),
        ("https://go.example.com", None),
        ("https://go.example.com/a12345.actonsoftware.com", None),
        (None, None),
    ],
)
def test_the_default_marketing_domain_tells_the_account(
    url: str | None, account_id: str | None
) -> None:
    assert account_in_domain(url) == account_id


# --- answers that surprise ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "body", "field"),
    [
        pytest.param(LISTS, "{}", "result", id="listing-of-nothing"),
        pytest.param(LISTS, "[]", "its outermost object", id="listing-as-array"),
        pytest.param(LISTS, '{"result": [{"id": 7}]}', "id", id="list-of-no-name"),
        pytest.param(ROWS, '{"data": []}', "headers", id="rows-without-headers"),
        pytest.param(ROWS, '{"headers": []}', "data", id="rows-missing"),
        pytest.param(ROWS, '{"headers": [], "data": [{}]}', "data", id="rows-as-objects"),
        pytest.param(SCHEMA, "{}", "columns", id="schema-of-nothing"),
        pytest.param(SCORES, "{}", "data", id="scores-of-nothing"),
        pytest.param(SCORES, '{"headers": ["x"], "data": []}', "headers", id="scores-unnamed"),
        pytest.param(
            SCORES,
            '{"headers": ["Email", "Act-On Primary Score"], "data": [["one"]]}',
            "data",
            id="scores-cut-short",
        ),
        pytest.param(FACTS, "{}", "the activity", id="facts-of-nothing"),
        pytest.param(FACTS, '{"activity": {"score": "hot"}}', "activity.score", id="score-a-word"),
        pytest.param(FACTS, '{"activity": {"score": true}}', "activity.score", id="score-a-bool"),
        pytest.param(FACTS, '{"activity": {"score": 1e999}}', "activity.score", id="score-endless"),
        pytest.param(FACTS, '{"activity": {"score": NaN}}', "activity.score", id="score-no-number"),
        pytest.param(ACCOUNT, "{}", "account_id", id="account-of-no-id"),
    ],
)
def test_an_answer_of_another_form_names_the_field(
    vendor: Vendor, acton: ActOnClient, url: str, body: str, field: str
) -> None:
    vendor.answers("POST" if url == SCORES else "GET", url, body=body)
    with pytest.raises(UnexpectedAnswer, match=field):
        ask(acton, url)


@pytest.mark.parametrize(
    ("status", "answer", "error", "says"),
    [
        pytest.param(404, NO_ROUTE, NotFound, "list l-0001", id="gone"),
        pytest.param(
            400, {"errorCode": 10004, "message": "MINE"}, NotFound, "list l-0001", id="no-such-list"
        ),
        pytest.param(403, {"message": "MINE"}, SetupError, "does not let", id="no-right"),
        pytest.param(400, {"errorCode": 10121}, UnexpectedAnswer, "status 400", id="parameter"),
        pytest.param(204, None, UnexpectedAnswer, "status 204", id="nothing"),
    ],
)
def test_an_error_is_named_by_what_to_do_next_in_our_words(
    vendor: Vendor,
    acton: ActOnClient,
    status: int,
    answer: object,
    error: type[IntegrationError],
    says: str,
) -> None:
    vendor.answers("GET", ROWS, answer, status=status)
    with pytest.raises(error, match=says) as failed:
        ask(acton, ROWS)
    assert type(failed.value) is error
    assert "MINE" not in str(failed.value)


def ask(acton: ActOnClient, url: str) -> object:
    """Whatever that address is for."""
    deeds = {
        LISTS: lambda: list(acton.fetch_lists()),
        ROWS: lambda: list(acton.fetch_rows("l-0001")),
        SCHEMA: acton.find_score_fields,
        SCORES: lambda: list(acton.fetch_all_scores(FIELDS)),
        FACTS: lambda: acton.fetch_score("l-0001", "l-0001:0"),
        ACCOUNT: acton.fetch_account,
    }
    return deeds[url]()


@pytest.mark.parametrize(
    ("status", "body", "limited"),
    [
        pytest.param(429, "", True, id="429"),
        pytest.param(403, '{"moreInformation": "Rate Limit exceeded"}', True, id="403-limit"),
        pytest.param(503, "Message throttled out", True, id="503-throttled"),
        pytest.param(500, "<code>900803</code>", True, id="500-old-gateway"),
        pytest.param(403, "Quota of the day reached", True, id="403-quota"),
        pytest.param(403, "You have exceeded your API call limit.", True, id="403-call-limit"),
        pytest.param(503, '{"error": "RATE_LIMITED"}', True, id="503-one-word"),
        pytest.param(500, "The limit has been reached", True, id="500-limit-reached"),
        pytest.param(403, "Access is limited to admins", False, id="403-not-allowed"),
        pytest.param(403, '{"error": "invalid_grant"}', False, id="403-wrong-password"),
        pytest.param(401, "<code>900904</code>", False, id="401-token-inactive"),
        pytest.param(503, "Service Unavailable", False, id="503-broken"),
        pytest.param(200, "the rate limit list", False, id="good-answer"),
    ],
)
def test_too_many_calls_are_recognised_in_every_known_form(
    status: int, body: str, limited: bool
) -> None:
    answer = Answer(api="Act-On", status=status, headers={}, body=body.encode(), what="x")
    assert is_limited(answer) is limited
