"""Connecting a space: to Act-On by password or by redirect, to Pipeliner with another API key.

Nothing is stored before it was shown to work, except what the redirect brings back: its code can be
used once, and using it is how it is shown.
"""

import secrets
from dataclasses import replace
from datetime import timedelta
from hmac import compare_digest
from typing import Final

from sync.errors import CredentialsRefused, FieldProblem, IntegrationError, InvalidFields
from sync.model import (
    Action,
    ActOnAccess,
    Actor,
    Change,
    ConnectedBy,
    ConnectionFacts,
    ConnectionTest,
    Event,
    Problem,
    Remedy,
    Space,
)
from sync.rules.auditing import CHANGED, changes_of_space
from sync.service.common import connect, get_space, record, take_up
from sync.service.looking_at import failed, look_at
from sync.service.pipeliner_key import KeyOfPipeliner
from sync.store.drafts import LogInState
from sync.store.sessions import digest_of

STATE_LIFE: Final = timedelta(minutes=10)
STATE_BYTES: Final = 32
LONGEST_CODE: Final = 2_000

_BY_CONNECTING: Final = frozenset({Remedy.CONNECT_ACTON})


class LogInFailed(IntegrationError):
    """The redirect came back without access. `kind`: denied, state_mismatch, expired or refused."""


