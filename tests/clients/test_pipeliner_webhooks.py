"""Our registration for webhooks: the calls on the wire, and how it is made, mended, taken away."""

from dataclasses import replace

import pytest

from sync.errors import CredentialsRefused, NotFound, UnexpectedAnswer
from sync.model import ItemKind, ItemState, LeadWrite
from sync.model.crm_hooks import HookDraft, HookState, Webhook
from sync.pipeliner.client import PipelinerClient
from sync.pipeliner.webhooks import (
    HookAddress,
    hook_address,
    look_at_webhook,
    place_webhook,
    remove_webhooks,
)
from tests.clients.conftest import Line, Vendor
from tests.engine.fakes import FakePipeliner

SERVICE = "https://eu-central.api.pipelinersales.com"
HOOKS = f"{SERVICE}/api/v100/rest/spaces/acme_sales/entities/Webhooks"
URL = "https://acton.example.com/webhooks/pipeliner/acme_sales"
SIGNATURE = "6f9f2f0e-7f1c-4b57-9f83-1f6f3a3f0a11"
DRAFT = HookDraft(url=URL, signature=SIGNATURE)
STATE = HookState(signature=SIGNATURE, webhook_id=None)
HERE = HookAddress(url=URL)
LISTED = {
    "id": "h1",
    "url": URL,
    "events": ["Contact.*", "Lead.*"],
    "insecure_ssl": False,
    "signature": SIGNATURE,
    "options": {"skip_keys": ["acton-integration"]},
    "is_deleted": False,
}


@pytest.fixture
def client(line: Line) -> PipelinerClient:
    return PipelinerClient(
        line.transport("Pipeliner"),
        service_url=SERVICE,
        space_id="acme_sales",
        username="u",
        password="p",
    )


def listing(*records: object) -> dict[str, object]:
    return {"success": True, "data": list(records), "page_info": {"has_next_page": False}}


# --- on the wire ----------------------------------------------------------------------------------


def test_a_registration_asks_for_ids_only_and_names_our_skip_key(
    vendor: Vendor, client: PipelinerClient
) -> None:
    vendor.answers("POST", HOOKS, {"success": True, "data": LISTED}, status=201)
    assert client.create_webhook(DRAFT) == "h1"
    assert vendor.sent() == [
        {
            "url": URL,
            "insecure_ssl": False,
            "events": ["Contact.*", "Lead.*"],
            "signature": SIGNATURE,
            "options": {
                "entity": {"Contact": {"load-only": ["id"]}, "Lead": {"load-only": ["id"]}},
                "skip_keys": ["acton-integration"],
                "chunk_size": 100,
            },
        }
    ]


def test_the_listing_is_read_as_far_as_it_tells(vendor: Vendor, client: PipelinerClient) -> None:
    bare = {"id": "h2", "url": None, "events": None, "signature": "********", "options": None}
    gone = {**LISTED, "id": "h3", "is_deleted": True}
    vendor.answers("GET", HOOKS, listing(LISTED, bare, gone))
    whole, other = client.fetch_webhooks()
    assert whole == Webhook(
        webhook_id="h1",
        url=URL,
        events=("Contact.*", "Lead.*"),
        skip_keys=("acton-integration",),
        insecure_ssl=False,
        signature=SIGNATURE,
    )
    assert other == Webhook(
        webhook_id="h2", url="", events=(), skip_keys=(), insecure_ssl=False, signature=None
    )


def test_a_registration_is_changed_by_its_id(vendor: Vendor, client: PipelinerClient) -> None:
    vendor.answers("PATCH", f"{HOOKS}/h1", {"success": True, "data": LISTED})
    client.update_webhook("h1", DRAFT)
    assert vendor.sent()[0]["signature"] == SIGNATURE


def test_changing_one_that_is_gone_says_so(vendor: Vendor, client: PipelinerClient) -> None:
    vendor.answers("PATCH", f"{HOOKS}/h1", {"success": False}, status=404)
    with pytest.raises(NotFound):
        client.update_webhook("h1", DRAFT)


