"""Bringing the tables to their newest form, by Alembic, without any file beside the package."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from sync.errors import SetupError
from sync.store.database import Database

LOCK = 4_711_002  # any number; processes that start together upgrade in turn


def upgrade(database: Database) -> None:
    """The newest form, whatever form was there. Processes that ask at once wait for each other.

    Raises TryLater where the database is away, SetupError where its form is newer than ours.
    """
    with database.write() as connection:
        if not database.is_sqlite:
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
        config = _config()
        config.attributes["connection"] = connection
        _ensure_known(config, _revision(connection))
        command.upgrade(config, "head")


def is_current(database: Database) -> bool:
    """Whether the tables are in their newest form.

    Raises TryLater where the database is away, SetupError where its form is newer than ours.
    """
    config = _config()
    with database.read() as connection:
        present = _revision(connection)
    _ensure_known(config, present)
    return present == ScriptDirectory.from_config(config).get_current_head()


def _revision(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def _ensure_known(config: Config, revision: str | None) -> None:
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if revision is not None and revision not in known:
        raise SetupError(
            "The database belongs to a newer version of this service.",
            hint="Install that version, or put back the database that this one used.",
            kind="migrations",
        )


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.set_main_option("path_separator", "os")
    return config
