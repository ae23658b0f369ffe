"""Who may come in: accounts, whom they act for, and what can be done with a space."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class AccountStatus(StrEnum):
    """Whether an account may sign in."""

    ACTIVE = "active"
    DISABLED = "disabled"


@dataclass(frozen=True, kw_only=True)
class Account:
    """Somebody who signs in. `has_password` False: through the identity provider only. `language`:
    the one they chose; None: what their browser asks for."""

    account_id: int
    email: str
    name: str
    is_operator: bool
    status: AccountStatus
    has_password: bool
    created_at: datetime
    signed_in_at: datetime | None = None
    language: str | None = None


@dataclass(frozen=True, kw_only=True)
class Actor:
    """Who asks for something. `spaces`: those that the account is an admin of.

    `account_id` None: somebody at the shell, who has the database and the keys anyway.
    """

    account_id: int | None
    email: str
    is_operator: bool = False
    spaces: frozenset[str] = frozenset()


SHELL = Actor(account_id=None, email="shell", is_operator=True)
SERVICE = Actor(account_id=None, email="service")  # what the product does by itself


class Action(StrEnum):
    """What can be asked for. Rights are given for these and nothing finer."""

    SEE_SPACE = "see_space"  # overview, settings without secrets, runs, set-up, audit trail
    SEE_PEOPLE = "see_people"  # outcomes, records, tombstones: names and addresses of people
    CHANGE_SETTINGS = "change_settings"
    CONNECT = "connect"  # credentials of either vendor
    PREVIEW = "preview"
    PROVISION = "provision"
    FINISH = "finish"  # ask for approval
    RUN = "run"  # start, retry, cancel
    APPROVE_CREATES = "approve_creates"  # what the volume guard held back
    PAUSE = "pause"  # and take up again, deactivate
    LIFT = "lift"  # a tombstone
    EXPORT_PERSON = "export_person"
    ERASE_PERSON = "erase_person"
    ERASE_SPACE = "erase_space"
    ROTATE_KEYS = "rotate_keys"
    APPROVE = "approve"
    SUSPEND = "suspend"  # and resume
    REVOKE_SESSIONS = "revoke_sessions"
    WATCH = "watch"  # all spaces, running work, failures
    MANAGE_ACCOUNTS = "manage_accounts"


@dataclass(frozen=True, kw_only=True)
class Identity:
    """Who somebody is, as the identity provider says."""

    issuer: str
    subject: str
    email: str
    email_verified: bool
    name: str = ""


@dataclass(frozen=True, kw_only=True)
class SignedIn:
    """A session just begun. The token is shown this once; only its digest is kept."""

    account: Account
    token: str = field(repr=False)
    expires_at: datetime


@dataclass(frozen=True, kw_only=True)
class Session:
    """A session that holds. `idle_until` moves with use, `expires_at` does not."""

    account: Account
    actor: Actor
    created_at: datetime
    idle_until: datetime
    expires_at: datetime
