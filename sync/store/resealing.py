"""Everything that is sealed, sealed anew with the first key, so that another key may go."""

from typing import Final

from sqlalchemy import Column, Connection, Table, select, update

from sync.keyring import Keyring
from sync.store.tables import crm_hooks, message_settings, spaces, tokens
from sync.store.tables.webhooks import acton_webhook_keys
from sync.store.tokens import REFUSED

SEALED: Final = "_sealed"


def reseal(connection: Connection, keyring: Keyring) -> int:
    """How many texts were sealed anew. Raises SetupError, having changed nothing, where one of them
    cannot be opened.

    What is being refreshed in this moment is sealed with the first key by whoever does it.
    """
    tables = (spaces, message_settings, acton_webhook_keys, crm_hooks)
    names = (*(table.c.space_id for table in tables), tokens.c.name)
    return sum(_reseal(connection, keyring, name.table, name) for name in names)


def _reseal(connection: Connection, keyring: Keyring, table: Table, name: Column[str]) -> int:
    # What was refused is kept for half an hour, and a row that does not open costs one log-in.
    rows = connection.execute(select(table).where(~name.startswith(REFUSED))).mappings().all()
    done = 0
    for column in (one for one in table.c if one.name.endswith(SEALED)):
        for row in rows:
            present = row[column.name]
            if present is None:
                continue
            where = f"{row[name.name]}|{table.name}.{column.name.removesuffix(SEALED)}"
            anew = keyring.seal(keyring.open(present, where=where), where=where)
            same = update(table).where(name == row[name.name], column == present)
            done += connection.execute(same.values({column.name: anew})).rowcount
    return done
