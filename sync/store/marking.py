"""Notes, in the transaction that changes a space or its runs, that somebody may have to be told.

Where nobody wants messages of the space there is no row, and the note costs a look at an index.
"""

from datetime import datetime

from sqlalchemy import Connection, update

from sync.store.tables import message_settings


def look_at_messages(connection: Connection, space_id: object, now: datetime) -> None:
    """Have the space looked at; `space_id` is one, or a query for one."""
    connection.execute(
        update(message_settings).where(message_settings.c.space_id == space_id).values(look_at=now)
    )
