"""Logging in to Act-On: seldom, by one at a time, and with words that say what to mend."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import pytest

from sync.acton.client import ActOnClient
from sync.acton.oauth import Credentials, TokenSource, authorize_url
from sync.errors import CredentialsRefused, QuotaGone, SetupError, TryLater, UnexpectedAnswer
from sync.model import StoredToken
from tests.clients.conftest import NOON, Line, Vendor
from tests.clients.fakes import FakePace, FakeTokenStore

HOST = "https://api.actonsoftware.com"
TOKEN_URL = f"{HOST}/token"
ACCOUNT_URL = f"{HOST}/api/1/account"
ANNA = Credentials(
    client_id="client", client_secret="client-secret", username="anna@example.com", password="p w"
)
CONNECTED = replace(ANNA, username=None, password=None)  # by the redirect flow
BAD_LOG_IN = {"error": "invalid_grant", "error_description": "Wrong email or password."}
BAD_REFRESH = {"error": "invalid_grant", "error_description": "Unknown or invalid refresh token."}
BAD_CLIENT = {"error": "access_denied", "error_description": "Unauthorized"}
NO_BEARER = {"httpCode": "401", "httpMessage": "Unauthorized", "moreInformation": ""}


def issued(number: int) -> dict[str, Any]:
    """The answer to a log-in."""
    return {
        "access_token": f"access-{number}",
        "refresh_token": f"refresh-{number}",
        "scope": "offline-access",
        "token_type": "Bearer",
        "expires_in": 3600,
    }


def held(number: int = 1, *, seconds: float = 3600) -> StoredToken:
    """A pair that is good for so long."""
    return StoredToken(
        access=f"access-{number}",
        refresh=f"refresh-{number}",
        expires_at=NOON + timedelta(seconds=seconds),
        version=number,
    )


@dataclass
class LogIn:
    """A token source with all that is passed in."""

    line: Line
    store: FakeTokenStore = field(default_factory=FakeTokenStore)
    log_ins: FakePace = field(default_factory=FakePace)

    def source(self, credentials: Credentials = ANNA) -> TokenSource:
        return TokenSource(
            self.line.transport(),
            self.store,
            credentials,
            base_url=HOST,
            log_ins=self.log_ins,
            now=self.line.now,
            sleep=self.line.sleep,
        )

    def client(self, credentials: Credentials = ANNA) -> ActOnClient:
        return ActOnClient(
            self.line.transport(), self.source(credentials), base_url=HOST, account_id=None
        )


@pytest.fixture
def log_in(line: Line) -> LogIn:
    return LogIn(line)


def test_the_first_log_in_is_with_the_password(vendor: Vendor, log_in: LogIn) -> None:
    vendor.answers("POST", TOKEN_URL, issued(1))
    token = log_in.source().token()
    assert vendor.forms() == [
        {
            "grant_type": "password",
            "username": "anna@example.com",
            "password": "p w",
            "client_id": "client",
            "client_secret": "client-secret",
        }
    ]
    assert token == held(1)
    assert log_in.store.token == token


def test_secrets_travel_in_the_body_and_not_in_the_address(vendor: Vendor, log_in: LogIn) -> None:
    vendor.answers("POST", TOKEN_URL, issued(1))
    log_in.source().token()
    (request,) = vendor.asked
    assert request.url == TOKEN_URL
    assert request.headers["Content-Type"] == "application/x-www-form-urlencoded"


def test_a_token_that_is_good_for_another_minute_is_used(vendor: Vendor, log_in: LogIn) -> None:
    log_in.store.token = held(1, seconds=61)
    assert log_in.source().token() == held(1, seconds=61)
    assert vendor.asked == []


def test_a_token_in_its_last_minute_is_refreshed(vendor: Vendor, log_in: LogIn) -> None:
    log_in.store.token = held(1, seconds=60)
    vendor.answers("POST", TOKEN_URL, issued(2))
    assert log_in.source().token() == held(2)
    assert vendor.forms() == [
        {
            "grant_type": "refresh_token",
            "refresh_token": "refresh-1",
            "client_id": "client",
            "client_secret": "client-secret",
        }
    ]


def test_only_log_ins_count_towards_the_five_an_hour(vendor: Vendor, log_in: LogIn) -> None:
    log_in.store.token = held(1, seconds=0)
    vendor.answers("POST", TOKEN_URL, issued(2))
    log_in.source().token()
    assert log_in.log_ins.events == []
    log_in.store.token = None
    vendor.answers("POST", TOKEN_URL, issued(3))
    log_in.source().token()
    assert log_in.log_ins.events == ["pace"]


def test_when_the_log_ins_are_used_up_none_is_tried(vendor: Vendor, log_in: LogIn) -> None:
    log_in.log_ins.refusal = QuotaGone("Five this hour.", resume_at=NOON + timedelta(hours=1))
    with pytest.raises(QuotaGone, match="Five this hour"):
        log_in.source().token()
    assert vendor.asked == []
    assert not log_in.store.busy


def test_a_refused_refresh_is_followed_by_a_log_in(vendor: Vendor, log_in: LogIn) -> None:
    log_in.store.token = held(1, seconds=0)
    vendor.answers("POST", TOKEN_URL, BAD_REFRESH, status=403)
    vendor.answers("POST", TOKEN_URL, issued(2))
    assert log_in.source().token() == held(2)
    assert [form["grant_type"] for form in vendor.forms()] == ["refresh_token", "password"]


def test_a_refused_refresh_with_no_password_asks_for_one(vendor: Vendor, log_in: LogIn) -> None:
    log_in.store.token = held(1, seconds=0)
    vendor.answers("POST", TOKEN_URL, BAD_REFRESH, status=403)
    with pytest.raises(CredentialsRefused):
        log_in.source(CONNECTED).token()


def test_with_nothing_to_log_in_with_nothing_is_sent(vendor: Vendor, log_in: LogIn) -> None:
    with pytest.raises(CredentialsRefused, match="Connect Act-On again"):
        log_in.source(CONNECTED).token()
    assert vendor.asked == []


@pytest.mark.parametrize(
    ("answer", "error", "says"),
    [
        pytest.param(
            {"json": BAD_LOG_IN, "status": 403},
            CredentialsRefused,
            "user name and password",
            id="wrong-password",
        ),
        pytest.param(
            {"json": BAD_CLIENT, "status": 401},
            CredentialsRefused,
            "ACTON_CLIENT_ID and ACTON_CLIENT_SECRET",
            id="wrong-client",
        ),
        pytest.param(
            {"body": "PUBLIC_API_FEATURE_NOT_ENABLED", "status": 403},
            SetupError,
            "no access to the API",
            id="api-not-enabled",
        ),
        pytest.param({"status": 404}, UnexpectedAnswer, "ACTON_BASE_URL", id="not-act-on"),
        pytest.param({"json": {}}, UnexpectedAnswer, "access token", id="no-token"),
        pytest.param({"json": {"access_token": 7}}, UnexpectedAnswer, "access token", id="number"),
        pytest.param({"json": []}, UnexpectedAnswer, "access token", id="array"),
        pytest.param({"body": "<html>"}, UnexpectedAnswer, "not JSON", id="page"),
        pytest.param({"status": 502}, TryLater, "the log-in", id="gateway"),
    ],
)
def test_a_refused_log_in_says_what_to_mend_and_lets_others_try(
    vendor: Vendor, log_in: LogIn, answer: dict[str, Any], error: type[Exception], says: str
) -> None:
    vendor.answers("POST", TOKEN_URL, **answer)
    with pytest.raises(error, match=says) as refused:
        log_in.source().token()
    assert "Wrong email" not in str(refused.value)
    assert not log_in.store.busy


@pytest.mark.parametrize("life", [None, "3600", 0, -1, 10**12], ids=repr)
def test_a_life_that_makes_no_sense_is_taken_for_an_hour(
    vendor: Vendor, log_in: LogIn, life: object
) -> None:
    vendor.answers("POST", TOKEN_URL, {**issued(1), "expires_in": life})
    assert log_in.source().token().expires_at == NOON + timedelta(hours=1)


# --- several processes --------------------------------------------------------------------------


def test_while_somebody_else_logs_in_we_wait_for_their_token(vendor: Vendor, log_in: LogIn) -> None:
    def somebody_is_done() -> None:
        if len(log_in.line.slept) == 3:
            log_in.store.save(held(1))

    log_in.store.busy = True
    log_in.line.while_waiting = somebody_is_done
    assert log_in.source().token() == held(1)
    assert vendor.asked == []


def test_nobody_waits_for_somebody_else_for_ever(log_in: LogIn) -> None:
    log_in.store.busy = True
    with pytest.raises(TryLater, match="too long"):
        log_in.source().token()
    assert 160 <= sum(log_in.line.slept) < 170


def test_a_pair_that_cannot_be_saved_is_not_used(vendor: Vendor, log_in: LogIn) -> None:
    log_in.store.broken = OSError("disk full")
    vendor.answers("POST", TOKEN_URL, issued(1))
    with pytest.raises(OSError, match="disk full"):
        log_in.client().fetch_account()
    assert not log_in.store.busy


def test_a_new_pair_is_saved_before_it_is_used(vendor: Vendor, log_in: LogIn) -> None:
    def look(_: object) -> object:
        assert log_in.store.token == held(1)
        return {"account_id": 12345}

    vendor.answers("POST", TOKEN_URL, issued(1))
    vendor.does("GET", ACCOUNT_URL, look)
    log_in.client().fetch_account()


# --- a token that is refused in the middle of a run -----------------------------------------------


def somebody_logged_in(store: FakeTokenStore) -> Callable[[object], object]:
    def refuse(_: object) -> object:
        store.token = held(2)
        return 401, NO_BEARER

    return refuse


def test_a_refused_token_is_replaced_by_somebody_elses(vendor: Vendor, log_in: LogIn) -> None:
    log_in.store.token = held(1)
    vendor.does("GET", ACCOUNT_URL, somebody_logged_in(log_in.store))
    vendor.answers("GET", ACCOUNT_URL, {"account_id": 12345})
    log_in.client().fetch_account()
    used = [request.headers["Authorization"] for request in vendor.asked]
    assert used == ["Bearer access-1", "Bearer access-2"]


def test_else_it_is_refreshed_and_else_we_log_in(vendor: Vendor, log_in: LogIn) -> None:
    log_in.store.token = held(1)
    vendor.answers("GET", ACCOUNT_URL, NO_BEARER, status=401)
    vendor.answers("POST", TOKEN_URL, BAD_REFRESH, status=403)
    vendor.answers("POST", TOKEN_URL, issued(2))
    vendor.answers("GET", ACCOUNT_URL, {"account_id": 12345})
    log_in.client().fetch_account()
    assert vendor.asked[-1].headers["Authorization"] == "Bearer access-2"


def test_a_second_refusal_in_a_row_is_not_answered_with_a_third_try(
    vendor: Vendor, log_in: LogIn
) -> None:
    log_in.store.token = held(1)
    vendor.answers("GET", ACCOUNT_URL, NO_BEARER, status=401)
    vendor.answers("POST", TOKEN_URL, issued(2))
    vendor.answers("GET", ACCOUNT_URL, NO_BEARER, status=401)
    with pytest.raises(CredentialsRefused, match="Connect Act-On again"):
        log_in.client().fetch_account()


# --- credentials that Act-On refuses --------------------------------------------------------------


def refuse(vendor: Vendor, log_in: LogIn, credentials: Credentials = ANNA) -> None:
    """Act-On is asked once, and refuses."""
    vendor.answers("POST", TOKEN_URL, BAD_LOG_IN, status=403)
    with pytest.raises(CredentialsRefused):
        log_in.source(credentials).token()


def test_a_refused_password_is_not_sent_again_whoever_asks(vendor: Vendor, log_in: LogIn) -> None:
    refuse(vendor, log_in)
    for _ in range(20):  # panels opened, other spaces with this log-in
        with pytest.raises(CredentialsRefused, match="user name and password") as again:
            log_in.source().token()
        assert again.value.kind == "acton_credentials"
        assert not log_in.store.busy
    assert "after 12:30 UTC" in str(again.value)
    assert len(vendor.asked) == len(log_in.log_ins.events) == 1


def test_somebody_who_waited_for_a_log_in_is_told_the_same_refusal(
    vendor: Vendor, log_in: LogIn
) -> None:
    def the_other_is_refused() -> None:
        log_in.store.busy = False
        refuse(vendor, log_in)

    log_in.store.busy = True
    log_in.line.while_waiting = the_other_is_refused
    with pytest.raises(CredentialsRefused, match="12:30 UTC"):
        log_in.source().token()
    assert len(vendor.asked) == 1


def test_after_half_an_hour_the_password_is_tried_once_more(vendor: Vendor, log_in: LogIn) -> None:
    refuse(vendor, log_in)
    log_in.line.time += timedelta(minutes=30)
    vendor.answers("POST", TOKEN_URL, issued(1))
    assert log_in.source().token().access == "access-1"
    assert log_in.store.refused is None


@pytest.mark.parametrize(
    "changed",
    [{"password": "new"}, {"username": "bob@example.com"}, {"client_secret": "rotated"}],
    ids=lambda changed: next(iter(changed)),
)
def test_what_was_changed_is_tried_at_once(
    vendor: Vendor, log_in: LogIn, changed: dict[str, str]
) -> None:
    refuse(vendor, log_in)
    vendor.answers("POST", TOKEN_URL, issued(1))
    assert log_in.source(replace(ANNA, **changed)).token().access == "access-1"


def test_a_person_who_enters_the_password_is_not_told_what_was_said_before(
    vendor: Vendor, log_in: LogIn
) -> None:
    refuse(vendor, log_in)
    vendor.answers("POST", TOKEN_URL, issued(1))
    log_in.source().prove_password()
    assert log_in.store.refused is None
    assert log_in.source().token().access == "access-1"


def test_a_refresh_token_used_elsewhere_is_sent_once(vendor: Vendor, log_in: LogIn) -> None:
    log_in.store.token = held(1, seconds=0)
    vendor.answers("POST", TOKEN_URL, BAD_REFRESH, status=403)
    for _ in range(3):
        with pytest.raises(CredentialsRefused, match="Connect Act-On again"):
            log_in.source(CONNECTED).token()
    assert len(vendor.asked) == 1


def test_a_pair_that_somebody_else_saved_is_refreshed_at_once(
    vendor: Vendor, log_in: LogIn
) -> None:
    log_in.store.token = held(1, seconds=0)
    vendor.answers("POST", TOKEN_URL, BAD_REFRESH, status=403)
    with pytest.raises(CredentialsRefused):
        log_in.source(CONNECTED).token()
    log_in.store.token = held(2, seconds=0)
    vendor.answers("POST", TOKEN_URL, issued(3))
    assert log_in.source(CONNECTED).token().access == "access-3"


def test_a_client_that_act_on_refuses_is_not_tried_with_the_password_too(
    vendor: Vendor, log_in: LogIn
) -> None:
    log_in.store.token = held(1, seconds=0)
    vendor.answers("POST", TOKEN_URL, BAD_CLIENT, status=401)
    for _ in range(3):
        with pytest.raises(CredentialsRefused, match="ACTON_CLIENT_ID"):
            log_in.source().token()
    assert len(vendor.asked) == 1
    assert log_in.log_ins.events == []


def test_a_vendor_out_of_order_is_asked_again_the_next_time(vendor: Vendor, log_in: LogIn) -> None:
    vendor.answers("POST", TOKEN_URL, status=502)
    with pytest.raises(TryLater):
        log_in.source().token()
    vendor.answers("POST", TOKEN_URL, issued(1))
    assert log_in.source().token().access == "access-1"


# --- the redirect flow --------------------------------------------------------------------------


def test_the_browser_is_sent_to_act_on_without_the_client_secret() -> None:
    url = authorize_url(HOST, client_id="client", redirect_uri="https://example.com/cb", state="s1")
    assert url == (
        "https://api.actonsoftware.com/authorize?response_type=code&client_id=client"
        "&redirect_uri=https%3A%2F%2Fexample.com%2Fcb&scope=PRODUCTION&state=s1"
    )


def test_the_code_that_comes_back_is_exchanged_for_a_token(vendor: Vendor, log_in: LogIn) -> None:
    vendor.answers("POST", TOKEN_URL, issued(1))
    token = log_in.source(CONNECTED).exchange_code("one-time", "https://example.com/cb")
    assert vendor.forms() == [
        {
            "grant_type": "authorization_code",
            "code": "one-time",
            "redirect_uri": "https://example.com/cb",
            "client_id": "client",
            "client_secret": "client-secret",
        }
    ]
    assert token == log_in.store.token == held(1)
    assert log_in.log_ins.interactive == [True]


@pytest.mark.parametrize("obstacle", ["refused by Act-On", "log-ins used up"])
def test_an_exchange_that_fails_lets_others_log_in(
    vendor: Vendor, log_in: LogIn, obstacle: str
) -> None:
    if obstacle == "log-ins used up":
        log_in.log_ins.refusal = QuotaGone("Five this hour.", resume_at=NOON)
    else:
        vendor.answers("POST", TOKEN_URL, {"error": "invalid_grant"}, status=403)
    with pytest.raises((QuotaGone, CredentialsRefused)):
        log_in.source(CONNECTED).exchange_code("one-time", "https://example.com/cb")
    assert not log_in.store.busy