@pytest.mark.parametrize("status", [200, 404])
def test_taking_one_away_that_is_gone_is_no_error(
    vendor: Vendor, client: PipelinerClient, status: int
) -> None:
    vendor.answers("DELETE", f"{HOOKS}/h1", {"success": True, "data": "h1"}, status=status)
    client.delete_webhook("h1")


def test_a_key_without_the_right_is_told(vendor: Vendor, client: PipelinerClient) -> None:
    vendor.answers("GET", HOOKS, {}, status=403)
    with pytest.raises(CredentialsRefused, match="no right to use the webhooks"):
        client.fetch_webhooks()


def test_an_answer_that_makes_no_sense_is_told(vendor: Vendor, client: PipelinerClient) -> None:
    vendor.answers("POST", HOOKS, {"success": True, "data": "h1"}, status=201)
    with pytest.raises(UnexpectedAnswer):
        client.create_webhook(DRAFT)


def test_our_writes_carry_the_skip_key_and_our_reads_do_not(
    vendor: Vendor, client: PipelinerClient
) -> None:
    batch = f"{SERVICE}/api/v100/rest/spaces/acme_sales/entities/Leads/batch-modify"
    vendor.answers("GET", HOOKS, listing())
    vendor.answers("POST", batch, {"success": True, "data": ["l1"]})
    vendor.answers("DELETE", f"{HOOKS}/h1", {"success": True, "data": "h1"})
    client.fetch_webhooks()
    client.write_leads([LeadWrite(lead_id="l1", ours={}, name="Ann")], {})
    client.delete_webhook("h1")
    keys = [one.headers.get("Webhook-Skip-Key") for one in vendor.asked]
    assert keys == [None, "acton-integration", "acton-integration"]


def test_a_lead_is_found_by_its_id_deleted_or_not(vendor: Vendor, client: PipelinerClient) -> None:
    leads = f"{SERVICE}/api/v100/rest/spaces/acme_sales/entities/Leads"
    lead = {"id": "l1", "modified": "2026-03-03 12:00:00", "is_deleted": True, "status": 1}
    vendor.answers("GET", leads, listing({**lead, "id": "other"}, lead))
    found = client.find_lead("l1", {})
    assert found is not None
    assert (found.lead_id, found.deleted) == ("l1", True)
    (query,) = vendor.queries()
    assert (query["filter[id]"], query["include-deleted"]) == ("l1", "true")


# --- where it leads -------------------------------------------------------------------------------


def test_webhooks_lead_to_the_space_below_the_public_address() -> None:
    assert hook_address("https://acton.example.com/", "acme_sales").url == URL
    assert hook_address("http://127.0.0.1:8000", "a").url == (
        "http://127.0.0.1:8000/webhooks/pipeliner/a"
    )


@pytest.mark.parametrize("public_url", [None, "http://acton.example.com"])
def test_without_https_they_are_off_and_it_is_said_why(public_url: str | None) -> None:
    address = hook_address(public_url, "acme_sales")
    assert address.url is None
    assert "PUBLIC_URL" in address.why
    item = look_at_webhook(FakePipeliner(), address, None)
    assert (item.kind, item.state, item.by_hand) == (ItemKind.WEBHOOK, ItemState.MISSING, False)
    assert item.message.startswith("Off:")


# --- made, mended, taken away ---------------------------------------------------------------------


def placed(space: FakePipeliner, **changes: object) -> HookState:
    """Our registration as made, then changed by somebody."""
    webhook_id = place_webhook(space, URL, STATE)
    space.webhooks[webhook_id] = replace(space.webhooks[webhook_id], **changes)
    return replace(STATE, webhook_id=webhook_id)


def test_a_second_time_changes_nothing() -> None:
    space = FakePipeliner()
    state = placed(space)
    before = dict(space.webhooks)
    assert place_webhook(space, URL, state) == state.webhook_id
    assert space.webhooks == before
    assert look_at_webhook(space, HERE, state).state is ItemState.DONE


