"""A space with people whose panels are looked at: two fake vendors, a clock that tests move."""

import base64
import hashlib
import hmac
import json
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from sqlalchemy import delete

from sync.flights import Flights
from sync.keyring import Keyring, generate_key
from sync.model import (
    ActOnAccess,
    Deed,
    IndexedContact,
    LaunchAlgorithm,
    LaunchKey,
    LinkState,
    NewLink,
    PersonRecord,
    PipelinerAccess,
    ScoreSource,
    Space,
    SpaceSettings,
    SpaceStatus,
    Trigger,
)
from sync.panel import Panel, PanelOptions, Pass
from sync.ports import CallCount, Connections
from sync.rules.keys import link_key, person_digest
from sync.rules.panel_keys import PANEL_KEY_PURPOSE, make_panel_key
from sync.store import Store, open_database
from sync.store.tables import score_history
from tests.engine.fakes import all_fields
from tests.panel.fakes import ActOn, Line, Pipeliner

NOON = datetime(2026, 3, 3, 12, 0, tzinfo=UTC)
LAST_NIGHT = NOON - timedelta(hours=10)
AUDIENCE = "https://panel.example.com/panel"
SPACE, OTHER_SPACE = "acme_sales", "other_sales"
ANN, BOB = "ann@example.com", "bob@example.com"
OPTIONS = PanelOptions(
    audience=AUDIENCE,
    record_url="https://crm.example.com/{space}/{collection}/{id}",
)


@dataclass(frozen=True)
class Known:
    """Somebody whom the sync has linked."""

    person: str
    address: str
    contact_id: str
    lead_ids: Sequence[str]


def make_space(space_id: str = SPACE) -> Space:
    return Space(
        space_id=space_id,
        name="Acme",
        time_zone="Europe/Berlin",
        status=SpaceStatus.RUNNING,
        pipeliner=PipelinerAccess(
            service_url="https://crm.example.com", username="u", password="pipeliner secret"
        ),
        acton=ActOnAccess(account_id="12345", username="m@example.com", password="act-on secret"),
        settings=SpaceSettings(threshold=40, sync_time=time(2, 0), owner="anna@example.com"),
    )


