"""What all tables share: instants, the names of keys and indexes, whose row it is."""

from datetime import UTC, datetime

from sqlalchemy import (
    Column,
    DateTime,
    Dialect,
    ForeignKey,
    Integer,
    MetaData,
    String,
    TypeDecorator,
)


class Instant(TypeDecorator[datetime]):
    """An aware UTC instant; naive values are refused rather than guessed."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("A naive datetime was given where an instant is needed.")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def space_key() -> Column[str]:
    """The space that a row belongs to, part of its key; the row goes with the space."""
    return Column(
        "space_id", String(200), ForeignKey("spaces.space_id", ondelete="CASCADE"), primary_key=True
    )


def run_key() -> Column[int]:
    """The run that a row belongs to, part of its key. No foreign key: previews have no runs."""
    return Column("run_id", Integer, primary_key=True, autoincrement=False)
