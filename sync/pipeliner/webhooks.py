"""Registering for webhooks: the calls, and the registration of ours made, mended, taken away.

Source: OpenAPI v100, /entities/Webhooks (contracts, section 5).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit
from uuid import UUID

from sync.errors import NotFound
from sync.http.urls import fill_path
from sync.languages import lazy_gettext as _
from sync.model import ChecklistItem, ItemKind, ItemState
from sync.model.crm_hooks import HookDraft, HookState, Webhook
from sync.pipeliner.calls import SKIP_KEY, SpaceCalls, checked
from sync.pipeliner.parse import parse_record, to_id, to_text
from sync.ports import Pipeliner

EVENTS: Final = ("Contact.*", "Lead.*")
CHUNK: Final = 100  # the most records in one webhook; also the default
# Nothing but ids is wanted: the rest is asked for anew, and stays out of what travels.
OPTIONS: Final[Mapping[str, Any]] = {
    "entity": {"Contact": {"load-only": ["id"]}, "Lead": {"load-only": ["id"]}},
    "skip_keys": [SKIP_KEY],
    "chunk_size": CHUNK,
}
LOOPBACK: Final = frozenset({"127.0.0.1", "::1", "localhost"})
ITEM: Final = "Changes in Pipeliner"
PRESS: Final = _("Press Mend; until then the daily run finds out by itself.")


class HookCalls(SpaceCalls):
    """The registrations of a space."""

    def fetch_webhooks(self) -> Sequence[Webhook]:
        """All registrations for webhooks that the key may see."""
        pages = self.pages("Webhooks", {}, to_webhook, "the webhooks")
        return [one for page in pages for one in page.items if one is not None]

    def create_webhook(self, draft: HookDraft) -> str:
        """The id of the registration just made."""
        made = to_webhook(self.create("Webhooks", _body(draft), "the webhook"))
        if made is None:
            raise NotFound("Pipeliner answered a new webhook with a deleted one.")
        return made.webhook_id

    def update_webhook(self, webhook_id: str, draft: HookDraft) -> None:
        """Make the registration as it should be. Raises NotFound where it is gone."""
        path = fill_path("Webhooks/{id}", id=webhook_id)
        answer = checked(self.call("PATCH", path, what="the webhook", json=_body(draft)))
        parse_record(answer.json(), "the webhook")

    def delete_webhook(self, webhook_id: str) -> None:
        """Take the registration away; one that is gone already is no error."""
        path = fill_path("Webhooks/{id}", id=webhook_id)
        answer = self.call("DELETE", path, what="the webhook")
        if answer.status != 404:
            checked(answer)


def _body(draft: HookDraft) -> dict[str, Any]:
    return {
        "url": draft.url,
        "insecure_ssl": False,
        "events": list(EVENTS),
        "signature": draft.signature,
        "options": dict(OPTIONS),
    }


@dataclass(frozen=True, kw_only=True)
class HookAddress:
    """Where webhooks of a space are sent; `url` None: nowhere, and `why`."""

    url: str | None
    why: str = ""
    hint: str = ""


def hook_address(public_url: str | None, space_id: str) -> HookAddress:
    """Where Pipeliner reaches us. Plain http is for this machine only: what is signed can be read,
    and Pipeliner may refuse it anyway."""
    if public_url is None:
        return HookAddress(
            url=None,
            why=_("Off: PUBLIC_URL is not set, so Pipeliner cannot reach this service."),
            hint=_(
                "Let the operator set PUBLIC_URL; until then the daily run finds out by itself."
            ),
        )
    parts = urlsplit(public_url)
    if parts.scheme != "https" and parts.hostname not in LOOPBACK:
        return HookAddress(
            url=None,
            why=_("Off: PUBLIC_URL does not begin with https."),
            hint=_(
                "Let the operator put the service behind https; until then the daily run finds "
                "out by itself."
            ),
        )
    path = fill_path("/webhooks/pipeliner/{space_id}", space_id=space_id)
    return HookAddress(url=public_url.rstrip("/") + path)


def place_webhook(pipeliner: Pipeliner, url: str, state: HookState) -> str:
    """The id of our registration, as it should be now; others of ours are taken away.

    Raises what the client raises; done again it goes on where it stopped.
    """
    draft = HookDraft(url=url, signature=state.signature)
    there = _ours(pipeliner.fetch_webhooks(), url, state.webhook_id)
    for spare in there[1:]:
        pipeliner.delete_webhook(spare.webhook_id)
    if not there:
        return pipeliner.create_webhook(draft)
    first = there[0]
    if state.pending or not _is_as_wanted(first, draft):
        try:
            pipeliner.update_webhook(first.webhook_id, draft)
        except NotFound:  # taken away a moment ago
            return pipeliner.create_webhook(draft)
    return first.webhook_id


def remove_webhooks(pipeliner: Pipeliner, url: str | None, webhook_id: str | None) -> None:
    """Take all registrations of ours away. Raises what the client raises."""
    for one in _ours(pipeliner.fetch_webhooks(), url, webhook_id):
        pipeliner.delete_webhook(one.webhook_id)


def look_at_webhook(
    pipeliner: Pipeliner, address: HookAddress, state: HookState | None
) -> ChecklistItem:
    """How our registration is. Raises what the client raises."""
    if address.url is None:
        return webhook_item(ItemState.MISSING, address.why, address.hint)
    if state is None:
        return webhook_item(ItemState.MISSING, _("It has not been registered yet."), PRESS)
    there = _ours(pipeliner.fetch_webhooks(), address.url, state.webhook_id)
    if not there:
        missing = _("The webhook is not there any more.")
        if state.webhook_id is None:
            missing = _("The webhook is not registered yet.")
        return webhook_item(ItemState.MISSING, missing, PRESS)
    draft = HookDraft(url=address.url, signature=state.signature)
    if len(there) > 1:
        twice = _("The webhook is registered more than once.")
        return webhook_item(ItemState.DRIFTED, twice, PRESS)
    if state.pending or not _is_as_wanted(there[0], draft):
        changed = _("The webhook was changed in Pipeliner.")
        return webhook_item(ItemState.DRIFTED, changed, PRESS)
    return webhook_item(ItemState.DONE)


def webhook_item(state: ItemState, message: str = "", hint: str = "") -> ChecklistItem:
    """How our registration is, as an item of the checklist."""
    return ChecklistItem(
        kind=ItemKind.WEBHOOK, name=ITEM, entity="", state=state, message=message, hint=hint
    )


def _ours(there: Sequence[Webhook], url: str | None, webhook_id: str | None) -> list[Webhook]:
    """Registrations that lead to us, the one we know first. Another installation's are not."""
    mine = [one for one in there if one.webhook_id == webhook_id or one.url == url]
    return sorted(mine, key=lambda one: (one.webhook_id != webhook_id, one.webhook_id))


def _is_as_wanted(one: Webhook, draft: HookDraft) -> bool:
    return (
        one.url == draft.url
        and set(one.events) == set(EVENTS)
        and SKIP_KEY in one.skip_keys
        and not one.insecure_ssl
        and one.signature in (None, draft.signature)  # None: it cannot be seen
    )


def to_webhook(raw: Mapping[str, Any]) -> Webhook | None:
    """A registration; None for one that was taken away."""
    if raw.get("is_deleted") is True:
        return None
    options, events = raw.get("options"), raw.get("events")
    skipped = options.get("skip_keys") if isinstance(options, Mapping) else None
    return Webhook(
        webhook_id=to_id(raw, "a webhook"),
        url=to_text(raw.get("url")),
        events=tuple(map(to_text, events)) if isinstance(events, list) else (),
        skip_keys=tuple(map(to_text, skipped)) if isinstance(skipped, list) else (),
        insecure_ssl=raw.get("insecure_ssl") is True,
        # Secrets are often shown as stars, or not at all; then it cannot be compared.
        signature=_uuid(to_text(raw.get("signature"))),
    )


def _uuid(text: str) -> str | None:
    try:
        return str(UUID(text))
    except ValueError:
        return None
