"""From settings to objects: the one place that builds stores, clients, service and runner.

As much as possible is checked before anything is opened. The database and the queue are connected
when they are first used, so that a server that is away is a failing check and no failing start.
"""

import os
import socket
from typing import Self

from sync.clock import sleep, utcnow
from sync.engine import Runner
from sync.factory.clients import Clients
from sync.factory.messages import make_carriers, message_errands
from sync.factory.options import account_options, engine_options, panel_options
from sync.flights import RedisFlights
from sync.http.hosts import HostPolicy
from sync.keyring import Keyring
from sync.logs import configure_logs
from sync.metrics import keep_in
from sync.panel import Panel
from sync.queue import open_queue
from sync.sentry import report_to
from sync.service import (
    Accounts,
    Activation,
    Administration,
    Connecting,
    CrmHooks,
    Errand,
    Following,
    HandOffs,
    Hashing,
    HotList,
    Messages,
    Offers,
    Operating,
    Parts,
    Previews,
    Records,
    Service,
    SettingUp,
    Tidying,
    Webhooks,
)
from sync.settings import Settings, load_settings
from sync.store import Store, open_database
from sync.store.allowances import RowAllowance
from sync.tracing import send_spans_to

__all__ = ["Application", "open_application"]


class Application:
    """All that runs in one process. As a context manager it closes what it opened."""

    def __init__(self, settings: Settings) -> None:
        keyring = Keyring.parse(settings.secret_keys.get_secret_value())
        options = engine_options(settings)
        policy = HostPolicy(settings.allowed_api_hosts)
        policy.check(settings.acton_base_url)
        self.store = Store(open_database(settings.database_url.get_secret_value()), keyring)
        self.queue = open_queue(settings.queue_url.get_secret_value())
        self._flights = _open_flights(settings)
        clients = Clients(settings, policy, self.store)
        self.form_secrets = keyring.secrets_for("forms")
        self.accounts = Accounts(self.store, Hashing(), account_options(settings))
        parts = Parts(
            store=self.store,
            vendors=clients,
            bell=self.queue,
            options=options,
            public_url=settings.public_url,
            auto_approve=settings.auto_approve,
        )
        self._open_pages(parts)
        carriers = make_carriers(settings)
        self.messages = Messages(parts, carriers)
        self.tidying = _make_tidying(self.store, settings)
        self.errands = (*self._make_errands(parts), *message_errands(parts, carriers))
        self.service = Service(
            self.store,
            clients.connect,
            self.queue,
            allow_host=policy.check,
            options=options,
            public_url=settings.public_url,
            cache=self._flights.ensure_reachable if self._flights else None,
        )
        told = panel_options(settings)
        connect = clients.connect_for_person
        self.panel = Panel(self.store, connect, keyring, told, flights=self._flights)
        whose = f"{socket.gethostname()}:{os.getpid()}"
        self.runner = Runner(self.store, clients.connect, keyring, owner=whose, options=options)

    def _make_errands(self, parts: Parts) -> tuple[Errand, ...]:
        """What workers look after besides runs and messages."""
        return (
            Errand(name="hand_offs", do=HandOffs(parts).look_after),
            Errand(name="following", do=self.following.do),
            Errand(name="webhook_registrations", do=self.crm_hooks.look_after),
            Errand(name="momentum", do=self.hot_list.count_due),
        )

    def _open_pages(self, parts: Parts) -> None:
        """The services behind the pages of admins and operators."""
        self.activation = Activation(parts)
        self.offers = Offers(parts)
        self.connecting = Connecting(parts)
        self.previews = Previews(parts)
        self.setting_up = SettingUp(parts)
        self.administration = Administration(parts)
        self.records = Records(parts)
        self.hot_list = HotList(parts)
        self.operating = Operating(parts)
        self.webhooks = Webhooks(parts)
        self.crm_hooks = CrmHooks(parts)
        self.following = Following(parts)

    def upgrade_database(self) -> bool:
        """Bring the tables to the shape that this version needs; False where a newer version has
        been here, which leaves in place what this one needs. Raises TryLater.
        """
        return self.store.upgrade()

    def close(self) -> None:
        """Give back all connections."""
        self.queue.close()
        self.store.database.close()
        if self._flights:
            self._flights.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def open_application(settings: Settings | None = None, *, quiet: bool = False) -> Application:
    """The application, with its logs configured; `settings` None: those of the environment.

    `quiet` is for a person at the shell, who wants no "info" between the lines of the result.
    Raises SettingsError, and SetupError for an ACTON_BASE_URL that may not be called.
    """
    settings = settings or load_settings()
    too_much = quiet and settings.log_level == "info"
    configure_logs(settings.log_format, "warning" if too_much else settings.log_level)
    _watch(settings)
    return Application(settings)


def _watch(settings: Settings) -> None:
    """Let others see what this process does, as far as the settings say."""
    if settings.metrics_dir:
        keep_in(settings.metrics_dir)
    if settings.sentry_dsn:
        report_to(settings.sentry_dsn.get_secret_value())
    if settings.otlp_endpoint:
        send_spans_to(settings.otlp_endpoint)


def _open_flights(settings: Settings) -> RedisFlights | None:
    return RedisFlights(settings.cache_url.get_secret_value()) if settings.cache_url else None


def _make_tidying(store: Store, settings: Settings) -> Tidying:
    once_a_day = RowAllowance(store.database, "tidying", per_second=1, per_window=1, sleep=sleep)
    return Tidying(store, once_a_day, outcome_days=settings.outcome_days, now=utcnow, sleep=sleep)
