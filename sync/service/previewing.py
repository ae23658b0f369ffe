"""Previews: made in the background from one reading, then asked about any threshold for an hour.

A preview is made by a thread of the process that was asked; which process answers later does not
matter, since progress and result are in the database.
"""

import secrets
import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Final

import structlog

from sync.errors import Conflict, IntegrationError, NotFound, TryLater
from sync.metrics import ERRORS
from sync.model import (
    Action,
    Actor,
    Foreseen,
    JobStatus,
    PreviewJob,
    Problem,
    Progress,
    SettingsChange,
    Space,
)
from sync.ports import nobody_stops_us
from sync.preview import explore
from sync.rules.foreseeing import foresee_at
from sync.rules.volume import limit_of
from sync.service.activation import UNFINISHED
from sync.service.common import get_space
from sync.service.values import Parts

log = structlog.get_logger(__name__)

AT_ONCE: Final = 2  # in one process; each keeps its papers in a file of its own
NAME_BYTES: Final = 24


def _in_thread(work: Callable[[], None]) -> None:
    threading.Thread(target=work, name="preview", daemon=True).start()


class Previews:
    """What a run would do. Every method raises NotFound and NotAllowed.

    `spawn` runs the making beside the caller; tests pass one that runs it at once.
    """

    def __init__(
        self, parts: Parts, *, spawn: Callable[[Callable[[], None]], None] = _in_thread
    ) -> None:
        self._parts = parts
        self._store = parts.store
        self._now = parts.now
        self._spawn = spawn
        self._places = threading.BoundedSemaphore(AT_ONCE)

    def start(
        self, actor: Actor, space_id: str, change: SettingsChange | None = None
    ) -> PreviewJob:
        """A preview being made, with these settings or those of the space; nothing is saved.

        Raises Conflict where this process makes as many as it can.
        """
        with self._store.read() as desk:
            space = get_space(desk, actor, Action.PREVIEW, space_id)
        candidate = _with(space, change)
        if not self._places.acquire(blocking=False):
            raise Conflict("Other previews are being made. Try again in a minute.", kind="busy")
        job_id, now = secrets.token_urlsafe(NAME_BYTES), self._now()
        try:
            with self._store.write() as desk:
                desk.previews.begin(
                    job_id, space_id, candidate.settings, candidate.time_zone, now=now
                )
        except BaseException:
            self._places.release()
            raise
        self._spawn(lambda: self._make_and_leave(job_id, candidate))
        return self.get(actor, space_id, job_id)

    def get(self, actor: Actor, space_id: str, job_id: str) -> PreviewJob:
        """A preview as it stands. Raises NotFound where it is older than an hour too."""
        now = self._now()
        with self._store.read() as desk:
            get_space(desk, actor, Action.PREVIEW, space_id)
            found = desk.previews.find(space_id, job_id, now=now)
        if found is None:
            raise NotFound("This preview is gone.", hint="Make a new one.", kind="preview_gone")
        return found

    def foresee(
        self,
        actor: Actor,
        space_id: str,
        job_id: str,
        *,
        threshold: int | None = None,
        volume_guard: int | None = None,
    ) -> Foreseen:
        """What a run would do at this threshold (None: that of the preview); asks no vendor.

        `volume_guard` None: as much as the next run may create. Raises Conflict while it is not
        made.
        """
        job = self.get(actor, space_id, job_id)
        if job.status is not JobStatus.DONE or job.curve is None:
            raise Conflict("This preview is not made yet.", kind="preview_unfinished")
        guard = self._limit(job) if volume_guard is None else volume_guard
        return foresee_at(
            job.curve,
            job.settings.threshold if threshold is None else threshold,
            volume_guard=guard,
            batch_size=self._parts.options.batch_size,
        )

    def _limit(self, job: PreviewJob) -> int | None:
        """How much the next run may create. Of a space that is not activated it is what is shown
        here, unless the settings have a limit of their own."""
        own = job.settings.volume_guard
        with self._store.read() as desk:
            if desk.spaces.get(job.space_id).status in UNFINISHED:
                return own
            limit = limit_of(desk.volumes.of_space(job.space_id, now=self._now()), own)
        return limit.leads if limit else None

    def _make_and_leave(self, job_id: str, space: Space) -> None:
        try:
            self._make(job_id, space)
        finally:
            self._places.release()

    def _make(self, job_id: str, space: Space) -> None:
        try:
            curve = explore(
                space,
                self._store,
                self._parts.vendors.connect(space, nobody_stops_us),
                now=self._now,
                options=self._parts.options,
                report=lambda progress: self._tell(job_id, progress),
            )
            with self._store.write() as desk:
                desk.previews.finish(job_id, curve, now=self._now())
        except IntegrationError as error:
            ERRORS.add("preview", error.kind)
            problem = Problem(kind=error.kind, message=error.message, hint=error.hint)
            self._fail(job_id, problem)
        except Exception:  # a bug, in a thread of its own: whoever waits for the preview is told
            log.exception("preview_broke", space=space.space_id)
            ERRORS.add("preview", "bug")
            self._fail(job_id, _a_bug())

    def _tell(self, job_id: str, progress: Progress) -> None:
        with self._store.write() as desk:
            desk.previews.save_progress(job_id, progress, now=self._now())

    def _fail(self, job_id: str, problem: Problem) -> None:
        try:
            with self._store.write() as desk:
                desk.previews.fail(job_id, problem, now=self._now())
        except TryLater as error:
            # The database is away; whoever waits is told that the preview was broken off.
            log.warning("preview_failure_not_saved", kind=error.kind)


def _with(space: Space, change: SettingsChange | None) -> Space:
    if change is None:
        return space
    acton = replace(
        space.acton,
        marketing_domain_url=change.marketing_domain_url,
        account_id=space.acton.account_id,  # what access is held depends on it
    )
    return replace(space, settings=change.settings, time_zone=change.time_zone, acton=acton)


def _a_bug() -> Problem:
    return Problem(
        kind="bug",
        message="Something unexpected happened inside the integration.",
        hint="The log has the details. Please report it.",
    )