@pytest.mark.parametrize(
    "change",
    [
        {"url": "https://old.example.com/webhooks/pipeliner/acme_sales"},
        {"events": ("Contact.*",)},
        {"events": ("*",)},
        {"skip_keys": ()},
        {"insecure_ssl": True},
        {"signature": "1a6e6f0e-7f1c-4b57-9f83-1f6f3a3f0a22"},
    ],
)
def test_what_somebody_changed_is_noticed_and_mended(change: dict[str, object]) -> None:
    space = FakePipeliner()
    state = placed(space, **change)
    if "url" not in change:  # one that leads elsewhere is found by its id only
        assert look_at_webhook(space, HERE, STATE).state is ItemState.DRIFTED
    assert look_at_webhook(space, HERE, state).state is ItemState.DRIFTED
    assert place_webhook(space, URL, state) == state.webhook_id
    assert look_at_webhook(space, HERE, state).state is ItemState.DONE
    assert len(space.webhooks) == 1


def test_a_signature_that_is_not_shown_is_taken_to_be_ours() -> None:
    space = FakePipeliner()
    state = placed(space, signature=None)
    assert look_at_webhook(space, HERE, state).state is ItemState.DONE


def test_a_new_signature_is_sent_though_nobody_can_see_the_old_one() -> None:
    space = FakePipeliner()
    state = placed(space, signature=None)
    new = replace(state, signature="1a6e6f0e-7f1c-4b57-9f83-1f6f3a3f0a22", pending=True)
    assert look_at_webhook(space, HERE, new).state is ItemState.DRIFTED
    place_webhook(space, URL, new)
    assert [one.signature for one in space.webhooks.values()] == [new.signature]


def test_one_that_was_deleted_is_noticed_and_made_again() -> None:
    space = FakePipeliner()
    state = placed(space)
    space.webhooks.clear()
    item = look_at_webhook(space, HERE, state)
    assert (item.state, item.message) == (ItemState.MISSING, "The webhook is not there any more.")
    assert place_webhook(space, URL, state) != state.webhook_id
    assert len(space.webhooks) == 1


def test_two_of_ours_become_one_and_others_stay() -> None:
    space = FakePipeliner()
    foreign = space.create_webhook(HookDraft(url="https://else.example.com/x", signature="s"))
    spare = space.create_webhook(DRAFT)
    state = replace(STATE, webhook_id=space.create_webhook(DRAFT))
    assert look_at_webhook(space, HERE, state).state is ItemState.DRIFTED
    assert place_webhook(space, URL, state) == state.webhook_id
    assert set(space.webhooks) == {foreign, state.webhook_id}
    assert spare not in space.webhooks


def test_after_a_loss_of_our_database_ours_is_found_by_its_address() -> None:
    space = FakePipeliner()
    state = placed(space)
    assert place_webhook(space, URL, STATE) == state.webhook_id


def test_one_taken_away_in_between_is_made_again(monkeypatch: pytest.MonkeyPatch) -> None:
    space = FakePipeliner()
    state = placed(space, events=())

    def vanish(webhook_id: str, draft: HookDraft) -> None:
        space.webhooks.clear()
        raise NotFound("There is no such webhook.")

    monkeypatch.setattr(space, "update_webhook", vanish)
    assert place_webhook(space, URL, state) != state.webhook_id
    assert len(space.webhooks) == 1


def test_all_of_ours_are_taken_away_and_no_other() -> None:
    space = FakePipeliner()
    foreign = space.create_webhook(HookDraft(url="https://else.example.com/x", signature="s"))
    state = placed(space, url="https://old.example.com/webhooks/pipeliner/acme_sales")
    space.create_webhook(DRAFT)
    remove_webhooks(space, URL, state.webhook_id)
    assert set(space.webhooks) == {foreign}


def test_no_secret_shows_in_a_repr() -> None:
    for one in (DRAFT, STATE, FakePipeliner().webhooks):
        assert SIGNATURE not in repr(one)
    space = FakePipeliner()
    placed(space)
    assert SIGNATURE not in repr(space.webhooks)
