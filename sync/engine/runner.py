"""One run from claim to end: holds the lease, orders the steps, leaves the run in a true state.

Every step is safe to repeat, so a run taken over simply begins again at the top: what is saved is
not done twice.
"""

import threading
from collections.abc import Callable
from datetime import timedelta

import structlog
from structlog.contextvars import bound_contextvars

from sync.clock import Now, Sleep, sleep, utcnow
from sync.engine.aside import put_aside, tell_operator
from sync.engine.cases import decide_all, make_policy
from sync.engine.checks import check_fields, check_owner
from sync.engine.ending import Ending, a_bug, count_end, ending_after, judge
from sync.engine.facts import read_facts
from sync.engine.following import catch_up, follow_gone
from sync.engine.guard import holds_back, limit_for
from sync.engine.hand_off import Way, choose_way
from sync.engine.lease import Lease
from sync.engine.live import forget_begin, note_begin
from sync.engine.mirror import refresh
from sync.engine.options import EngineOptions
from sync.engine.owners import name_owners
from sync.engine.reading import read_lists, write_down_lists
from sync.engine.signing import make_signer
from sync.engine.telling import Teller
from sync.engine.turn import Turn
from sync.engine.work import Papers, SourcePlan, Work
from sync.engine.writing import Writer
from sync.errors import (
    AnswerLost,
    IntegrationError,
    LeaseLost,
    QuotaGone,
    StopAsked,
    StoreAway,
    TryLater,
    TurnOver,
)
from sync.keyring import Keyring
from sync.model import FailReason, Progress, Result, Run, RunStatus, Space
from sync.ports import Connections
from sync.rules.composing import hold_creates
from sync.store import Store
from sync.tracing import span

log = structlog.get_logger(__name__)

Connect = Callable[[Space, Callable[[], None]], Connections]


