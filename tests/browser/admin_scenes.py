"""A space with some history, for those who look at its pages: runs that went well and badly, what
somebody deleted, other spaces in every state, and people who sign in."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page

from app.session import COOKIE
from sync.model import Actor, JobStatus, Run, SpaceStatus
from sync.model.webhooks import SignatureScheme
from sync.rules.keys import person_digest
from sync.space_file import parse_space_file

from .stack import SPACE, Stack
from .visitor import AXE, RULES, WAIT_MS

PASSWORD = "a long enough pass phrase 7"
WEBHOOK_SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
ANNA, BEN, OLGA = "anna@example.com", "ben.okafor@example.com", "olga.operator@example.com"
CLARA = "clara.bright@example.com"
BENS_ID = "00000000-0000-0000-0000-000000000002"  # in Pipeliner
HISTORIES = {
    CLARA: [(80, 10), (60, 24), (45, 31), (30, 52), (12, 71), (5, 88)],
    "busy.bee@example.com": [(88, 72), (70, 78), (52, 85), (41, 92), (20, 95)],
    "rosa.haddad4@kestrel.example.com": [(85, 96), (50, 104), (22, 98)],
    "zoltan.moreau8@oakline.example.com": [(74, 20), (33, 45), (9, 83)],
}
OTHERS = (
    ("Northwind Traders", SpaceStatus.PENDING),
    ("Contoso GmbH", SpaceStatus.SUSPENDED),
    ("Fabrikam", SpaceStatus.PAUSED),
    ("Adventure Works", SpaceStatus.RUNNING),
    ("Wide World Importers", SpaceStatus.REQUESTED),
    ("<img src=x onerror=alert(1)>", SpaceStatus.NEEDS_ATTENTION),
    ("Tailspin", SpaceStatus.INACTIVE),
)


@dataclass(frozen=True)
class Scene:
    """What was prepared, and the paths of its pages."""

    stack: Stack
    run: Run
    job_id: str

    @property
    def pages(self) -> dict[str, str]:
        """An admin's pages, by name."""
        space, run = f"/admin/{SPACE}", f"/admin/{SPACE}/runs/{self.run.run_id}"
        who = person_digest(SPACE, CLARA)
        return {
            "overview": f"{space}/",
            "runs": f"{space}/runs",
            "run": run,
            "outcomes": f"{run}/outcomes",
            "failed": f"{run}/outcomes?result=failed",
            "none": f"{run}/outcomes?q=nobody-at-all",
            "no preview": f"{space}/preview",
            "preview": f"{space}/preview?job={self.job_id}&threshold=55",
            "people": f"{space}/people",
            "person": f"{space}/people/{who}",
            "hot list": f"{space}/hot-list?days=90",
            "nobody hot": f"{space}/hot-list?owner=nobody",
            "settings": f"{space}/settings",
            "set-up": f"{space}/setup",
            "connection": f"{space}/connection",
            "messages": f"{space}/messages",
            "message": f"{space}/messages/hot_leads",
            "webhooks": f"{space}/webhooks",
            "stop webhooks": f"{space}/webhooks/stop",
            "audit": f"{space}/audit",
            "pause": f"{space}/pause",
            "rotate": f"{space}/rotate-keys",
            "deactivate": f"{space}/deactivate",
            "erase": f"{space}/erase",
            "leave": f"{space}/leave",
            "key": f"{space}/pipeliner-key",
            "disconnect": f"{space}/disconnect",
            "erase person": f"{space}/people/erase?who={who}",
        }

    @property
    def operator_pages(self) -> dict[str, str]:
        """An operator's pages, by name."""
        states = {f"space {number}": f"/admin/space_{number}/" for number in range(len(OTHERS))}
        return {
            "spaces": "/operator/",
            "no space": "/operator/?q=nothing-like-that",
            "space": "/operator/spaces/space_0",
            "suspended": "/operator/spaces/space_1",
            "suspend": "/operator/spaces/space_0/suspend",
            "rotate": "/operator/spaces/space_0/rotate-keys",
            "revoke": "/operator/spaces/space_0/revoke-sessions",
            "work": "/operator/work",
            "failures": "/operator/failures",
            "accounts": "/operator/accounts",
            "trail": "/operator/audit",
            "settings": f"/admin/{SPACE}/settings",
            "no runs": "/admin/space_3/runs",
            "nobody": "/admin/space_3/people",
            "hot list": f"/admin/{SPACE}/hot-list?days=7",
            "no hot list": "/admin/space_3/hot-list",
            **states,
        }


def prepare(stack: Stack) -> Scene:
    """The space after some days."""
    anna = _people(stack)
    _delete_some(stack)
    for email in (CLARA, "zoltan.moreau8@oakline.example.com"):
        stack.change_contact(stack.contact(email)["id"], owner_id=BENS_ID)
    run_now(stack, anna)
    with stack.application.store.write() as desk:
        space = desk.spaces.get(SPACE)
        settings = replace(space.settings, threshold=20)
        desk.spaces.save(replace(space, settings=settings), now=datetime.now(UTC), by=BEN)
    stack.sandbox.plan_fault("refuse_record", api="pipeliner", times=40, pattern="a")
    run = run_now(stack, anna)
    stack.sandbox.sandbox.faults.faults.clear()
    _other_spaces(stack)
    _webhooks(stack, anna)
    for email, scores in HISTORIES.items():
        stack.write_history(email, scores)
    return Scene(stack, run, _preview(stack, anna))


