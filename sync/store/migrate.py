"""Bringing the tables to their newest form, by Alembic, without any file beside the package."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from sync.store.database import Database

LOCK = 4_711_002  # any number; processes that start together upgrade in turn


def upgrade(database: Database) -> bool:
    """Whether the tables are now in our newest form; False where a newer version has been here,
    whose form is left as it is. Processes that ask at once wait for each other.

    Raises TryLater where the database is away.
    """
    with database.write() as connection:
        if not database.is_sqlite:
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
        config = _config()
        if _is_newer(config, _revision(connection)):
            return False
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
    return True


def is_usable(database: Database) -> bool:
    """Whether this version can work on the tables: they are in its newest form, or in that of a
    newer version, whose migrations leave what this one needs (docs/decisions.md).

    Raises TryLater where the database is away.
    """
    config = _config()
    with database.read() as connection:
        present = _revision(connection)
    return present == _head(config) or _is_newer(config, present)


def _revision(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def _head(config: Config) -> str | None:
    return ScriptDirectory.from_config(config).get_current_head()


def _is_newer(config: Config, revision: str | None) -> bool:
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    return revision is not None and revision not in known


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.set_main_option("path_separator", "os")
    return config
