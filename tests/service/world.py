"""Administration over a real store, between fake vendors: people who act, and what happens to them.

Three people where rights matter: Anna is an admin of acme, Bert of another space, Olga an operator.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

from argon2 import PasswordHasher

from sync.clock import Deadline
from sync.engine import EngineOptions, Runner
from sync.errors import CredentialsRefused, IntegrationError, SetupError
from sync.keyring import Keyring, generate_key
from sync.messages import Writer
from sync.model import (
    ActOnAccess,
    ActOnAccount,
    Actor,
    CallsUsed,
    LeadStep,
    LeadType,
    PipelinerAccess,
    Run,
    Space,
    SpaceSettings,
    SpaceStatus,
    Trigger,
    Webresource,
)
from sync.model.messages import Bodies
from sync.ports import CallCount, Connections
from sync.rules.priorities import Priority
from sync.service import (
    AccountOptions,
    Accounts,
    Activation,
    Administration,
    Carriers,
    Connecting,
    CrmHooks,
    Delivering,
    Digesting,
    Following,
    HandOffs,
    Hashing,
    HotList,
    Judging,
    Messages,
    Offers,
    Operating,
    Parts,
    Previews,
    Records,
    SettingUp,
    Webhooks,
)
from sync.store import Store, open_database
from tests.databases import put_tables
from tests.engine.fakes import FakeActOn, FakePipeliner, all_fields

NOON = datetime(2026, 3, 3, 12, 0, tzinfo=UTC)
PASSWORD = "a long enough pass phrase"
CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
LEAD_TYPE = LeadType(
    lead_type_id="t1",
    name="Web",
    process_id="p1",
    steps=(LeadStep(step_id="s1", name="New", process_id="p1", order=1),),
)


@dataclass
class FakeBell:
    """Remembers for whom it was rung."""

    rung: list[int] = field(default_factory=list)

    def ring(self, run_id: int, priority: Priority) -> None:
        self.rung.append(run_id)

    def size(self) -> int:
        return len(self.rung)


class OwnActOn(FakeActOn):
    """An account that may refuse whoever asks."""

    def __init__(self) -> None:
        super().__init__()
        self.refusal: IntegrationError | None = None

    def fetch_account(self) -> ActOnAccount | None:
        if self.refusal is not None:
            raise self.refusal
        return ActOnAccount(account_id="12345", name="Acme Marketing")


class OwnPipeliner(FakePipeliner):
    """A space that may refuse a key, or a right."""

    def __init__(self) -> None:
        super().__init__()
        self.refusal: IntegrationError | None = None
        self.may_create = True
        self.lead_types: Sequence[LeadType] = (LEAD_TYPE,)
        self.pages: list[Webresource] = []

    def fetch_users(self):
        if self.refusal is not None:
            raise self.refusal
        return super().fetch_users()

    def may_create_fields(self) -> bool:
        return self.may_create

    def fetch_lead_types(self) -> Sequence[LeadType]:
        return self.lead_types

    def fetch_webresources(self) -> Sequence[Webresource]:
        return self.pages

    def create_webresource(self, *, entity, name, url):
        made = super().create_webresource(entity=entity, name=name, url=url)
        self.pages.append(made)
        return made


@dataclass
class FakeLogIn:
    """A log-in of one space; remembers what it was asked for."""

    vendors: "FakeVendors"
    space: Space

    def prove_password(self) -> None:
        if self.vendors.refusal is not None:
            raise self.vendors.refusal
        self.vendors.held.add(self.space.space_id)

    def authorize_url(self, *, redirect_uri: str, state: str) -> str:
        self.vendors.states.append(state)
        return f"https://acton.example/authorize?state={state}&redirect_uri={redirect_uri}"

    def exchange_code(self, code: str, *, redirect_uri: str) -> None:
        if code != "good":
            raise CredentialsRefused("No.")
        self.prove_password()

    def is_held(self) -> bool:
        return self.space.space_id in self.vendors.held

    def forget(self) -> None:
        self.vendors.held.discard(self.space.space_id)


@dataclass
class FakeVendors:
    """Both vendors of all spaces, and which access is held."""

    acton: OwnActOn = field(default_factory=OwnActOn)
    pipeliner: OwnPipeliner = field(default_factory=OwnPipeliner)
    refusal: IntegrationError | None = None
    held: set[str] = field(default_factory=set)
    states: list[str] = field(default_factory=list)
    asked_as: list[Space] = field(default_factory=list)
    carried: list[tuple[Space, Space]] = field(default_factory=list)
    used: int = 17

    def connect(self, space: Space, guard: Callable[[], None]) -> Connections:
        self.asked_as.append(space)
        return Connections(acton=self.acton, pipeliner=self.pipeliner, calls=CallCount())

    def connect_for_person(self, space: Space, deadline: Deadline) -> Connections:
        return self.connect(space, lambda: None)

    def log_in(self, space: Space) -> FakeLogIn:
        return FakeLogIn(self, space)

    def carry_access(self, before: Space, after: Space) -> None:
        self.carried.append((before, after))

    def calls_used(self, acton: ActOnAccess, budget: int) -> CallsUsed:
        return CallsUsed(used=self.used, budget=budget, begins_anew_at=NOON + timedelta(hours=12))

    def allow_host(self, url: str) -> None:
        if "pipelinersales.com" not in url:
            raise SetupError("The host may not be called.", kind="host")


@dataclass
class FakeMailer:
    """Keeps the mails that it takes: (recipient, what it says, name of the message)."""

    taken: list[tuple[str, Bodies, str]] = field(default_factory=list)
    refusals: list[Exception] = field(default_factory=list)  # of the next mails, in turn

    def send(self, recipient: str, bodies: Bodies, *, name: str) -> None:
        if self.refusals:
            raise self.refusals.pop(0)
        self.taken.append((recipient, bodies, name))


@dataclass
class FakeHook:
    """Keeps what is posted, and refuses addresses inside."""

    taken: list[tuple[str, Mapping[str, object]]] = field(default_factory=list)
    refusals: list[Exception] = field(default_factory=list)

    def check(self, url: str) -> None:
        if "inside" in url:
            raise SetupError("The host 'inside' may not be called.", kind="host")

    def post(self, url: str, payload: Mapping[str, object]) -> None:
        if self.refusals:
            raise self.refusals.pop(0)
        self.taken.append((url, payload))


def make_space(space_id: str = "acme", **changes: object) -> Space:
    space = Space(
        space_id=space_id,
        name="Acme",
        time_zone="Europe/Berlin",
        status=SpaceStatus.RUNNING,
        pipeliner=PipelinerAccess(
            service_url="https://eu.api.pipelinersales.com",
            username="us_1",
            password="pipeliner secret",
        ),
        acton=ActOnAccess(username="marketing@example.com", password="act-on secret"),
        settings=SpaceSettings(threshold=40, sync_time=time(2, 0), owner="anna@example.com"),
    )
    return replace(space, **changes)


class AdminWorld:
    """All services on an embedded database."""

    def __init__(self, folder: Path) -> None:
        self.keyring = Keyring.parse(generate_key())
        put_tables(folder / "sync.db")
        self.store = Store(open_database(f"sqlite:///{folder / 'sync.db'}"), self.keyring)
        self.time = NOON
        self.vendors = FakeVendors()
        self.vendors.acton.add_list("l-0001", "Spring")
        self.bell = FakeBell()
        self.mailer: FakeMailer | None = FakeMailer()
        self.hook = FakeHook()
        self.choose()

    def choose(
        self,
        *,
        auto_approve: bool = False,
        public_url: str | None = "https://acton.example.com",
        **options: object,
    ) -> None:
        """The operator's settings."""
        parts = Parts(
            store=self.store,
            vendors=self.vendors,
            bell=self.bell,
            options=EngineOptions(),
            public_url=public_url,
            auto_approve=auto_approve,
            now=lambda: self.time,
        )
        self.accounts = Accounts(
            self.store, Hashing(CHEAP), AccountOptions(**options), now=lambda: self.time
        )
        self.activation = Activation(parts)
        self.offers = Offers(parts)
        self.connecting = Connecting(parts)
        self.previews = Previews(parts, spawn=lambda work: work())
        self.setting_up = SettingUp(parts)
        self.administration = Administration(parts)
        self.records = Records(parts)
        self.hot_list = HotList(parts)
        self.operating = Operating(parts)
        self.webhooks = Webhooks(parts)
        self.hand_offs = HandOffs(parts)
        self.crm_hooks = CrmHooks(parts)
        self.following = Following(parts)
        carriers = Carriers(
            writer=Writer(parts.public_url, "https://crm.example.com/{space}/{collection}/{id}"),
            hook=self.hook,
            mailer=self.mailer,
        )
        self.messages = Messages(parts, carriers)
        self.judging = Judging(parts, carriers)
        self.digesting = Digesting(parts, carriers)
        self.delivering = Delivering(parts, carriers)

    def run_errands(self) -> None:
        """A worker looks after messages once."""
        for do in (self.judging.look, self.digesting.make, self.delivering.deliver):
            do(lambda: False)

    # --- people ----------------------------------------------------------------------------------

    def actor(self, email: str) -> Actor:
        """Somebody with an account, made where there is none."""
        with self.store.write() as desk:
            found = desk.accounts.find(email) or desk.accounts.create(
                email,
                name="",
                password_hash=CHEAP.hash(PASSWORD),
                is_operator=email.startswith("olga"),
                email_verified=True,
                now=self.time,
            )
            assert found is not None
            return desk.accounts.actor(found)

    def admin_of(self, email: str, space_id: str) -> Actor:
        """Somebody who is an admin of the space."""
        actor = self.actor(email)
        with self.store.write() as desk:
            desk.accounts.join(actor.account_id, space_id, now=self.time)
        return self.actor(email)

    @property
    def anna(self) -> Actor:
        return self.admin_of("anna@example.com", "acme")

    @property
    def bert(self) -> Actor:
        return self.admin_of("bert@example.com", "other")

    @property
    def olga(self) -> Actor:
        return self.actor("olga@example.com")

    # --- spaces ----------------------------------------------------------------------------------

    def add_space(self, space_id: str = "acme", *, provisioned: bool = True, **changes) -> Space:
        space = make_space(space_id, **changes)
        with self.store.write() as desk:
            desk.spaces.save(space, now=self.time)
            if provisioned:
                desk.spaces.save_fields(space_id, all_fields())
        return space

    def space(self, space_id: str = "acme") -> Space:
        with self.store.read() as desk:
            return desk.spaces.get(space_id)

    def later(self, **much: float) -> None:
        self.time += timedelta(**much)

    def work(self, run_id: int) -> Run:
        """A worker does the run."""
        runner = Runner(
            self.store,
            self.vendors.connect,
            self.keyring,
            owner="test",
            options=EngineOptions(),
            now=lambda: self.time,
            sleep=lambda seconds: None,
        )
        run = runner.work(run_id)
        assert run is not None
        return run

    def sync(self) -> Run:
        """A manual run, from beginning to end."""
        return self.work(self.administration.start(self.anna, "acme").run.run_id)

    def work_off(self) -> list[Run]:
        """Workers do every run for which somebody rang."""
        rung, self.bell.rung = self.bell.rung, []
        return [self.work(run_id) for run_id in rung]

    def fails(self, trouble: IntegrationError, *, nights: int, space_id: str = "acme") -> None:
        """Act-On refuses the runs of so many nights."""
        self.vendors.acton.fail("l-0001", trouble)
        for _ in range(nights):
            self.later(days=1)
            with self.store.write() as desk:
                run, _ = desk.runs.ask(space_id, self.time.date(), Trigger.DAILY, now=self.time)
            self.work(run.run_id)
        self.later(hours=1)

    def events(self) -> list[str]:
        """What the audit trail says, oldest first."""
        with self.store.read() as desk:
            return [one.event.value for one in reversed(desk.audit.page(limit=1000))]
