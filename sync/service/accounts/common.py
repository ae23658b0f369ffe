"""What the parts of the accounts service share."""

from datetime import datetime

from sync.clock import Now, utcnow
from sync.errors import (
    FieldProblem,
    InvalidFields,
    NotAllowed,
    NotFound,
    SignInFailed,
    TooManyTries,
)
from sync.languages import lazy_gettext
from sync.model import Account, Actor
from sync.rules.addresses import normalise
from sync.rules.passwords import problem_with_password
from sync.rules.throttle import try_names
from sync.service.hashing import Hashing
from sync.service.values import AccountOptions
from sync.store import Desk, Store


class AccountsPart:
    """A part of the accounts service."""

    def __init__(
        self,
        store: Store,
        hashing: Hashing,
        options: AccountOptions,
        *,
        now: Now = utcnow,
    ) -> None:
        self._store = store
        self._hashing = hashing
        self._options = options
        self._now = now

    def _count_try(self, email: str, address: str, now: datetime) -> None:
        names = try_names(email, address)
        with self._store.write() as desk:
            until = desk.sessions.locked_until([name for name, _ in names], now=now)
            if until is not None:
                raise TooManyTries("Signing in failed too often. Try again later.", retry_at=until)
            for name, free in names:
                desk.sessions.count_try(name, free, now=now)

    def _forgive(self, desk: Desk, email: str, address: str) -> None:
        (of_account, _), (of_address, _) = try_names(email, address)
        desk.sessions.forgive(of_account)
        desk.sessions.take_back(of_address)


def find_account(desk: Desk, email: str) -> Account:
    """The account of this address. Raises NotFound."""
    account = desk.accounts.find(normalise(email) or email)
    if account is None:
        raise NotFound(lazy_gettext("There is no account of %(email)r.", email=email))
    return account


def own_account(actor: Actor) -> int:
    """The id of the actor's account. Raises NotAllowed at the shell."""
    if actor.account_id is None:
        raise NotAllowed("Only somebody who signed in has sessions and a password.")
    return actor.account_id


def usable_address(email: str, password: str) -> str:
    """The address as it is kept. Raises InvalidFields for all that is wrong with either."""
    usable, problems = normalise(email), []
    if usable is None:
        problems.append(FieldProblem(field="email", message="Enter your e-mail address."))
    problem = problem_with_password(password, usable or email)
    if problem:
        problems.append(FieldProblem(field="password", message=problem))
    if problems or usable is None:
        raise InvalidFields(*problems)
    return usable


def sign_in_failed() -> SignInFailed:
    """The one answer to everything that is wrong with a sign-in."""
    return SignInFailed("The e-mail address or the password is not right.")
