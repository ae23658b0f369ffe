"""A first look at an Act-On account, and why it cannot be had."""

from typing import Final

from sync.errors import CredentialsRefused, IntegrationError, QuotaGone, TryLater
from sync.model import Cause, ConnectionTest
from sync.ports import ActOn

_CAUSES: Final = {
    "acton_client": Cause.CLIENT,
    "not_connected": Cause.NOT_CONNECTED,
    "api_not_enabled": Cause.API_NOT_ENABLED,
    "host": Cause.HOST,
    "acton_forbidden": Cause.FORBIDDEN,
}


def look_at(acton: ActOn) -> ConnectionTest:
    """What the account shows to these credentials."""
    try:
        account = acton.fetch_account()
        lists = sum(1 for _ in acton.fetch_lists())
    except IntegrationError as error:
        return failed(error)
    return ConnectionTest(
        account_id=account.account_id if account else None,
        account_name=account.name if account else "",
        lists=lists,
    )


def cause_of(error: IntegrationError) -> Cause:
    """Why a connection does not work, as far as the error tells."""
    if error.kind in _CAUSES:
        return _CAUSES[error.kind]
    if isinstance(error, CredentialsRefused):
        return Cause.USER
    if isinstance(error, QuotaGone):
        return Cause.QUOTA
    if isinstance(error, TryLater):
        return Cause.UNREACHABLE
    return Cause.OTHER


def failed(error: IntegrationError) -> ConnectionTest:
    """A look that ended by this error."""
    return ConnectionTest(cause=cause_of(error), message=error.message, hint=error.hint)
