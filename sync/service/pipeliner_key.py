"""Another Pipeliner API key for a space, once it was shown to work."""

from dataclasses import replace
from typing import Final

from sync.errors import FieldProblem, IntegrationError, InvalidFields
from sync.model import Action, Actor, Event, PipelinerAccess, Remedy, Space
from sync.rules.auditing import changes_of_space
from sync.service.common import connect, get_space, record, take_up
from sync.service.values import Parts
from sync.store import Desk

_BY_A_KEY: Final = frozenset({Remedy.REPLACE_KEY})


class KeyOfPipeliner:
    """How a space gets into Pipeliner from now on."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._store = parts.store
        self._now = parts.now

    def change_pipeliner_key(
        self, actor: Actor, space_id: str, *, username: str, password: str
    ) -> None:
        """Use another API key from now on, once it was shown to work. Raises InvalidFields."""
        with self._store.read() as desk:
            space = get_space(desk, actor, Action.CONNECT, space_id)
        if not username.strip() or not password.strip():
            raise InvalidFields(
                FieldProblem(field="password", message="Enter user name and password of the key.")
            )
        access = PipelinerAccess(
            service_url=space.pipeliner.service_url,
            username=username.strip(),
            password=password.strip(),
        )
        self._prove_key(replace(space, pipeliner=access))
        with self._store.write() as desk:
            self._keep_key(desk, actor, space_id, access)

    def _prove_key(self, candidate: Space) -> None:
        pipeliner = connect(self._parts, candidate).pipeliner
        try:
            next(iter(pipeliner.fetch_users()), None)
            may_create = pipeliner.may_create_fields()
        except IntegrationError as error:
            raise InvalidFields(FieldProblem(field="password", message=str(error))) from error
        if not may_create:
            text = "This API key may not create custom fields, which the integration needs."
            raise InvalidFields(FieldProblem(field="username", message=text))

    def _keep_key(self, desk: Desk, actor: Actor, space_id: str, access: PipelinerAccess) -> None:
        now, before = self._now(), desk.spaces.get(space_id)
        after = replace(before, pipeliner=access)
        desk.spaces.save(after, now=now, by=actor.email)
        changes = changes_of_space(before, after)
        record(desk, actor, Event.CREDENTIALS_CHANGED, space_id, now, changes=changes)
        take_up(desk, actor, space_id, _BY_A_KEY, now)
