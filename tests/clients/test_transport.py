"""The one path for every call: what is sent, what is tried again, and what an answer becomes."""

import threading
from datetime import timedelta
from typing import Any

import pytest
import requests
from structlog.testing import capture_logs
from urllib3.connection import HTTPConnection
from urllib3.exceptions import MaxRetryError, NewConnectionError

from sync.acton.answers import is_limited
from sync.clock import Deadline
from sync.errors import (
    AnswerLost,
    IntegrationError,
    LeaseLost,
    QuotaGone,
    SetupError,
    TryLater,
    UnexpectedAnswer,
)
from sync.http.answer import Answer
from sync.http.hosts import HostPolicy
from sync.http.retry import RetryRule, next_utc_midnight
from sync.http.session import make_session
from sync.http.urls import fill_path
from tests.clients.conftest import Line, Vendor
from tests.counting import counted

URL = "https://api.actonsoftware.com/api/1/list"
LIMIT_TEXT = {"httpCode": "429", "httpMessage": "Too Many Requests"}
LIMIT_TEXT["moreInformation"] = "Rate Limit exceeded"


def read(line: Line, **options: Any) -> Answer:
    return line.transport(**options).request("GET", URL, what="the listing", idempotent=True)


def create(line: Line, **options: Any) -> Answer:
    return line.transport(**options).request(
        "POST", URL, what="writing Leads", idempotent=False, json={"name": "Jane"}
    )


def no_connection() -> requests.ConnectionError:
    failed = NewConnectionError(HTTPConnection("api.actonsoftware.com"), "refused")
    return requests.ConnectionError(MaxRetryError(None, URL, failed))  # type: ignore[arg-type]


# --- before a call ------------------------------------------------------------------------------


def test_a_host_that_is_not_allowed_is_not_called(line: Line) -> None:
    with pytest.raises(SetupError):
        line.transport().request("GET", "https://example.com/", what="x", idempotent=True)
    assert line.events == []


def test_before_each_call_it_asks_for_the_pace(vendor: Vendor, line: Line) -> None:
    vendor.answers("GET", URL, status=503)
    vendor.answers("GET", URL)
    read(line)
    assert line.events == ["pace", "sent", "pace", "sent"]


def test_before_each_create_it_asks_whether_the_run_is_still_ours(
    vendor: Vendor, line: Line
) -> None:
    vendor.answers("POST", URL, status=429)
    vendor.answers("POST", URL)
    create(line)
    assert line.events == ["guard", "pace", "sent"] * 2


def test_a_run_that_was_taken_over_sends_nothing(vendor: Vendor, line: Line) -> None:
    line.refusal = LeaseLost("Another worker has it.")
    with pytest.raises(LeaseLost):
        create(line)
    assert vendor.asked == []


def test_when_the_days_calls_are_used_nothing_is_sent(vendor: Vendor, line: Line) -> None:
    line.pace.refusal = QuotaGone("Used up.", resume_at=line.time)
    with pytest.raises(QuotaGone, match="Used up"):
        read(line)
    assert vendor.asked == []


# --- the call itself ----------------------------------------------------------------------------


def test_no_call_is_without_time_outs(vendor: Vendor, line: Line) -> None:
    vendor.answers("GET", URL)
    read(line)
    assert vendor.asked[0].req_kwargs["timeout"] == (3.05, 60.0)


def test_time_outs_cannot_be_switched_off(vendor: Vendor) -> None:
    vendor.answers("GET", URL)
    make_session(HostPolicy(), connect_seconds=1, read_seconds=2).get(URL, timeout=None)
    assert vendor.asked[0].req_kwargs["timeout"] == (1, 2)


def test_nothing_of_the_machine_is_mixed_in(
    vendor: Vendor, line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example.com:3128")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/somewhere/else.pem")
    vendor.answers("GET", URL)
    read(line)
    used = vendor.asked[0].req_kwargs
    assert (dict(used["proxies"]), used["verify"]) == ({}, True)


def test_cookies_of_one_tenant_do_not_reach_another(vendor: Vendor, line: Line) -> None:
    vendor.answers("GET", URL, headers={"Set-Cookie": "session=anna; Path=/"})
    vendor.answers("GET", URL)
    transport = line.transport()
    for _ in range(2):
        transport.request("GET", URL, what="x", idempotent=True)
    assert "Cookie" not in vendor.asked[1].headers


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed_with_our_credentials(
    vendor: Vendor, line: Line, status: int
) -> None:
    vendor.answers("GET", URL, status=status, headers={"Location": "https://example.com/"})
    with pytest.raises(SetupError, match="redirect") as refused:
        read(line)
    assert refused.value.kind == "redirect"


