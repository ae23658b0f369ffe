"""Signing in and out: accounts, sessions, the identity provider's word for somebody.

An account alone opens nothing; what it may do is said by `rules.rights`. All that is wrong with a
sign-in is answered alike and takes as long, so nobody learns which addresses have an account.
"""

from sync.service.accounts.managing import Managing
from sync.service.accounts.sessions import Sessions
from sync.service.accounts.signing_in import SigningIn

__all__ = ["Accounts"]


class Accounts(SigningIn, Sessions, Managing):
    """Who may come in."""