class World:
    """Two spaces, both vendors of the first, and the verbs of a story: `sync_links`, `minutes`…"""

    def __init__(self, database: Path, keyring: Keyring) -> None:
        self.keyring = keyring
        self.store = Store(open_database(f"sqlite:///{database}"), keyring)
        self.acton, self.pipeliner = ActOn(), Pipeliner()
        self.line = Line(self._connections)
        self.time = NOON
        self.slept: list[float] = []
        self.options = OPTIONS
        self.flights: Flights | None = None
        for space_id in (SPACE, OTHER_SPACE):
            self.change_space(make_space(space_id))
            with self.store.write() as desk:
                desk.spaces.save_fields(space_id, all_fields())

    @property
    def panel(self) -> Panel:
        """The panel with the options as they are now."""
        return Panel(
            self.store,
            self.line,
            self.keyring,
            self.options,
            flights=self.flights,
            now=lambda: self.time,
            sleep=self.sleep,
        )

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)

    def _connections(self) -> Connections:
        return Connections(acton=self.acton, pipeliner=self.pipeliner, calls=CallCount())

    # --- time and settings -----------------------------------------------------------------------

    def passes(self, **much: float) -> None:
        """So much time passes."""
        self.time += timedelta(**much)

    def set(self, **options: object) -> None:
        self.options = replace(self.options, **options)  # type: ignore[arg-type]

    def change_space(self, space: Space) -> None:
        with self.store.write() as desk:
            desk.spaces.save(space, now=self.time)

    def names_a_score_column(self) -> None:
        """Each list has scores of its own from now on."""
        with self.store.read() as desk:
            space = desk.spaces.get(SPACE)
        self.change_space(
            replace(space, settings=replace(space.settings, score_column="Lead Score"))
        )

    def stands(self, status: SpaceStatus, space_id: str = SPACE) -> None:
        with self.store.write() as desk:
            desk.spaces.set_status(space_id, status)

    def revoke_keys(self) -> None:
        with self.store.write() as desk:
            desk.spaces.raise_panel_epoch(SPACE, now=self.time)

    def set_launch_key(self, key: str, *, algorithm: str = "HS256", space_id: str = SPACE) -> None:
        with self.store.write() as desk:
            desk.spaces.save_launch_key(
                space_id, LaunchKey(algorithm=LaunchAlgorithm(algorithm), key=key)
            )

    # --- people ----------------------------------------------------------------------------------

    def sync_links(
        self,
        address: str = ANN,
        *,
        score: int | None = 40,
        lists: Sequence[str] = ("Spring",),
        record_id: str = "",
        source: ScoreSource = ScoreSource.ALL_CONTACTS,
        space_id: str = SPACE,
        name: str = "Ann Example",
    ) -> Known:
        """Last night's sync linked a person: Contact, a Lead for each list, and their score."""
        person = person_digest(space_id, address)
        contact_id = self.pipeliner.add_contact(address, name=name)
        if score is not None:
            self.pipeliner.set_score(contact_id, score)
        lead_ids = [self.pipeliner.add_lead(contact_id=contact_id) for _ in lists]
        for lead_id in lead_ids:
            lead = self.pipeliner.leads[lead_id]
            self.pipeliner.leads[lead_id] = replace(lead, score=score)
        with self.store.write() as desk:
            run, _ = desk.runs.ask(space_id, date(2026, 3, 3), Trigger.DAILY, now=LAST_NIGHT)
            desk.links.save(
                space_id,
                [
                    NewLink(
                        list_id=f"l-{list_name}",
                        person=person,
                        key=link_key(space_id, f"l-{list_name}", address),
                        state=LinkState.LINKED,
                        lead_id=lead_id,
                        contact_id=contact_id,
                        lead_name=f"{name} ({list_name})",
                        list_name=list_name,
                        run_id=run.run_id,
                    )
                    for list_name, lead_id in zip(lists, lead_ids, strict=True)
                ],
                now=LAST_NIGHT,
            )
        record = PersonRecord(
            person=person,
            address=address,
            contact_id=contact_id,
            acton_contact_id=record_id,
            score=score,
            score_read_at=LAST_NIGHT,
            score_source=source,
        )
        self.save(record, space_id=space_id)
        self.index_crm(space_id)
        return Known(person, address, contact_id, lead_ids)

    def save(self, record: PersonRecord, *, space_id: str = SPACE) -> None:
        with self.store.write() as desk:
            desk.people.save(space_id, [record], now=LAST_NIGHT)

    def index_crm(self, space_id: str = SPACE) -> None:
        """The sync reads all Contacts and Leads into our index."""

        def person_of(address: str) -> str:
            return person_digest(space_id, address)

        with self.store.write() as desk:
            desk.crm.save_contacts(space_id, list(self.pipeliner.contacts.values()), person_of)
            desk.crm.save_leads(space_id, list(self.pipeliner.leads.values()), person_of)

    def score_was(self, known: Known, *days_and_scores: tuple[float, int | None]) -> None:
        """The sync read these scores so many days ago, then the one that stands."""
        present = self.record(known.address)
        assert present is not None
        with self.store.write() as desk:
            desk.connection.execute(
                delete(score_history).where(score_history.c.person == known.person)
            )
        for days, score in days_and_scores:
            self.save(replace(present, score=score, score_read_at=NOON - timedelta(days=days)))
        self.save(present)

    # --- what became of it -----------------------------------------------------------------------

    def record(self, address: str = ANN, *, space_id: str = SPACE) -> PersonRecord | None:
        person = person_digest(space_id, address)
        with self.store.read() as desk:
            return desk.people.for_persons(space_id, [person]).get(person)

    def indexed_contact(self, contact_id: str) -> IndexedContact | None:
        with self.store.read() as desk:
            return desk.crm.contacts_by_id(SPACE, [contact_id]).get(contact_id)

    def lead_scores(self) -> list[int | None]:
        return [lead.score for lead in self.pipeliner.leads.values()]

    # --- ways in ---------------------------------------------------------------------------------

    def key_for(
        self,
        address: str = ANN,
        *,
        space_id: str = SPACE,
        epoch: int = 1,
        days: float = 30,
        keyring: Keyring | None = None,
        purpose: str = PANEL_KEY_PURPOSE,
    ) -> str:
        """A record key as the sync writes it."""
        signer = keyring or self.keyring
        return make_panel_key(
            space_id=space_id,
            epoch=epoch,
            person=person_digest(space_id, address),
            expires_at=self.time + timedelta(days=days),
            key_id=signer.key_id,
            sign=lambda message: signer.sign(message, purpose=purpose),
        )

    def by_key(self, address: str = ANN, *, space_id: str = SPACE) -> Pass:
        """Somebody opens the panel of the person from the record."""
        return self.panel.open_with_key(self.key_for(address, space_id=space_id))

    def by_launch(self, contact_id: str, *, user: str | None = "u1", space_id: str = SPACE) -> Pass:
        """A user whom the host vouches for opens the panel of a Contact."""
        return Pass(
            space_id=space_id, epoch=1, contact_id=contact_id, user=user, opened_at=self.time
        )


# --- launches, signed without the library that checks them --------------------------------------


def encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def unsigned(claims: object, **header: object) -> str:
    parts = (header, claims)
    return ".".join(encode(json.dumps(part).encode()) for part in parts)


def sign_hs256(claims: object, secret: str, **header: object) -> str:
    body = unsigned(claims, **{"alg": "HS256", "typ": "JWT", **header})
    return f"{body}.{encode(hmac.digest(secret.encode(), body.encode(), hashlib.sha256))}"


class Host:
    """A host that signs with a private key."""

    def __init__(self) -> None:
        self._private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        public = self._private.public_key()
        self.public = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()

    def sign(self, claims: object, **header: object) -> str:
        body = unsigned(claims, **{"alg": "RS256", "typ": "JWT", **header})
        signature = self._private.sign(body.encode(), padding.PKCS1v15(), hashes.SHA256())
        return f"{body}.{encode(signature)}"


def deed(verb: str = "os", what: str = "Spring news", *, days_ago: float = 1, **more: Any) -> Deed:
    return Deed(at=NOON - timedelta(days=days_ago), verb=verb, what=what, **more)


@pytest.fixture(scope="session")
def host() -> Host:
    return Host()


@pytest.fixture(scope="session")
def other_host() -> Host:
    return Host()


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with our tables, made once."""
    path = tmp_path_factory.mktemp("panel") / "empty.db"
    store = Store(open_database(f"sqlite:///{path}"), Keyring.parse(generate_key()))
    store.upgrade()
    store.database.close()
    return path


@pytest.fixture
def world(tmp_path: Path, empty_database: Path) -> Iterator[World]:
    """Two spaces in which nobody is known yet."""
    database = tmp_path / "store.db"
    shutil.copy(empty_database, database)
    made = World(database, Keyring.parse(generate_key()))
    yield made
    made.store.database.close()
