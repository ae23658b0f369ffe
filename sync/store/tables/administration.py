"""The tables of accounts, activation and daily administration.

What is secret is a digest here (`digest` columns) or sealed. The audit trail names accounts and
spaces without foreign keys: it outlives both.
"""

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    false,
)

from sync.store.tables.base import Instant, metadata

ADDRESS = 254  # the longest e-mail address


def _account(*, primary_key: bool = False, index: bool = False) -> Column[int]:
    return Column(
        "account_id",
        Integer,
        ForeignKey("accounts.account_id", ondelete="CASCADE"),
        primary_key=primary_key,
        nullable=False,
        index=index,
    )


def _space(*, primary_key: bool = False, index: bool = False) -> Column[str]:
    return Column(
        "space_id",
        String(200),
        ForeignKey("spaces.space_id", ondelete="CASCADE"),
        primary_key=primary_key,
        nullable=False,
        index=index,
    )


# --- who may come in ---------------------------------------------------------------------------

accounts = Table(
    "accounts",
    metadata,
    Column("account_id", Integer, primary_key=True, autoincrement=True),
    Column("email", String(ADDRESS), nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("password_hash", Text),  # NULL: signs in through the identity provider only
    Column("is_operator", Boolean, nullable=False, server_default=false()),
    # Somebody who could prove it said so: the operator at the shell, or the identity provider.
    Column("email_verified", Boolean, nullable=False, server_default=false()),
    Column("status", String(10), nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("signed_in_at", Instant),
    Column("language", String(8)),  # NULL: what the browser asks for
)

memberships = Table(
    "memberships",
    metadata,
    _account(primary_key=True),
    _space(primary_key=True, index=True),
    Column("since", Instant, nullable=False),
)

identities = Table(
    "identities",
    metadata,
    Column("issuer", String(500), primary_key=True),
    Column("subject", String(255), primary_key=True),
    _account(index=True),
    Column("linked_at", Instant, nullable=False),
)

sessions = Table(
    "sessions",
    metadata,
    Column("digest", String(64), primary_key=True),
    _account(index=True),
    Column("created_at", Instant, nullable=False),
    Column("seen_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False, index=True),
    Column("agent", String(200), nullable=False),
)

# One row for each account and network address, and one for each network address.
sign_in_tries = Table(
    "sign_in_tries",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("failures", Integer, nullable=False),
    Column("last_at", Instant, nullable=False, index=True),
    Column("locked_until", Instant),
)

# --- activation --------------------------------------------------------------------------------

drafts = Table(
    "drafts",
    metadata,
    _space(primary_key=True),
    Column("typed", JSON, nullable=False),
    Column("version", Integer, nullable=False),
    Column("saved_at", Instant, nullable=False),
    Column("saved_by", String(ADDRESS), nullable=False),
)

log_in_states = Table(
    "log_in_states",
    metadata,
    Column("digest", String(64), primary_key=True),
    Column("session_digest", String(64), nullable=False),
    _space(index=True),
    Column("redirect_uri", Text, nullable=False),
    Column("expires_at", Instant, nullable=False, index=True),
)

preview_jobs = Table(
    "preview_jobs",
    metadata,
    Column("job_id", String(43), primary_key=True),
    _space(index=True),
    Column("status", String(10), nullable=False),
    Column("settings", JSON, nullable=False),
    Column("time_zone", String(64), nullable=False),
    Column("asked_at", Instant, nullable=False),
    Column("seen_at", Instant, nullable=False),  # of the process that makes it
    Column("step", Text),
    Column("done", Integer),
    Column("total", Integer),
    Column("result", JSON),
    Column("problem", JSON),
)

# --- what was done, and what must not be done again --------------------------------------------

audit = Table(
    "audit",
    metadata,
    Column("entry_id", Integer, primary_key=True, autoincrement=True),
    Column("at", Instant, nullable=False),
    Column("account_id", Integer),  # NULL: somebody at the shell, or nobody known
    Column("actor", String(ADDRESS), nullable=False),
    Column("space_id", String(200)),
    Column("action", String(40), nullable=False),
    Column("subject", Text, nullable=False),
    Column("changes", JSON, nullable=False),
    Index("ix_audit_space_id_entry_id", "space_id", "entry_id"),
)

# Persons erased on request, as digests only: the sync passes over their rows.
erased_people = Table(
    "erased_people",
    metadata,
    _space(primary_key=True),
    Column("person", String(32), primary_key=True),
    Column("erased_at", Instant, nullable=False),
)
