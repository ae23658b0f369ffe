"""What the status of Act-On's answers means."""

from collections.abc import Mapping
from typing import Final

from sync.errors import CredentialsRefused, NotFound, SetupError, UnexpectedAnswer
from sync.http.answer import Answer
from sync.languages import lazy_gettext as _

_MISSING_CODES: Final = frozenset({10004, 10008, 10054})


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
    try:
        raw = answer.json()
    except UnexpectedAnswer:
        return None
    code = raw.get("errorCode") if isinstance(raw, Mapping) else None
    return code if isinstance(code, int) else None
