"""The panel in every state (design 3.16): how the world comes to be so, and how one gets there.

Tests look at what each state says; the tests of looks and access take every one of them.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from .stack import KEY_FIELD, SPACE, Stack
from .visitor import Visitor

CLARA: Final = "clara.bright@example.com"
OLGA: Final = "optedout@example.com"
QUINN: Final = "quiet@example.com"
Go = Callable[[Visitor], object]


@dataclass(frozen=True, kw_only=True)
class Scene:
    """A state: how to get there, what it says, and what it must not show."""

    go: Go
    says: tuple[str, ...]
    never: tuple[str, ...] = ()
    noise: tuple[str, ...] = ()  # what the browser's console rightly says


def _linked(visitor: Visitor) -> None:
    visitor.look_at(CLARA)


def _in_a_lead(visitor: Visitor) -> None:
    visitor.open_lead(lead_of(visitor.stack, CLARA))


def _in_a_lead_by_launch(visitor: Visitor) -> None:
    visitor.open_lead(lead_of(visitor.stack, CLARA), launch=True)
    visitor.refresh()


def lead_of(stack: Stack, email: str) -> str:
    """A Lead of somebody whom a sync has linked."""
    return str(stack.leads_of(stack.contact(email)["id"])[0]["id"])


def _in_a_lead_by_hand(visitor: Visitor) -> None:
    visitor.open_lead(visitor.stack.type_lead())


def _no_score_sheet(visitor: Visitor) -> None:
    visitor.stack.sandbox.change("set_score", email=QUINN, score=None)
    visitor.look_at(QUINN)
    visitor.refresh()


def _not_created(visitor: Visitor) -> None:
    visitor.open(visitor.stack.type_contact("justbelow@example.com"))


def _not_created_by_launch(visitor: Visitor) -> None:
    visitor.open(visitor.stack.type_contact("justbelow@example.com"), launch=True)


def _found(visitor: Visitor) -> None:
    _not_created_by_launch(visitor)
    visitor.press("find")
    visitor.panel.locator(".value").wait_for()


def _looked_for(visitor: Visitor) -> None:
    visitor.open(visitor.stack.type_contact("nobody@example.com"), launch=True)
    visitor.press("find")
    visitor.has("Not found in Act-On")


def _not_in_acton(visitor: Visitor) -> None:
    visitor.stack.sandbox.change("forget_person", email=OLGA)
    visitor.look_at(OLGA)
    visitor.refresh()


def _no_activity(visitor: Visitor) -> None:
    visitor.look_at(QUINN)
    visitor.more()


def _unreachable(visitor: Visitor) -> None:
    visitor.stack.sandbox.plan_fault("server_error", api="acton", times=1_000)
    visitor.look_at(CLARA)
    visitor.refresh()


def _credentials(visitor: Visitor) -> None:
    refuse_log_in(visitor.stack)
    visitor.look_at(CLARA)
    visitor.refresh()


def refuse_log_in(stack: Stack) -> None:
    """Somebody changes the password in Act-On, and the tokens are over."""
    stack.sandbox.change("change_password", password="another")
    with stack.sandbox.world.lock:
        stack.sandbox.sandbox.tokens.revoke(stack.sandbox.world.demo.account_id)


def _paused(visitor: Visitor) -> None:
    visitor.stack.application.service.suspend(SPACE)
    visitor.look_at(CLARA)


def _quota(visitor: Visitor) -> None:
    visitor.stack.set_budget(1)
    visitor.look_at(CLARA)
    visitor.refresh()


def _key_expired(visitor: Visitor) -> None:
    visitor.stack.pass_time(days=31)
    visitor.look_at(CLARA)


def _key_revoked(visitor: Visitor) -> None:
    visitor.stack.application.service.rotate_panel_keys(SPACE)
    visitor.look_at(CLARA)


def _forged(visitor: Visitor) -> None:
    clara = visitor.stack.contact(CLARA)
    forged = clara[KEY_FIELD][:-4] + "AAAA"
    visitor.stack.change_contact(clara["id"], **{KEY_FIELD: forged})
    visitor.open(clara["id"])


def _session_over(visitor: Visitor) -> None:
    visitor.open(visitor.stack.contact(CLARA)["id"], launch=True)
    visitor.stack.pass_time(hours=9)
    visitor.refresh()


NEVER: Final = (CLARA, "Clara", "94")
SCENES: Final = {
    "linked": Scene(
        go=_linked,
        says=("94", "over your threshold of 40", "Panel examples", "Open Lead", "Open in Act-On"),
    ),
    "in a Lead": Scene(
        go=_in_a_lead,
        says=("94", "Panel examples", "this Lead", "Reached 40 points on", "Open in Act-On"),
        never=("Open Lead",),
    ),
    "in a Lead, with a user": Scene(go=_in_a_lead_by_launch, says=("Still 94.", "this Lead")),
    "in a Lead made by hand": Scene(
        go=_in_a_lead_by_hand,
        says=("Not linked to Act-On", "did not create this Lead", "Open its Contact"),
        never=("this Contact", "Refresh"),
    ),
    "no score sheet": Scene(
        go=_no_score_sheet,
        says=("No score yet", "Marketing can set one up"),
        never=("threshold of",),
    ),
    "not created": Scene(
        go=_not_created,
        says=("Not linked to Act-On", "did not create this Contact", "the nightly sync links them"),
        never=("Find in Act-On", "Refresh"),
    ),
    "not created, with a user": Scene(
        go=_not_created_by_launch,
        says=("Not linked to Act-On", "look for them by email address", "Find in Act-On"),
        never=("Refresh",),
    ),
    "found": Scene(
        go=_found, says=("39", "below your threshold of 40", "justbelow@example.com", "Again in")
    ),
    "looked for in vain": Scene(
        go=_looked_for, says=("Not found in Act-On", "Check the address", "Find in Act-On")
    ),
    "not in Act-On": Scene(
        go=_not_in_acton, says=("Not in Act-On", "Check the address"), never=("threshold of",)
    ),
    "no activity": Scene(
        go=_no_activity, says=("No activity in the last 90 days", "Show all time")
    ),
    "unreachable": Scene(
        go=_unreachable,
        says=("Act-On cannot be reached", "last known values", "Try Refresh again", "94"),
    ),
    "credentials refused": Scene(
        go=_credentials,
        says=("Act-On does not accept our log-in", "Ask your admin", "94"),
    ),
    "paused": Scene(go=_paused, says=("The integration is paused", "Ask your admin", "94")),
    "quota gone": Scene(
        go=_quota,
        says=("Today’s look-ups in Act-On are used up", "Live values are back", "94"),
    ),
    "key expired": Scene(
        go=_key_expired,
        says=("This link is out of date", "ask your admin to run the sync"),
        never=NEVER,
        noise=("403",),
    ),
    "key revoked": Scene(
        go=_key_revoked,
        says=("This link is out of date", "ask your admin to run the sync"),
        never=NEVER,
        noise=("403",),
    ),
    "forged": Scene(
        go=_forged,
        says=("This panel cannot be opened", "open it again"),
        never=NEVER,
        noise=("403",),
    ),
    "session over": Scene(
        go=_session_over,
        says=("This panel has been open for a long time", "Open the record again"),
        noise=("403",),
    ),
}
