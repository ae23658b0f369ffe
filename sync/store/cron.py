"""When the cron asked last for what is due: workers go on with what one call could not start."""

from datetime import datetime

from sqlalchemy import Connection, select, update

from sync.store.sql import insert_for
from sync.store.tables import cron_calls

NAME = "due"  # there is one question


class CronStore:
    """The cron's question, on one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def note(self, at: datetime) -> None:
        """The cron asked at this instant; an earlier one changes nothing."""
        self._connection.execute(
            insert_for(self._connection, cron_calls)
            .values(name=NAME, asked_at=at)
            .on_conflict_do_nothing(index_elements=["name"])
        )
        self._connection.execute(
            update(cron_calls)
            .where(cron_calls.c.name == NAME, cron_calls.c.asked_at < at)
            .values(asked_at=at)
        )

    def asked_at(self) -> datetime | None:
        """When the cron asked last; None: never."""
        found: datetime | None = self._connection.scalar(
            select(cron_calls.c.asked_at).where(cron_calls.c.name == NAME)
        )
        return found
