"""What lasts: spaces, runs, links, people, our index of the CRM, tokens and allowances.

Only this room knows SQL. A transaction gives a desk with one drawer for each noun.
"""

import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Final

from sqlalchemy import Connection

from sync.clock import Rest
from sync.errors import StoreAway
from sync.keyring import Keyring
from sync.model import PanelGate
from sync.postgres import hurried
from sync.store.accounts import AccountStore
from sync.store.audit import AuditStore
from sync.store.crm import CrmIndex
from sync.store.crm_changes import ChangeStore
from sync.store.crm_hooks import HookStore
from sync.store.cron import CronStore
from sync.store.database import Database, not_migrated, open_database
from sync.store.deliveries import DeliveryStore
from sync.store.drafts import DraftStore, LogInStateStore
from sync.store.erasing import ErasureStore
from sync.store.figures import FigureStore
from sync.store.gone import GoneStore
from sync.store.heat import HeatStore
from sync.store.hot import HotStore
from sync.store.links import LinkStore
from sync.store.messages import MessageStore
from sync.store.migrate import is_usable, upgrade
from sync.store.outcomes import OutcomeStore
from sync.store.people import PeopleStore
from sync.store.previews import PreviewStore
from sync.store.readings import ReadingStore
from sync.store.resealing import reseal
from sync.store.retention import RetentionStore
from sync.store.runs import RunStore
from sync.store.sessions import SessionStore
from sync.store.spaces import GATE, SpaceStore, read_gate
from sync.store.sql import database_now
from sync.store.staging import StagingStore
from sync.store.tales import TaleStore
from sync.store.tombstones import TombstoneStore
from sync.store.volumes import VolumeStore
from sync.store.watching import WatchStore
from sync.store.webhooks import WebhookStore

__all__ = ["Database", "Desk", "Store", "open_database"]

GATE_SECONDS: Final = 2.0  # a panel that waits longer for its first question is not waited for
SLOW_SECONDS: Final = 1.0
REST_SECONDS: Final = 3.0
MIB: Final = 1024 * 1024


class Desk:
    """All nouns on one connection: what is changed through one desk is changed together."""

    def __init__(self, connection: Connection, keyring: Keyring) -> None:
        self.connection = connection
        self._keyring = keyring

    def now(self) -> datetime:
        """The database's clock."""
        return database_now(self.connection)

    @cached_property
    def spaces(self) -> SpaceStore:
        """Tenants, their settings and our fields in them."""
        return SpaceStore(self.connection, self._keyring)

    @cached_property
    def runs(self) -> RunStore:
        """The ledger of runs."""
        return RunStore(self.connection)

    @cached_property
    def staging(self) -> StagingStore:
        """The working papers of runs."""
        return StagingStore(self.connection)

    @cached_property
    def links(self) -> LinkStore:
        """Which Lead belongs to which person in which list."""
        return LinkStore(self.connection)

    @cached_property
    def people(self) -> PeopleStore:
        """The people who are linked to a Contact, and their scores."""
        return PeopleStore(self.connection)

    @cached_property
    def heat(self) -> HeatStore:
        """How people's scores rose."""
        return HeatStore(self.connection)

    @cached_property
    def hot(self) -> HotStore:
        """The people with the highest scores."""
        return HotStore(self.connection)

    @cached_property
    def readings(self) -> ReadingStore:
        """What was read live of a person, for the panel."""
        return ReadingStore(self.connection)

    @cached_property
    def crm(self) -> CrmIndex:
        """What we know of the Contacts and Leads in Pipeliner."""
        return CrmIndex(self.connection)

    @cached_property
    def crm_hooks(self) -> HookStore:
        """Our registrations for what changes in Pipeliner."""
        return HookStore(self.connection, self._keyring)

    @cached_property
    def crm_changes(self) -> ChangeStore:
        """What has changed in Pipeliner and is still to be asked for."""
        return ChangeStore(self.connection, self.crm_hooks)

    @cached_property
    def gone(self) -> GoneStore:
        """What is linked and was deleted in Pipeliner."""
        return GoneStore(self.connection)

    @cached_property
    def outcomes(self) -> OutcomeStore:
        """What became of rows, to search in."""
        return OutcomeStore(self.connection)

    @cached_property
    def tombstones(self) -> TombstoneStore:
        """What was deleted on purpose."""
        return TombstoneStore(self.connection)

    @cached_property
    def cron(self) -> CronStore:
        """When the cron asked last."""
        return CronStore(self.connection)

    @cached_property
    def figures(self) -> FigureStore:
        """Numbers about all spaces."""
        return FigureStore(self.connection)

    @cached_property
    def retention(self) -> RetentionStore:
        """What was kept long enough."""
        return RetentionStore(self.connection)

    @cached_property
    def erased(self) -> ErasureStore:
        """What is to be taken away, and who was."""
        return ErasureStore(self.connection)

    @cached_property
    def accounts(self) -> AccountStore:
        """Who may sign in."""
        return AccountStore(self.connection)

    @cached_property
    def sessions(self) -> SessionStore:
        """Who is signed in."""
        return SessionStore(self.connection)

    @cached_property
    def audit(self) -> AuditStore:
        """Who did what."""
        return AuditStore(self.connection)

    @cached_property
    def drafts(self) -> DraftStore:
        """Settings being filled in."""
        return DraftStore(self.connection)

    @cached_property
    def log_ins(self) -> LogInStateStore:
        """Log-ins under way at Act-On."""
        return LogInStateStore(self.connection)

    @cached_property
    def previews(self) -> PreviewStore:
        """Previews being made, and made."""
        return PreviewStore(self.connection)

    @cached_property
    def volumes(self) -> VolumeStore:
        """How much runs create, and what was approved."""
        return VolumeStore(self.connection)

    @cached_property
    def webhooks(self) -> WebhookStore:
        """What Act-On reports by itself."""
        return WebhookStore(self.connection, self._keyring)

    @cached_property
    def messages(self) -> MessageStore:
        """What admins want to be told, and what they were."""
        return MessageStore(self.connection, self._keyring)

    @cached_property
    def deliveries(self) -> DeliveryStore:
        """Messages on their way."""
        return DeliveryStore(self.connection)

    @cached_property
    def tales(self) -> TaleStore:
        """What there is to tell."""
        return TaleStore(self.connection)

    @cached_property
    def watch(self) -> WatchStore:
        """What operators ask over all spaces."""
        return WatchStore(self.connection)