class Connecting(KeyOfPipeliner):
    """How spaces get in. Every method raises NotFound and NotAllowed."""

    # --- how it stands ---------------------------------------------------------------------------

    def facts(self, actor: Actor, space_id: str) -> ConnectionFacts:
        """How the space is connected to Act-On; asks nobody."""
        with self._store.read() as desk:
            space = get_space(desk, actor, Action.SEE_SPACE, space_id)
        by = ConnectedBy.PASSWORD if space.acton.password else None
        if by is None and self._parts.vendors.log_in(space).is_held():
            by = ConnectedBy.CODE
        return ConnectionFacts(
            by=by,
            authentication_name=space.settings.authentication_name,
            username=space.acton.username,
            account_id=space.acton.account_id,
            code_flow_offered=self._parts.public_url is not None,
        )

    def test(self, actor: Actor, space_id: str) -> ConnectionTest:
        """Whether Act-On lets the space in now, with the cause in plain words where it does not."""
        with self._store.read() as desk:
            space = get_space(desk, actor, Action.PREVIEW, space_id)
        tested = look_at(connect(self._parts, space).acton)
        self._note(space_id, tested)
        return tested

    def _note(self, space_id: str, tested: ConnectionTest) -> None:
        problem = None
        if tested.cause is not None:
            problem = Problem(
                kind=f"acton_{tested.cause.value}", message=tested.message, hint=tested.hint
            )
        with self._store.write() as desk:
            desk.spaces.note_check(space_id, problem, now=self._now())

    # --- Act-On by password ----------------------------------------------------------------------

    def connect_with_password(
        self, actor: Actor, space_id: str, *, username: str, password: str
    ) -> ConnectionTest:
        """What came of logging in; where it worked, user name and password are stored.

        An empty password means the one that is stored. Raises InvalidFields for what is missing.
        """
        with self._store.read() as desk:
            space = get_space(desk, actor, Action.CONNECT, space_id)
        acton = _with_password(space.acton, username.strip(), password)
        candidate = replace(space, acton=acton)
        tested = self._try_password(candidate)
        if tested.works:
            self._keep(actor, space_id, acton, tested)
        return tested

    def _try_password(self, candidate: Space) -> ConnectionTest:
        try:
            self._parts.vendors.log_in(candidate).prove_password()
        except IntegrationError as error:
            return failed(error)
        return look_at(connect(self._parts, candidate).acton)

    def _keep(
        self, actor: Actor, space_id: str, acton: ActOnAccess, tested: ConnectionTest
    ) -> None:
        now = self._now()
        with self._store.write() as desk:
            before = desk.spaces.get(space_id)
            after = replace(
                before,
                acton=replace(
                    before.acton,
                    username=acton.username,
                    password=acton.password,
                    account_id=before.acton.account_id or tested.account_id,
                ),
            )
            desk.spaces.save(after, now=now, by=actor.email)
            desk.spaces.note_check(space_id, None, now=now)
            changes = changes_of_space(before, after)
            record(desk, actor, Event.ACTON_CONNECTED, space_id, now, changes=changes)
            take_up(desk, actor, space_id, _BY_CONNECTING, now)

    # --- Act-On by redirect ----------------------------------------------------------------------

    def begin_log_in(
        self, actor: Actor, space_id: str, *, session_token: str, redirect_uri: str
    ) -> str:
        """Where to send the browser. It comes back to `redirect_uri` within ten minutes, in the
        same session, once."""
        now, state = self._now(), secrets.token_urlsafe(STATE_BYTES)
        with self._store.write() as desk:
            space = get_space(desk, actor, Action.CONNECT, space_id)
            desk.log_ins.begin(
                state,
                space_id=space_id,
                session_token=session_token,
                redirect_uri=redirect_uri,
                now=now,
                expires_at=now + STATE_LIFE,
            )
        log_in = self._parts.vendors.log_in(_without_password(space))
        return log_in.authorize_url(redirect_uri=redirect_uri, state=state)

    def finish_log_in(
        self,
        actor: Actor,
        *,
        session_token: str,
        state: str,
        code: str = "",
        error: str = "",
    ) -> tuple[str, ConnectionTest]:
        """The space that is connected now, and what the first look at its account showed.

        Raises LogInFailed where access was denied, the state is not one of ours or too old, or
        Act-On refuses the code.
        """
        with self._store.write() as desk:
            begun = desk.log_ins.take(state)
        self._ensure_genuine(begun, session_token)
        assert begun is not None  # noqa: S101 - narrows the type only
        with self._store.read() as desk:
            space = get_space(desk, actor, Action.CONNECT, begun.space_id)
        if error or not code or len(code) > LONGEST_CODE:
            raise LogInFailed(
                "Act-On was not allowed to share the account.",
                hint="Connect again and allow it, or enter user name and password.",
                kind="denied",
            )
        candidate = _without_password(space)
        self._exchange(candidate, code, begun.redirect_uri)
        tested = look_at(connect(self._parts, candidate).acton)
        self._keep_code(actor, candidate, tested)
        return begun.space_id, tested

    def _ensure_genuine(self, begun: LogInState | None, session_token: str) -> None:
        mine = begun is not None and compare_digest(begun.session_digest, digest_of(session_token))
        if begun is None or not mine:
            raise LogInFailed(
                "This log-in was not begun here, or was used already.",
                hint="Connect Act-On again from the settings of your space.",
                kind="state_mismatch",
            )
        if begun.expires_at <= self._now():
            raise LogInFailed(
                "The log-in took longer than ten minutes.", hint="Connect again.", kind="expired"
            )

    def _exchange(self, candidate: Space, code: str, redirect_uri: str) -> None:
        try:
            self._parts.vendors.log_in(candidate).exchange_code(code, redirect_uri=redirect_uri)
        except CredentialsRefused as error:
            if error.kind == "acton_client":
                raise
            raise LogInFailed(
                "Act-On does not accept its own answer any more; it was too old or used before.",
                hint="Connect again.",
                kind="refused",
            ) from error

    def _keep_code(self, actor: Actor, candidate: Space, tested: ConnectionTest) -> None:
        now, space_id = self._now(), candidate.space_id
        with self._store.write() as desk:
            before = desk.spaces.get(space_id)
            account_id = before.acton.account_id or tested.account_id
            acton = replace(before.acton, username=None, password=None, account_id=account_id)
            after = replace(before, acton=acton)
            desk.spaces.save(after, now=now, by=actor.email)
            changes = (*changes_of_space(before, after), _access_changed())
            record(desk, actor, Event.ACTON_CONNECTED, space_id, now, changes=changes)
            if tested.works:
                take_up(desk, actor, space_id, _BY_CONNECTING, now)
        self._parts.vendors.carry_access(candidate, after)
        self._note(space_id, tested)

    def disconnect(self, actor: Actor, space_id: str) -> None:
        """The space has no access to Act-On any more; its settings stay."""
        now = self._now()
        with self._store.write() as desk:
            before = get_space(desk, actor, Action.CONNECT, space_id)
            shared = desk.spaces.shares_log_in(before)
            after = replace(before, acton=replace(before.acton, username=None, password=None))
            desk.spaces.save(after, now=now, by=actor.email)
            record(desk, actor, Event.ACTON_DISCONNECTED, space_id, now)
        if not shared:
            self._parts.vendors.log_in(before).forget()


def _with_password(acton: ActOnAccess, username: str, password: str) -> ActOnAccess:
    problems = []
    if not username:
        problems.append(FieldProblem(field="username", message="Enter the Act-On user name."))
    kept = acton.password if username == acton.username else None
    if not (password or kept):
        problems.append(FieldProblem(field="password", message="Enter the Act-On password."))
    if problems:
        raise InvalidFields(*problems)
    return replace(acton, username=username, password=password or kept)


def _without_password(space: Space) -> Space:
    return replace(space, acton=replace(space.acton, username=None, password=None))


def _access_changed() -> Change:
    return Change(field="acton.access", old="", new=CHANGED)
