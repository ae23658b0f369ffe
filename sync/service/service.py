"""What pages, endpoint, worker and command line may ask of the product; each call one question.

It decides little itself: when a space is due is said by `rules.schedule`, whether a run starts by
the run ledger, what a row becomes by the engine. It does no run: it rings the bell for a worker.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime

import structlog

from sync.clock import Now, utcnow
from sync.engine import EngineOptions
from sync.errors import SetupError
from sync.keyring import check_public_key, generate_key
from sync.metrics import exposition
from sync.model import (
    SHELL,
    Event,
    LaunchAlgorithm,
    LaunchKey,
    Space,
    SpaceSettings,
    SpaceStatus,
)
from sync.model.condition import Condition
from sync.pipeliner.provisioning import Provisioned, provision
from sync.ports import nobody_stops_us
from sync.preview import Preview, make_preview
from sync.rules.auditing import changes_of_space
from sync.service.checking import check_acton, check_pipeliner, looked
from sync.service.common import change_status, record
from sync.service.crm_hooks import place
from sync.service.daily import due_after_change
from sync.service.readiness import Readiness
from sync.service.running import Running
from sync.service.values import Bell, Checked, Connect, Imported
from sync.service.watching import Watching
from sync.store import Desk, Store

log = structlog.get_logger(__name__)


class Service(Running):
    """The product's own interface: same calls for a page, the endpoint and the shell."""

    def __init__(
        self,
        store: Store,
        connect: Connect,
        bell: Bell,
        *,
        allow_host: Callable[[str], None],
        options: EngineOptions,
        public_url: str | None = None,
        cache: Callable[[], None] | None = None,
        now: Now = utcnow,
    ) -> None:
        """`cache` passes only if the cache answers; None: there is none beside the process."""
        super().__init__(store, bell, now)
        self._connect = connect
        self._allow_host = allow_host
        self._options = options
        self._public_url = public_url
        looks: dict[str, Callable[[], object]] = {
            "database": store.ensure_reachable,
            "migrations": store.ensure_migrated,
            "queue": bell.size,
        }
        self._readiness = Readiness(looks | ({"cache": cache} if cache else {}))
        self._watching = Watching(store, bell, self.health, now)

    # --- spaces ----------------------------------------------------------------------------------

    def import_spaces(self, spaces: Sequence[Space]) -> list[Imported]:
        """The spaces as saved, all or none: each replaces what was known of it.

        Raises SetupError for a host that may not be called; then nothing is saved.
        """
        for space in spaces:
            self._check_hosts(space)
        now = self._now()
        with self._store.write() as desk:
            return [_import(desk, space, now) for space in spaces]

    def spaces(self) -> list[Space]:
        """All spaces, by id."""
        with self._store.read() as desk:
            return sorted(desk.spaces.all(), key=lambda space: space.space_id)

    def space(self, space_id: str) -> Space:
        """One space. Raises NotFound."""
        with self._store.read() as desk:
            return desk.spaces.get(space_id)

    def approve(self, space_id: str) -> Space:
        """The space, synced daily from its next sync time on. Raises NotFound."""
        return self._set_status(space_id, SpaceStatus.RUNNING, Event.APPROVED)

    def suspend(self, space_id: str) -> Space:
        """The space, no longer synced. A run under way ends by itself. Raises NotFound."""
        return self._set_status(space_id, SpaceStatus.SUSPENDED, Event.SUSPENDED)

    def rotate_panel_keys(self, space_id: str) -> None:
        """Every panel key of the space is void from now on; the sync writes new ones.

        Raises NotFound.
        """
        with self._store.write() as desk:
            desk.spaces.get(space_id)
            desk.spaces.raise_panel_epoch(space_id, now=self._now())
            record(desk, SHELL, Event.PANEL_KEYS_ROTATED, space_id, self._now())

    def make_launch_key(self, space_id: str) -> str:
        """A new secret that the space's host signs panel launches with (HS256). It is shown this
        once; the one before is void. Raises NotFound.
        """
        secret = generate_key()
        self._save_launch_key(space_id, LaunchKey(algorithm=LaunchAlgorithm.HS256, key=secret))
        return secret

    def set_launch_public_key(self, space_id: str, pem: str) -> None:
        """Let the host sign panel launches with the private half of this key (RS256).

        Raises NotFound, InvalidInput.
        """
        check_public_key(pem)
        self._save_launch_key(space_id, LaunchKey(algorithm=LaunchAlgorithm.RS256, key=pem))

    # --- what asks the vendors -------------------------------------------------------------------

    def provision(self, space_id: str) -> Provisioned:
        """Our custom fields, the embedded page and the webhook, in place in Pipeliner and noted in
        the store.

        Raises NotFound and what the Pipeliner client raises.
        """
        with self._store.read() as desk:
            space = desk.spaces.get(space_id)
            known = desk.spaces.fields(space_id)
        connections = self._connect(space, nobody_stops_us)
        provisioned = provision(connections.pipeliner, known, self._panel_url)
        with self._store.write() as desk:
            desk.spaces.save_fields(space_id, provisioned.fields)
        if self._public_url is None:
            return provisioned  # which says so already
        finding = place(self._store, connections.pipeliner, space_id, self._public_url)
        findings = (*provisioned.findings, *([finding] if finding else ()))
        return replace(provisioned, findings=findings)

    def preview(self, space_id: str, settings: SpaceSettings | None = None) -> Preview:
        """What a run would do now, with these settings or those of the space; nothing is written.

        Raises NotFound and what clients raise.
        """
        space = self.space(space_id)
        space = replace(space, settings=settings) if settings else space
        connections = self._connect(space, nobody_stops_us)
        return make_preview(space, self._store, connections, now=self._now, options=self._options)

    def check(self, space_id: str) -> Iterator[Checked]:
        """What was looked at for one space, live: hosts, log-ins, owner, fields.

        Raises NotFound.
        """
        with self._store.read() as desk:
            space, known = desk.spaces.get(space_id), desk.spaces.fields(space_id)
        hosts = list(looked(f"{space_id}: hosts", lambda: self._check_hosts(space)))
        yield from hosts
        if any(one.problem for one in hosts):
            return  # every call would only say the same again
        connections = self._connect(space, nobody_stops_us)
        yield from check_acton(space, connections.acton)
        yield from check_pipeliner(space, known, connections.pipeliner)

    def reseal(self) -> int:
        """How many stored secrets were sealed anew, all with the first key: the others are needed
        for them no more. Raises SetupError, having changed nothing, where one cannot be opened.
        """
        return self._store.reseal()

    def health(self) -> dict[str, str]:
        """What readiness needs, by name: empty text where it is well, else the problem.

        The answer comes within a few seconds, whatever is away.
        """
        return self._readiness.problems()

    def metrics(self) -> bytes:
        """Numbers for Prometheus: what this machine's processes counted, and figures over all
        spaces as far as they can be had."""
        return exposition(self._watching.figures())

    def condition(self) -> Condition:
        """How the service as a whole is, in numbers that name nobody. Raises TryLater."""
        return self._watching.condition()

    # --- inside ----------------------------------------------------------------------------------

    @property
    def _panel_url(self) -> str | None:
        return f"{self._public_url}/panel" if self._public_url else None

    def _check_hosts(self, space: Space) -> None:
        for url in (space.pipeliner.service_url, space.acton.base_url):
            if url:
                self._allow_host(url)

    def _save_launch_key(self, space_id: str, key: LaunchKey) -> None:
        with self._store.write() as desk:
            desk.spaces.get(space_id)
            desk.spaces.save_launch_key(space_id, key)
            record(desk, SHELL, Event.LAUNCH_KEY_CHANGED, space_id, self._now())

    def _set_status(self, space_id: str, status: SpaceStatus, event: Event) -> Space:
        with self._store.write() as desk:
            space = desk.spaces.get(space_id)
            return change_status(desk, space, status, event, now=self._now())


def _import(desk: Desk, space: Space, now: datetime) -> Imported:
    before, created = None, False
    try:
        before = desk.spaces.find(space.space_id)
        created = before is None
    except SetupError:
        # Its secrets no longer open; importing it anew is how they are entered again.
        log.warning("space_was_unreadable", space=space.space_id)
    desk.spaces.save(space, now=now, by=SHELL.email)
    changes = changes_of_space(before, space)
    record(desk, SHELL, Event.SPACE_IMPORTED, space.space_id, now, changes=changes)
    desk.spaces.set_next_due(space.space_id, due_after_change(before, space, now))
    return Imported(space=desk.spaces.get(space.space_id), created=created)