class Store:
    """The database with its nouns. Safe to share between threads."""

    def __init__(self, database: Database, keyring: Keyring) -> None:
        self.database = database
        self.keyring = keyring
        self._rest = Rest(REST_SECONDS)

    @contextmanager
    def read(self) -> Iterator[Desk]:
        """A desk to look at. Raises TryLater where the database is away."""
        with self.database.read() as connection:
            yield Desk(connection, self.keyring)

    @contextmanager
    def write(self) -> Iterator[Desk]:
        """A desk to work at; its changes are kept together or not at all.

        Raises TryLater where the database is away.
        """
        with self.database.write() as connection:
            yield Desk(connection, self.keyring)

    def gate(self, space_id: str) -> PanelGate | None:
        """What a panel has to know of the space first, as quickly as it can be asked: it is asked
        with every panel. None where there is no such space. Raises TryLater.
        """
        if self.database.is_sqlite:
            return self._ask_gate(space_id)
        if self._rest.is_on():
            raise StoreAway(
                "The database did not answer a moment ago.", hint="It is asked again in a moment."
            )
        began = time.monotonic()
        try:
            with hurried(GATE_SECONDS):
                return self._ask_gate(space_id)
        except StoreAway:
            if time.monotonic() - began > SLOW_SECONDS:
                self._rest.begin()  # it cost time to find out; not everybody has to
            raise

    def _ask_gate(self, space_id: str) -> PanelGate | None:
        try:
            row = self.database.glance(GATE, space_id)
        except self.database.driver_errors:
            with self.read() as desk:  # which says what is wrong, if it still is
                return desk.spaces.gate(space_id)
        return read_gate(space_id, row) if row else None

    def free_mib(self) -> int | None:
        """What the disk of the embedded database has left; None for a server."""
        name = self.database.engine.url.database
        if not self.database.is_sqlite or not name or name == ":memory:":
            return None
        return shutil.disk_usage(Path(name).parent).free // MIB

    def upgrade(self) -> bool:
        """Bring the tables to our newest form; False where a newer version has been here."""
        return upgrade(self.database)

    def reseal(self) -> int:
        """How many secrets were sealed anew, all with the first key. Raises SetupError."""
        with self.database.write() as connection:
            return reseal(connection, self.keyring)

    def ensure_reachable(self) -> None:
        """Pass only if the database answers. Raises TryLater."""
        self.database.ensure_reachable()

    def ensure_migrated(self) -> None:
        """Pass only if this version can work on the tables. Raises TryLater."""
        if not is_usable(self.database):
            raise not_migrated()