def test_an_answer_beyond_the_limit_is_not_read_to_its_end(vendor: Vendor, line: Line) -> None:
    vendor.answers("GET", URL, body="x" * 101)
    with pytest.raises(UnexpectedAnswer, match="ANSWER_LIMIT_MIB"):
        read(line, answer_limit=100)


def test_an_answer_of_exactly_the_limit_is_read(vendor: Vendor, line: Line) -> None:
    vendor.answers("GET", URL, body="x" * 100)
    assert len(read(line, answer_limit=100).body) == 100


# --- what the log and the metrics have of it ---------------------------------------------------


def answered(outcome: str) -> float:
    return counted(f'api_calls_total{{api="Act-On",outcome="{outcome}"}}')


def test_a_call_is_logged_with_the_vendors_own_name_for_it(vendor: Vendor, line: Line) -> None:
    vendor.answers("GET", URL, headers={"X-Request-ID": "their-7\x1b[2J" + "x" * 200})
    with capture_logs() as log:
        read(line)
    [call] = [one for one in log if one["event"] == "call"]
    assert (call["api"], call["what"], call["status"]) == ("Act-On", "the listing", 200)
    assert call["request_id"].startswith("their-7")
    assert call["request_id"].isprintable()
    assert len(call["request_id"]) <= 81
    assert call["ms"] >= 0


def test_a_retry_says_which_try_comes_next(vendor: Vendor, line: Line) -> None:
    vendor.answers("GET", URL, status=503)
    vendor.answers("GET", URL, status=503)
    vendor.answers("GET", URL)
    with capture_logs() as log:
        read(line)
    assert [one["attempt"] for one in log if one["event"] == "call_retried"] == [2, 3]


def test_a_call_without_an_answer_is_counted_and_timed(vendor: Vendor, line: Line) -> None:
    vendor.answers("GET", URL, body=no_connection())
    vendor.answers("GET", URL)
    before = answered("no answer"), answered("2xx")
    with capture_logs() as log:
        read(line)
    assert (answered("no answer"), answered("2xx")) == (before[0] + 1, before[1] + 1)
    assert [one["ms"] >= 0 for one in log if one["event"] == "call_failed"] == [True]


def test_an_answer_beyond_the_limit_is_counted_and_logged(vendor: Vendor, line: Line) -> None:
    vendor.answers("GET", URL, body="x" * 101)
    before = answered("too large")
    with capture_logs() as log, pytest.raises(UnexpectedAnswer):
        read(line, answer_limit=100)
    assert answered("too large") == before + 1
    assert [one["why"] for one in log if one["event"] == "call_failed"] == ["answered without end"]


# --- trying again -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "failure",
    [
        pytest.param({"status": 500}, id="error-of-the-server"),
        pytest.param({"body": requests.ReadTimeout()}, id="no-answer-in-time"),
        pytest.param({"body": requests.ConnectionError()}, id="connection-broken"),
        pytest.param({"body": requests.exceptions.SSLError()}, id="no-secure-connection"),
        pytest.param({"body": "{", "headers": {"Content-Length": "99"}}, id="answer-cut-short"),
    ],
)
class TestAfterAnAnswerThatDidNotCome:
    def test_a_read_is_tried_again(
        self, vendor: Vendor, line: Line, failure: dict[str, Any]
    ) -> None:
        vendor.answers("GET", URL, **failure)
        vendor.answers("GET", URL, ["at last"])
        assert read(line).json() == ["at last"]
        assert line.slept == [1.0]

    def test_a_create_is_never_repeated_blindly(
        self, vendor: Vendor, line: Line, failure: dict[str, Any]
    ) -> None:
        vendor.answers("POST", URL, **failure)
        with pytest.raises(AnswerLost, match="writing Leads; what was sent may have been applied"):
            create(line)
        assert line.slept == []


def test_a_create_whose_answer_is_too_large_counts_as_lost(vendor: Vendor, line: Line) -> None:
    vendor.answers("POST", URL, body="x" * 101)
    with pytest.raises(AnswerLost):
        create(line, answer_limit=100)