class Runner:
    """Does runs, one at a time. Safe to share between threads."""

    def __init__(
        self,
        store: Store,
        connect: Connect,
        keyring: Keyring,
        *,
        owner: str,
        options: EngineOptions,
        now: Now = utcnow,
        sleep: Sleep = sleep,
    ) -> None:
        self._store = store
        self._connect = connect
        self._keyring = keyring
        self._owner = owner
        self._options = options
        self._now = now
        self._sleep = sleep

    def work(
        self,
        run_id: int,
        *,
        report: Callable[[Progress], None] = lambda progress: None,
        stop: threading.Event | None = None,
        others_wait: Callable[[], bool] = lambda: False,
    ) -> Run | None:
        """The run as it stands after we did it to its end, or to a pause; None: not ours to do.

        It is queued again where `stop` was set, or where its turn was over and others wait.

        What a person can mend ends up in the run's problem. A bug is logged and raised; the run is
        then marked failed. Raises StoreAway where the database is away.
        """
        seconds = self._options.lease_seconds
        with self._store.write() as desk:
            epoch = desk.runs.claim(run_id, owner=self._owner, lease_seconds=seconds)
        if epoch is None:
            return None
        lease = Lease(self._store, run_id, epoch, self._options, stop or threading.Event())
        turn = Turn(self._options.turn_seconds, others_wait)
        with lease, span("run", run=run_id):
            return self._work_under(lease, turn, report)

    def _work_under(
        self, lease: Lease, turn: Turn, report: Callable[[Progress], None]
    ) -> Run | None:
        run_id, epoch = lease.run_id, lease.epoch
        try:
            self._do(lease, turn, report)
        except LeaseLost as error:
            log.warning("run_left_to_another_worker", run=run_id, problem=error.message)
            return None
        except StopAsked as error:
            log.info("run_put_back", run=run_id, kind=error.kind)
            with self._store.write() as desk:
                desk.runs.release(run_id, epoch, interrupted=not isinstance(error, TurnOver))
        with self._store.read() as desk:
            return desk.runs.get(run_id)

    def _do(self, lease: Lease, turn: Turn, report: Callable[[Progress], None]) -> None:
        with self._store.read() as desk:
            run = desk.runs.get(lease.run_id)
            space = desk.spaces.get(run.space_id)
        with bound_contextvars(run=run.run_id, space=space.space_id):  # of all that is logged below
            self._do_for(run, space, lease, turn, report)

    def _do_for(
        self,
        run: Run,
        space: Space,
        lease: Lease,
        turn: Turn,
        report: Callable[[Progress], None],
    ) -> None:
        connections: Connections | None = None
        lease.cancel(run.cancel_asked_by)
        try:
            lease.ensure()
            connections = self._connect(space, lease.ensure)
            work = self._make_work(lease, turn, run, space, connections, report)
            ending = self._do_steps(work, lease)
        except (LeaseLost, StopAsked):
            self._count_calls(lease, connections)
            raise
        except StoreAway:
            raise  # the run stays as the ledger has it; it is taken over when its lease has run out
        except IntegrationError as error:
            ending = ending_after(error)
        except Exception:  # a bug: the run must end with a reason, not stay open without a worker
            log.exception("run_broke")
            self._finish(lease, run, space, connections, ending_after(a_bug()))
            raise
        self._finish(lease, run, space, connections, ending)

    def _make_work(
        self,
        lease: Lease,
        turn: Turn,
        run: Run,
        space: Space,
        connections: Connections,
        report: Callable[[Progress], None],
    ) -> Work:
        whole = run.trigger.is_whole
        with self._store.read() as desk:
            fields = desk.spaces.fields(space.space_id)
            failed_run = desk.runs.failed_before(run) if whole else None
            reported = None if whole else desk.webhooks.addresses_of(run.run_id)
            limit = limit_for(desk, run, space, self._now())
        owner = check_owner(connections.pipeliner, space.settings.owner)
        usable = check_fields(connections.pipeliner, space, fields)
        return Work(
            run_id=lease.run_id,
            space=space,
            connections=connections,
            store=self._store,
            papers=Papers(self._store.database),
            fields=usable,
            owner=owner,
            options=self._options,
            now=self._now,
            sleep=self._sleep,
            report=Teller(self._store, lease, report).tell,
            guard=lease.ensure,
            give_way=turn.give_way,
            failed_run=failed_run,
            limit=limit,
            reported=reported,
        )

    def _do_steps(self, work: Work, lease: Lease) -> Ending:
        way = choose_way(work)
        source = way.source
        with self._store.write() as desk:
            desk.runs.save_facts(
                lease.run_id,
                lease.epoch,
                threshold=work.space.settings.threshold,
                score_source=source.source,
                limit=work.limit,
            )
        pause = self._read(work, way)
        self._write_until_settled(work, source)
        if source.asks_facts:
            forget_begin(work)  # all scores read so far are used; the next are read later
        return ending_after(pause) if pause else judge(work)

    def _read(self, work: Work, way: Way) -> TryLater | None:
        """Read all there is to read; what was read before the quota went, or before Act-On could
        no longer be asked for scores, is still worked on."""
        try:
            catch_up(work)
            write_down_lists(work)
            note_begin(work)
            read_lists(work, way.source, way.open_)
        except QuotaGone as error:
            return error
        try:
            if way.source.asks_facts:
                read_facts(work)
        except StoreAway:
            raise  # nothing can be concluded, nor written down: see `_do`
        except TryLater as error:
            return error
        return None

    def _write_until_settled(self, work: Work, source: SourcePlan) -> None:
        """Decide and write; after a lost answer look what has become of it, and decide again."""
        lost, overlap = 0, timedelta(0)  # the run began with a reading that reached back
        while True:
            try:
                refresh(work, overlap=overlap)
                follow_gone(work)
                self._write(work, source)
                name_owners(work)
                return
            except AnswerLost as error:
                lost += 1
                if lost > self._options.lost_answers:
                    raise
                overlap = work.options.crm_overlap
                log.warning("answer_lost", run=work.run_id, problem=error.message)
                self._sleep(self._options.settle_seconds)

    def _write(self, work: Work, source: SourcePlan) -> None:
        policy = make_policy(work)
        hold = holds_back(work, source, policy)
        writer = Writer(work, source, make_signer(self._keyring, work.space))
        for decided in decide_all(work, source, policy):
            work.guard()
            writer.take(decided.replaced(hold_creates(decided.plan)) if hold else decided)
            work.give_way()
        writer.flush()

    # --- the end -------------------------------------------------------------------------------

    def _finish(
        self,
        lease: Lease,
        run: Run,
        space: Space,
        connections: Connections | None,
        ending: Ending,
    ) -> None:
        self._count_calls(lease, connections)
        with self._store.write() as desk:
            if ending.status in (RunStatus.FAILED, RunStatus.CANCELLED):
                reason = FailReason.NOT_REACHED.value
                desk.staging.settle_rest(lease.run_id, Result.FAILED, reason)
            counts = desk.staging.counts(lease.run_id, threshold=space.settings.threshold)
            if ending.status is not RunStatus.PAUSED:
                desk.staging.forget_papers(lease.run_id)
            desk.runs.finish(
                lease.run_id,
                lease.epoch,
                status=ending.status,
                counts=counts,
                problem=ending.problem,
                resume_at=ending.resume_at,
                now=self._now(),
            )
            stopped_by = put_aside(desk, run, ending.status, ending.problem, self._now())
        log.info("run_ended", status=ending.status.value)
        count_end(ending, counts)
        if stopped_by is not None:
            tell_operator(space.space_id, stopped_by)

    def _count_calls(self, lease: Lease, connections: Connections | None) -> None:
        if connections is not None:
            calls = connections.calls
            with self._store.write() as desk:
                desk.runs.add_calls(lease.run_id, acton=calls.acton, pipeliner=calls.pipeliner)
