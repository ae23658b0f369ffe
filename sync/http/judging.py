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

from sync.errors import AnswerLost, QuotaGone, SetupError, TryLater, UnexpectedAnswer
from sync.http.answer import Answer
from sync.http.retry import RetryRule, Setback, Trouble
from sync.languages import lazy_gettext as _

_CLEARLY_NOTHING_DONE: Final = frozenset({403, 429})


def judge(answer: Answer, rule: RetryRule) -> Answer | Setback:
    """The answer, or the setback that it is. Raises SetupError for a redirect."""
    status, retry_after = answer.status, answer.headers.get("Retry-After")
    if rule.is_limited(answer):
        return Setback(
            trouble=Trouble.LIMITED,
            phrase=_("answered %(status)s, too many calls,", status=status),
            may_be_applied=status not in _CLEARLY_NOTHING_DONE,
            retry_after=retry_after,
        )
    if status >= 500:
        return Setback(
            trouble=Trouble.BROKEN,
            phrase=_("answered with the error %(status)s", status=status),
            may_be_applied=True,
            retry_after=retry_after,
        )
    if 300 <= status < 400:
        raise SetupError(
            _(
                "%(api)s answered %(what)s with a redirect (%(status)s), which is not followed: "
                "it could carry credentials elsewhere.",
                api=answer.api,
                what=answer.what,
                status=status,
            ),
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
            _(
                "The request to %(api)s cannot be sent: its address or credentials hold "
                "characters that do not belong there.",
                api=api,
            ),
            hint="Correct the address or the credentials.",
        ) from None
    if _never_sent(error):
        return _broken(_("could not be reached"), may_be_applied=False)
    if isinstance(error, SSLError):
        return _broken(_("could not be reached over a secure connection"))
    if isinstance(error, requests.Timeout):
        return _broken(_("did not answer in time"))
    return _broken(_("broke the connection off"))


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
        _(
            "%(api)s %(phrase)s to %(what)s and takes no more before %(resume_at)s UTC.",
            api=api,
            phrase=setback.phrase,
            what=what,
            resume_at=f"{resume_at:%Y-%m-%d %H:%M}",
        ),
        resume_at=resume_at,
        hint="It continues by itself then.",
    )


def spared(api: str, what: str, setback: Setback) -> TryLater:
    """Not tried again, since few of the day's calls are left."""
    return TryLater(
        _(
            "%(api)s %(phrase)s to %(what)s, and was not asked again: most of the day's calls are "
            "used, and the rest is spared for first tries.",
            api=api,
            phrase=setback.phrase,
            what=what,
        ),
        hint="The next run tries again. Raise the calls of a day if the vendor allows more.",
    )


def too_late(api: str, what: str) -> TryLater:
    """Whoever waits has waited long enough."""
    return TryLater(
        _("%(api)s did not answer %(what)s in the time that a person waits.", api=api, what=what),
        hint="Try again in a minute.",
        kind="deadline",
    )


def lost(api: str, what: str, setback: Setback) -> AnswerLost:
    """Something was sent that changes things, and what became of it is not known."""
    return AnswerLost(
        _(
            "%(api)s %(phrase)s to %(what)s; what was sent may have been applied.",
            api=api,
            phrase=setback.phrase,
            what=what,
        ),
        hint="It is looked up before anything is sent again.",
    )


def given_up(api: str, what: str, setback: Setback, tries: int) -> TryLater:
    """Tried often enough."""
    hint = "Try again later; if it stays so, check the service address."
    if tries <= 1:
        once = _("%(api)s %(phrase)s to %(what)s.", api=api, phrase=setback.phrase, what=what)
        return TryLater(once, hint=hint)
    return TryLater(
        _(
            "%(api)s %(phrase)s to %(what)s, even after %(tries)s tries.",
            api=api,
            phrase=setback.phrase,
            what=what,
            tries=tries,
        ),
        hint=hint,
    )


def too_large(api: str, what: str, limit: int) -> UnexpectedAnswer:
    """An answer of more MiB than are taken in."""
    return UnexpectedAnswer(
        _(
            "%(api)s answered %(what)s with more than %(limit)s MiB.",
            api=api,
            what=what,
            limit=limit,
        ),
        hint="If that is right, let the operator raise ANSWER_LIMIT_MIB.",
    )