@pytest.mark.parametrize(
    "failure",
    [
        pytest.param({"body": requests.ConnectTimeout()}, id="no-connection-in-time"),
        pytest.param({"body": no_connection()}, id="no-connection"),
        pytest.param({"status": 429}, id="too-many-calls"),
        pytest.param({"status": 403, "json": LIMIT_TEXT}, id="too-many-calls-as-403"),
    ],
)
def test_a_create_that_surely_did_nothing_is_sent_again(
    vendor: Vendor, line: Line, failure: dict[str, Any]
) -> None:
    vendor.answers("POST", URL, **failure)
    vendor.answers("POST", URL, status=201)
    assert create(line).status == 201


def test_after_five_tries_it_is_time_to_try_later(vendor: Vendor, line: Line) -> None:
    for _ in range(5):
        vendor.answers("GET", URL, status=502)
    with pytest.raises(TryLater, match="the error 502 to the listing, even after 5 tries") as late:
        read(line)
    assert type(late.value) is TryLater
    assert line.slept == [1, 2, 4, 8]


# --- when most of the day's calls are used ------------------------------------------------------


def test_what_failed_is_then_not_sent_again(vendor: Vendor, line: Line) -> None:
    line.pace.is_scarce = True
    vendor.answers("GET", URL, status=502)
    with pytest.raises(TryLater, match="was not asked again: most of the day's calls") as late:
        read(line)
    assert type(late.value) is TryLater
    assert "the error 502 to the listing" in late.value.message
    assert (len(vendor.asked), line.slept) == (1, [])


def test_a_create_that_surely_did_nothing_is_then_not_sent_again_either(
    vendor: Vendor, line: Line
) -> None:
    line.pace.is_scarce = True
    vendor.answers("POST", URL, body=no_connection())
    with pytest.raises(TryLater, match="could not be reached to writing Leads, and was not asked"):
        create(line)


def test_too_many_calls_at_once_are_then_waited_out_all_the_same(
    vendor: Vendor, line: Line
) -> None:
    line.pace.is_scarce = True
    vendor.answers("GET", URL, status=429)
    vendor.answers("GET", URL, ["at last"])
    assert read(line).json() == ["at last"]


def test_a_vendor_that_asks_for_hours_is_then_believed_all_the_same(
    vendor: Vendor, line: Line
) -> None:
    line.pace.is_scarce = True
    vendor.answers("GET", URL, status=503, headers={"Retry-After": "7200"})
    with pytest.raises(QuotaGone):
        read(line)


@pytest.mark.parametrize(
    "wish",
    [pytest.param("7", id="seconds"), pytest.param("Tue, 03 Mar 2026 12:00:07 GMT", id="date")],
)
def test_a_pause_that_the_vendor_asks_for_is_kept(vendor: Vendor, line: Line, wish: str) -> None:
    vendor.answers("GET", URL, status=429, headers={"Retry-After": wish})
    vendor.answers("GET", URL)
    read(line)
    assert line.slept == [7.0]


@pytest.mark.parametrize("status", [429, 503])
def test_nobody_sleeps_for_two_hours(vendor: Vendor, line: Line, status: int) -> None:
    vendor.answers("GET", URL, status=status, headers={"Retry-After": "7200"})
    with pytest.raises(QuotaGone, match="no more before 2026-03-03 14:00 UTC") as gone:
        read(line)
    assert gone.value.resume_at.hour == 14
    assert line.slept == []


def test_too_many_calls_for_a_minute_mean_the_day(vendor: Vendor, line: Line) -> None:
    for _ in range(7):
        vendor.answers("GET", URL, LIMIT_TEXT, status=429)
    with pytest.raises(QuotaGone) as gone:
        read(line)
    assert gone.value.resume_at.isoformat() == "2026-03-04T00:00:00+00:00"
    assert sum(line.slept) >= 60
    assert line.pace.exhausted == 1


def test_what_one_call_found_out_about_the_day_holds_for_those_beside_it(
    vendor: Vendor, line: Line
) -> None:
    for _ in range(8):
        vendor.answers("GET", URL, LIMIT_TEXT, status=429)
    transport = line.transport()
    for tries in (7, 8):
        with pytest.raises(QuotaGone, match="2026-03-04 00:00 UTC"):
            transport.request("GET", URL, what="the listing", idempotent=True)
        assert len(vendor.asked) == tries