def _webhooks(stack: Stack, anna: Actor) -> None:
    """Act-On has reported some people, one of them in a form that nobody understands."""
    webhooks = stack.application.webhooks
    webhooks.save(anna, SPACE, scheme=SignatureScheme.SVIX, secret=WEBHOOK_SECRET)
    long = "<script>alert(1)</script> " * 8 + "w" * 300
    for number, raw in enumerate(
        (
            {"type": "contact-lead-score.upper-threshold-surpassed", "email": CLARA},
            {"type": "contact-opt.global-opt-out", "email": f"{'very.long.' * 5}name@example.com"},
            {"type": "contact-bounce.hard", "email": CLARA},
            {"type": "<b>something.new</b>", "note": long},
        )
    ):
        webhooks.receive(SPACE, f"msg_{number}", json.dumps(raw).encode())
    webhooks.test(anna, SPACE)


def actor(stack: Stack, email: str) -> Actor:
    """Who signs in with that address."""
    with stack.application.store.read() as desk:
        account = desk.accounts.find(email)
        assert account is not None
        return desk.accounts.actor(account)


def run_now(stack: Stack, anna: Actor) -> Run:
    """A run from beginning to end."""
    begun = stack.application.administration.start(anna, SPACE)
    done = stack.application.runner.work(begun.run.run_id)
    assert done is not None
    return done


def _preview(stack: Stack, anna: Actor) -> str:
    """A preview that is made."""
    previews = stack.application.previews
    job = previews.start(anna, SPACE)
    while job.status is JobStatus.WORKING:
        time.sleep(0.1)
        job = previews.get(anna, SPACE, job.job_id)
    assert job.status is JobStatus.DONE
    return job.job_id


@contextmanager
def signed_in(
    browser: Browser, stack: Stack, email: str, **options: Any
) -> Iterator[BrowserContext]:
    """A browser of somebody who has signed in."""
    token = stack.application.accounts.sign_in(email, PASSWORD, address="127.0.0.1").token
    chosen = {"locale": "en-GB", "timezone_id": "Europe/Berlin"} | options
    context = browser.new_context(**chosen)
    context.set_default_timeout(WAIT_MS)
    context.add_init_script(path=AXE)
    url = stack.web_url.replace("http:", "https:")
    context.add_cookies(
        [{"name": COOKIE, "value": token, "url": url, "secure": True, "httpOnly": True}]
    )
    try:
        yield context
    finally:
        context.close()


def faults_of(page: Page) -> list[str]:
    """What axe has against the page, and what sticks out to the side."""
    found = page.evaluate(
        """async (tags) => {
          const {violations} = await axe.run(document, {
            runOnly: tags, resultTypes: ["violations"], preload: false, elementRef: false});
          const page = document.scrollingElement, wide = page.scrollWidth > page.clientWidth;
          return [...(wide ? ["wider than the window"] : []),
            ...violations.flatMap((one) => one.nodes.map((node) => `${one.id}: ${node.target} ` +
              node.any.map((any) => any.message).join(" ")))];
        }""",
        list(RULES),
    )
    return list(found)


def _people(stack: Stack) -> Actor:
    accounts, now = stack.application.accounts, datetime.now(UTC)
    accounts.create_operator(OLGA, PASSWORD)
    for email in (ANNA, BEN):
        accounts.sign_up(email, PASSWORD, address="127.0.0.1")
        with stack.application.store.write() as desk:
            account = desk.accounts.find(email)
            assert account is not None
            desk.accounts.join(account.account_id, SPACE, now=now)
    return actor(stack, ANNA)


def _delete_some(stack: Stack) -> None:
    """Somebody deletes Leads in Pipeliner on purpose."""
    with stack.sandbox.world.lock:
        for lead in stack.sandbox.leads()[:40:13]:
            stack.sandbox.world.crm.patch(SPACE, "Leads", lead["id"], {"is_deleted": True})


def _other_spaces(stack: Stack) -> None:
    plain = json.loads(stack._space_file())["spaces"][0] | {"time_zone": "America/New_York"}
    spaces = [
        plain | {"space_id": f"space_{number}", "name": name}
        for number, (name, _) in enumerate(OTHERS)
    ]
    text = json.dumps({"spaces": spaces})
    stack.application.service.import_spaces(parse_space_file(text, lambda name: None))
    now, reason = datetime.now(UTC), "Invoice overdue since August; two letters unanswered"
    with stack.application.store.write() as desk:
        for number, (_, status) in enumerate(OTHERS):
            why = reason if status is SpaceStatus.SUSPENDED else ""
            desk.spaces.set_status(f"space_{number}", status, reason=why, by=OLGA, at=now)
