"""What an answer of Act-On means before its body is read: a good one, a refusal, too many calls."""

import re
from collections.abc import Mapping
from typing import Final

from sync.errors import CredentialsRefused, NotFound, SetupError, UnexpectedAnswer
from sync.http.answer import Answer
from sync.languages import lazy_gettext as _

_LIMITED = re.compile(
    r"rate.?limit|throttl|quota|too many|9008\d\d|(daily|call|request)s? limit"
    r"|limit (has been |is |was )?(exceeded|reached)|exceeded .{0,40}limit",
    re.I,
)
NO_SUCH_LIST: Final = 10004
_MISSING_CODES: Final = frozenset({NO_SUCH_LIST, 10008, 10054})


def is_limited(answer: Answer) -> bool:
    """Whether Act-On says "too many calls". How it says so is not documented (contracts, 2)."""
    if answer.status == 429:
        return True
    return answer.status in (403, 500, 503) and bool(_LIMITED.search(answer.text()))


def checked(answer: Answer) -> Answer:
    """The answer, if it is a good one. Raises the error that says what else it is."""
    if answer.status in (200, 201):
        return answer
    if answer.status == 401:
        raise CredentialsRefused(
            "Act-On does not accept the access it gave us.",
            hint="Connect Act-On again.",
            kind="acton_credentials",
        )
    if answer.status == 404 or error_code(answer) in _MISSING_CODES:
        raise NotFound(
            _("Act-On has no such thing: %(what)s.", what=answer.what),
            hint="It may have been deleted; check it in Act-On.",
        )
    if answer.status == 403:
        raise SetupError(
            _("Act-On does not let this user read %(what)s.", what=answer.what),
            hint="Give the Act-On user the right to read it, or connect another user.",
            kind="acton_forbidden",
        )
    raise UnexpectedAnswer(
        _(
            "Act-On answered %(what)s with status %(status)s.",
            what=answer.what,
            status=answer.status,
        ),
        hint="Try again later; if it stays so, please report it.",
    )


def error_code(answer: Answer) -> int | None:
    """Act-On's own number for what is wrong; None where it gives none."""
    try:
        raw = answer.json()
    except UnexpectedAnswer:
        return None
    code = raw.get("errorCode") if isinstance(raw, Mapping) else None
    return code if isinstance(code, int) else None
