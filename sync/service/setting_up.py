"""What we set up in Pipeliner, as a checklist: what is done, what is missing, what has drifted."""

from sync.errors import IntegrationError
from sync.model import Action, Actor, Checklist, ChecklistItem, Event, ItemState
from sync.model.crm_hooks import HookState
from sync.pipeliner.checklist import look_over
from sync.pipeliner.provisioning import provision
from sync.pipeliner.webhooks import hook_address, look_at_webhook, webhook_item
from sync.ports import Pipeliner
from sync.service.common import connect, get_space, record
from sync.service.crm_hooks import place
from sync.service.values import Parts


class SettingUp:
    """Custom fields, panel and webhook of a space.

    Raises NotFound, NotAllowed and what clients raise.
    """

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def checklist(self, actor: Actor, space_id: str) -> Checklist:
        """How everything is now, looked at live."""
        with self._parts.store.read() as desk:
            space = get_space(desk, actor, Action.SEE_SPACE, space_id)
            known = desk.spaces.fields(space_id)
            hook = desk.crm_hooks.state(space_id)
        now, pipeliner = self._parts.now(), connect(self._parts, space).pipeliner
        items = look_over(pipeliner, known, self._panel_url)
        webhook = self._look_at_webhook(pipeliner, space_id, hook)
        return Checklist(items=(*items, webhook), looked_at=now)

    def _look_at_webhook(
        self, pipeliner: Pipeliner, space_id: str, state: HookState | None
    ) -> ChecklistItem:
        """The sync does without it, so what goes wrong here keeps nobody from the rest."""
        try:
            address = hook_address(self._parts.public_url, space_id)
            return look_at_webhook(pipeliner, address, state)
        except IntegrationError as error:
            return webhook_item(ItemState.MISSING, error.message, error.hint)

    def mend(self, actor: Actor, space_id: str) -> Checklist:
        """How everything is after what was missing has been made. Safe to repeat."""
        with self._parts.store.read() as desk:
            space = get_space(desk, actor, Action.PROVISION, space_id)
            known = desk.spaces.fields(space_id)
        pipeliner = connect(self._parts, space).pipeliner
        done = provision(pipeliner, known, self._panel_url)
        with self._parts.store.write() as desk:
            desk.spaces.save_fields(space_id, done.fields)
            record(desk, actor, Event.FIELDS_PROVISIONED, space_id, self._parts.now())
        place(self._parts.store, pipeliner, space_id, self._parts.public_url)
        return self.checklist(actor, space_id)

    @property
    def _panel_url(self) -> str | None:
        return f"{self._parts.public_url}/panel" if self._parts.public_url else None