def test_of_two_calls_that_were_too_many_one_finds_out_and_the_other_waits_for_it(
    vendor: Vendor, line: Line
) -> None:
    """The second is refused while the first one waits, and asks again only after it."""
    for status in (429, 429, 200, 200):
        vendor.answers("GET", URL, LIMIT_TEXT if status == 429 else {}, status=status)
    transport = line.transport()
    others: list[threading.Thread] = []

    def ask() -> Answer:
        return transport.request("GET", URL, what="the listing", idempotent=True)

    def meanwhile() -> None:
        if not others:
            others.append(threading.Thread(target=ask))
            others[0].start()
            while len(vendor.asked) < 2:
                others[0].join(0.01)

    line.while_waiting = meanwhile
    assert ask().status == 200
    others[0].join()
    assert len(vendor.asked) == 4
    assert len(line.slept) == 2


def test_too_many_calls_may_mean_the_moment_only(vendor: Vendor, line: Line) -> None:
    vendor.answers("GET", URL, status=429)
    rule = RetryRule(is_limited=is_limited, resume_at=next_utc_midnight, patience=0)
    transport = line.transport(rule=rule)
    with pytest.raises(TryLater) as late:
        transport.request("GET", URL, what="x", idempotent=True, judges_day=False)
    assert type(late.value) is TryLater
    assert line.pace.exhausted == 0


# --- while a person waits -----------------------------------------------------------------------


def waiting(line: Line, seconds: float) -> Deadline:
    return Deadline(seconds, monotonic=lambda: line.time.timestamp())


def test_a_call_that_a_person_waits_for_goes_ahead_and_ends_in_time(
    vendor: Vendor, line: Line
) -> None:
    vendor.answers("GET", URL)
    read(line, deadline=waiting(line, 8))
    assert line.pace.interactive == [True]
    assert vendor.asked[0].req_kwargs["timeout"] == (3.05, 8.0)


def test_when_nobody_waits_any_more_nothing_is_sent(vendor: Vendor, line: Line) -> None:
    with pytest.raises(TryLater) as late:
        read(line, deadline=waiting(line, 0))
    assert late.value.kind == "deadline"
    assert vendor.asked == []


def test_no_pause_is_longer_than_somebody_waits(vendor: Vendor, line: Line) -> None:
    for _ in range(2):
        vendor.answers("GET", URL, status=503)
    with pytest.raises(TryLater) as late:
        read(line, deadline=waiting(line, 2))
    assert (late.value.kind, line.slept) == ("deadline", [1.0])


def test_an_answer_that_trickles_is_given_up(vendor: Vendor, line: Line) -> None:
    def trickle(_: object) -> object:
        line.time += timedelta(seconds=9)
        return []

    vendor.does("GET", URL, trickle)
    with pytest.raises(TryLater, match="in the time that a person waits"):
        read(line, deadline=waiting(line, 8))


# --- what an answer becomes ---------------------------------------------------------------------


@pytest.mark.parametrize("status", [200, 204, 400, 401, 403, 404, 422])
def test_what_other_answers_mean_is_left_to_the_clients(
    vendor: Vendor, line: Line, status: int
) -> None:
    vendor.answers("GET", URL, status=status)
    answer = read(line)
    assert (answer.status, answer.is_success) == (status, status < 300)


@pytest.mark.parametrize(
    "body",
    [
        pytest.param("<html>Sign in</html>", id="a-page"),
        pytest.param("", id="nothing"),
        pytest.param('{"data": [{"id": "1"', id="cut-short"),
        pytest.param(b"\xff\xfe\xfd", id="no-text"),
        pytest.param("[" * 100_000, id="nested-without-end"),
    ],
)
def test_an_answer_that_is_not_json_is_said_to_be_so(
    vendor: Vendor, line: Line, body: str | bytes
) -> None:
    vendor.answers("GET", URL, body=body)
    with pytest.raises(UnexpectedAnswer, match=r"the listing .* not JSON \(status 200\)"):
        read(line).json()


def test_the_vendors_name_for_a_call_is_kept_for_their_support(vendor: Vendor, line: Line) -> None:
    vendor.answers("GET", URL, headers={"X-Request-Id": "4f1b\x1b[31m"})
    assert read(line).request_id == "4f1b [31m"


# --- addresses ----------------------------------------------------------------------------------


def test_a_part_of_an_address_stays_one_segment() -> None:
    assert fill_path("/list/{one}", one="l-0001:0/../?ü") == "/list/l-0001%3A0%2F..%2F%3F%C3%BC"


@pytest.mark.parametrize("part", ["", ".", "..", "a\nb", "x" * 401, "\ud800"])
def test_a_part_that_would_lead_elsewhere_is_refused(part: str) -> None:
    with pytest.raises(IntegrationError, match="cannot be used in an address"):
        fill_path("/list/{one}", one=part)
