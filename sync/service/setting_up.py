"""What we set up in Pipeliner, as a checklist: what is done, what is missing, what has drifted."""

from sync.model import Action, Actor, Checklist, Event
from sync.pipeliner.checklist import look_over
from sync.pipeliner.provisioning import provision
from sync.service.common import connect, get_space, record
from sync.service.values import Parts


class SettingUp:
    """Custom fields and panel of a space. Raises NotFound, NotAllowed and what clients raise."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def checklist(self, actor: Actor, space_id: str) -> Checklist:
        """How everything is now, looked at live."""
        with self._parts.store.read() as desk:
            space = get_space(desk, actor, Action.SEE_SPACE, space_id)
            known = desk.spaces.fields(space_id)
        now = self._parts.now()
        items = look_over(connect(self._parts, space).pipeliner, known, self._panel_url)
        return Checklist(items=items, looked_at=now)

    def mend(self, actor: Actor, space_id: str) -> Checklist:
        """How everything is after what was missing has been made. Safe to repeat."""
        with self._parts.store.read() as desk:
            space = get_space(desk, actor, Action.PROVISION, space_id)
            known = desk.spaces.fields(space_id)
        done = provision(connect(self._parts, space).pipeliner, known, self._panel_url)
        with self._parts.store.write() as desk:
            desk.spaces.save_fields(space_id, done.fields)
            record(desk, actor, Event.FIELDS_PROVISIONED, space_id, self._parts.now())
        return self.checklist(actor, space_id)

    @property
    def _panel_url(self) -> str | None:
        return f"{self._parts.public_url}/panel" if self._parts.public_url else None
