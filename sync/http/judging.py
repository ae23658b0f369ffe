"""What one try of a call means: an answer, a setback, or an error that no other try mends."""

from datetime import datetime
from typing import Final

import requests
from requests.exceptions import ConnectTimeout, RequestException, SSLError
from urllib3.exceptions import (
    ConnectTimeoutError,
    HTTPError,
    MaxRetryError,
    NameResolutionError,
    NewConnectionError,
)

from sync.errors import QuotaGone, SetupError, TryLater
from sync.http.answer import Answer
from sync.http.retry import RetryRule, Setback, Trouble

_CLEARLY_NOTHING_DONE: Final = frozenset({403, 429})


def judge(answer: Answer, rule: RetryRule) -> Answer | Setback:
    """The answer, or the setback that it is. Raises SetupError for a redirect."""
    status, retry_after = answer.status, answer.headers.get("Retry-After")
    if rule.is_limited(answer):
        return Setback(
            trouble=Trouble.LIMITED,
            phrase=f"answered {status}, too many calls,",
            may_be_applied=status not in _CLEARLY_NOTHING_DONE,
            retry_after=retry_after,
        )
    if status >= 500:
        return Setback(
            trouble=Trouble.BROKEN,
            phrase=f"answered with the error {status}",
            may_be_applied=True,
            retry_after=retry_after,
        )
    if 300 <= status < 400:
        raise SetupError(
            f"{answer.api} answered {answer.what} with a redirect ({status}), which is not "
            "followed: it could carry credentials elsewhere.",
            hint="Correct the service address to the one that answers itself.",
            kind="redirect",
        )
    return answer


def judge_failure(api: str, error: RequestException | HTTPError) -> Setback:
    """The setback of a request that got no answer. Raises SetupError where it cannot be sent."""
    # The library's own text quotes the whole address, so none of it is taken over, and these
    # errors are not chained.
    if isinstance(error, requests.exceptions.InvalidHeader | requests.exceptions.InvalidURL):
        raise SetupError(
            f"The request to {api} cannot be sent: its address or credentials hold "
            "characters that do not belong there.",
            hint="Correct the address or the credentials.",
        ) from None
    if _never_sent(error):
        return _broken("could not be reached", may_be_applied=False)
    if isinstance(error, SSLError):
        return _broken("could not be reached over a secure connection")
    if isinstance(error, requests.Timeout):
        return _broken("did not answer in time")
    return _broken("broke the connection off")


def _broken(phrase: str, *, may_be_applied: bool = True) -> Setback:
    return Setback(trouble=Trouble.BROKEN, phrase=phrase, may_be_applied=may_be_applied)


def _never_sent(error: BaseException) -> bool:
    """Whether no connection came to be, so that the request cannot have arrived."""
    if isinstance(error, ConnectTimeout):
        return True
    inner = error.args[0] if error.args else None
    reason = inner.reason if isinstance(inner, MaxRetryError) else inner
    return isinstance(reason, ConnectTimeoutError | NewConnectionError | NameResolutionError)


def quota_gone(api: str, what: str, setback: Setback, resume_at: datetime) -> QuotaGone:
    """The day's calls are used up, or the vendor says so."""
    return QuotaGone(
        f"{api} {setback.phrase} to {what} and takes no more before "
        f"{resume_at:%Y-%m-%d %H:%M} UTC.",
        resume_at=resume_at,
        hint="It continues by itself then.",
    )


def spared(api: str, what: str, setback: Setback) -> TryLater:
    """Not tried again, since few of the day's calls are left."""
    return TryLater(
        f"{api} {setback.phrase} to {what}, and was not asked again: most of the day's calls are "
        "used, and the rest is spared for first tries.",
        hint="The next run tries again. Raise the calls of a day if the vendor allows more.",
    )


def too_late(api: str, what: str) -> TryLater:
    """Whoever waits has waited long enough."""
    return TryLater(
        f"{api} did not answer {what} in the time that a person waits.",
        hint="Try again in a minute.",
        kind="deadline",
    )
