"""Accounts: who may sign in, which spaces they are admins of, who they are elsewhere.

Addresses are normalised before they come here. Password hashes leave this room only for checking.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, RowMapping, delete, insert, select, update

from sync.errors import NotFound
from sync.model import Account, AccountStatus, Actor
from sync.store.sql import insert_for, is_id, upsert
from sync.store.tables.administration import accounts, identities, memberships


class AccountStore:
    """The accounts, on one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def create(
        self,
        email: str,
        *,
        name: str,
        password_hash: str | None,
        is_operator: bool,
        email_verified: bool,
        now: datetime,
    ) -> Account | None:
        """The account just made; None where the address has one already."""
        made = self._connection.scalar(
            insert_for(self._connection, accounts)
            .values(
                email=email,
                name=name,
                password_hash=password_hash,
                is_operator=is_operator,
                email_verified=email_verified,
                status=AccountStatus.ACTIVE.value,
                created_at=now,
            )
            .on_conflict_do_nothing(index_elements=["email"])
            .returning(accounts.c.account_id)
        )
        return None if made is None else self.get(made)

    def get(self, account_id: int) -> Account:
        """One account. Raises NotFound."""
        found = self._one(accounts.c.account_id == account_id) if is_id(account_id) else None
        if found is None:
            raise NotFound("There is no such account.")
        return found

    def find(self, email: str) -> Account | None:
        """The account of this address."""
        return self._one(accounts.c.email == email)

    def _one(self, condition: ColumnElement[bool]) -> Account | None:
        row = self._connection.execute(select(accounts).where(condition)).mappings().first()
        return _from_row(row) if row else None

    def all(self, *, operators_only: bool = False) -> list[Account]:
        """All accounts, by address."""
        query = select(accounts).order_by(accounts.c.email)
        if operators_only:
            query = query.where(accounts.c.is_operator)
        return [_from_row(row) for row in self._connection.execute(query).mappings()]

    def password_hash(self, account_id: int) -> str | None:
        """What proves the account's password; None where it has none."""
        return self._connection.scalar(
            select(accounts.c.password_hash).where(accounts.c.account_id == account_id)
        )

    def email_verified(self, account_id: int) -> bool:
        """Whether the address was proved to be the account's own."""
        return bool(
            self._connection.scalar(
                select(accounts.c.email_verified).where(accounts.c.account_id == account_id)
            )
        )

    def set_password(self, account_id: int, password_hash: str | None) -> None:
        """Change what proves the password; None: the account has none any more."""
        self._change(account_id, password_hash=password_hash)

    def set_operator(self, account_id: int, is_operator: bool) -> None:
        """Let the account run the service, or no longer."""
        self._change(account_id, is_operator=is_operator)

    def set_verified(self, account_id: int) -> None:
        """The address was proved."""
        self._change(account_id, email_verified=True)

    def set_status(self, account_id: int, status: AccountStatus) -> None:
        """Let the account sign in, or no longer."""
        self._change(account_id, status=status.value)

    def set_language(self, account_id: int, language: str | None) -> None:
        """The language that the account's pages are in; None: what the browser asks for."""
        self._change(account_id, language=language)

    def note_sign_in(self, account_id: int, *, now: datetime) -> None:
        """Remember that the account signed in."""
        self._change(account_id, signed_in_at=now)

    def _change(self, account_id: int, **values: object) -> None:
        self._connection.execute(
            update(accounts).where(accounts.c.account_id == account_id).values(**values)
        )

    # --- admins of spaces ----------------------------------------------------------------------

    def actor(self, account: Account) -> Actor:
        """The account as one who asks for something."""
        spaces = self._connection.scalars(
            select(memberships.c.space_id).where(memberships.c.account_id == account.account_id)
        )
        return Actor(
            account_id=account.account_id,
            email=account.email,
            is_operator=account.is_operator,
            spaces=frozenset(spaces),
        )

    def join(self, account_id: int, space_id: str, *, now: datetime) -> None:
        """Make the account an admin of the space."""
        row = {"account_id": account_id, "space_id": space_id, "since": now}
        key = ["account_id", "space_id"]
        upsert(self._connection, memberships, [row], key=key, change=[])

    def leave(self, account_id: int, space_id: str) -> None:
        """The account is no longer an admin of the space."""
        self._connection.execute(
            delete(memberships).where(
                memberships.c.account_id == account_id, memberships.c.space_id == space_id
            )
        )

    def admins(self, space_id: str) -> Sequence[Account]:
        """The admins of a space, by address."""
        rows = self._connection.execute(
            select(accounts)
            .join(memberships, memberships.c.account_id == accounts.c.account_id)
            .where(memberships.c.space_id == space_id)
            .order_by(accounts.c.email)
        )
        return [_from_row(row) for row in rows.mappings()]

    # --- who they are elsewhere ----------------------------------------------------------------

    def of_identity(self, issuer: str, subject: str) -> Account | None:
        """The account that belongs to somebody at the identity provider."""
        row = self._connection.execute(
            select(accounts)
            .join(identities, identities.c.account_id == accounts.c.account_id)
            .where(identities.c.issuer == issuer, identities.c.subject == subject)
        )
        found = row.mappings().first()
        return _from_row(found) if found else None

    def link(self, account_id: int, issuer: str, subject: str, *, now: datetime) -> None:
        """The account belongs to this somebody from now on."""
        self._connection.execute(
            insert(identities).values(
                issuer=issuer, subject=subject, account_id=account_id, linked_at=now
            )
        )


def _from_row(row: RowMapping) -> Account:
    return Account(
        account_id=row["account_id"],
        email=row["email"],
        name=row["name"],
        is_operator=row["is_operator"],
        status=AccountStatus(row["status"]),
        has_password=row["password_hash"] is not None,
        created_at=row["created_at"],
        signed_in_at=row["signed_in_at"],
        language=row["language"],
    )
