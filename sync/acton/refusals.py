"""What Act-On's refusal of a log-in means for people: whose fault it is, and what to do.

Bad credentials are answered with 403, a bad client with 401 (contracts, section 1.5).
"""

from typing import Final, NoReturn

from sync.errors import CredentialsRefused, IntegrationError, SetupError, UnexpectedAnswer
from sync.http.answer import Answer
from sync.languages import lazy_gettext, translated
from sync.model import LogInRefusal

ACCESS_REFUSED: Final = "acton_credentials"


def refuse_again(known: LogInRefusal) -> NoReturn:
    """Say the same again, without asking. Raises CredentialsRefused or SetupError."""
    problem = known.problem
    made = SetupError if problem.kind == "api_not_enabled" else CredentialsRefused
    raise made(
        problem.message,
        hint=lazy_gettext(
            "%(hint)s Act-On is asked again after %(time)s UTC at the earliest.",
            hint=translated(problem.hint),
            time=f"{known.until:%H:%M}",
        ),
        kind=problem.kind,
    )


def refusal_of(answer: Answer, grant_type: str) -> IntegrationError:
    """The error that says what Act-On refused; which grant was tried decides whom to ask."""
    said = answer.text().upper()
    if "NOT_ENABLED" in said:
        return SetupError(
            "This Act-On account has no access to the API.",
            hint="Ask Act-On Support to enable API access for the account.",
            kind="api_not_enabled",
        )
    if answer.status == 401:
        return CredentialsRefused(
            "Act-On does not accept the client id and secret.",
            hint="Check ACTON_CLIENT_ID and ACTON_CLIENT_SECRET.",
            kind="acton_client",
        )
    if answer.status in (400, 403):
        if grant_type == "password":
            return CredentialsRefused(
                "Act-On does not accept the user name and password.",
                hint="Enter the Act-On user name and password again.",
                kind=ACCESS_REFUSED,
            )
        return CredentialsRefused(
            "Act-On does not accept the log-in any more.",
            hint="Connect Act-On again.",
            kind=ACCESS_REFUSED,
        )
    return UnexpectedAnswer(
        lazy_gettext("Act-On answered the log-in with status %(status)s.", status=answer.status),
        hint="Check ACTON_BASE_URL; if it is right, try again later.",
    )
