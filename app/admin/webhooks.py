"""Webhooks of Act-On: their address and secret, a test, and what came in last."""

from http import HTTPStatus
from typing import Any, Final

from flask import request, url_for
from flask.typing import ResponseReturnValue

from app import forms, htmx, session
from app.admin.space import ask, bp, done, page, shown, space_of
from app.admin.words import Question
from app.services import get_webhooks
from sync.errors import Conflict, InvalidInput
from sync.languages import gettext, lazy_gettext
from sync.model.webhooks import SignatureScheme, WebhookKind, WebhookState

KINDS: Final = {
    WebhookKind.CROSSING: lazy_gettext("Reached a score"),
    WebhookKind.UPDATED: lazy_gettext("Contact changed"),
    WebhookKind.OPTED_OUT: lazy_gettext("Opted out"),
    WebhookKind.OPTED_IN: lazy_gettext("Opted in"),
    WebhookKind.HARD_BOUNCE: lazy_gettext("Hard bounce"),
    WebhookKind.SOFT_BOUNCE: lazy_gettext("Soft bounce"),
    WebhookKind.SPAM: lazy_gettext("Marked as spam"),
    WebhookKind.TEST: lazy_gettext("Test"),
    WebhookKind.OTHER: lazy_gettext("Another event"),
    WebhookKind.UNKNOWN: lazy_gettext("Not understood"),
}
STATES: Final = {
    WebhookState.WAITING: (lazy_gettext("waits"), "warn"),
    WebhookState.TAKEN: (lazy_gettext("under way"), "busy"),
    WebhookState.DONE: (lazy_gettext("done"), "good"),
    WebhookState.LEFT: (lazy_gettext("left to the daily run"), "warn"),
    WebhookState.KEPT: (lazy_gettext("nothing to do"), "plain"),
}


@bp.get("/webhooks")
def webhooks(space_id: str) -> ResponseReturnValue:
    if htmx.is_htmx():
        space = space_of(space_id)
        context = _context(space_id) | shown(space)
        return htmx.fragment("admin/webhooks.html", "arrived", texts={}, **context)
    return _page(space_id)


@bp.post("/webhooks")
def save_webhooks(space_id: str) -> ResponseReturnValue:
    typed = forms.typed()
    scheme = typed.get("scheme", "")
    try:
        get_webhooks().save(
            session.actor(),
            space_id,
            scheme=SignatureScheme(scheme) if scheme in SIGNATURES else SignatureScheme.SVIX,
            secret=typed.get("secret", ""),
            header=typed.get("header", ""),
        )
    except InvalidInput as error:
        typed_again = {"scheme": scheme, "header": typed.get("header", "")}
        return _page(space_id, problem=error, typed=typed_again), HTTPStatus.UNPROCESSABLE_ENTITY
    said = gettext("Saved. Webhooks that are signed so are taken from now on.")
    return done(said, "space.webhooks", space_id=space_id)


@bp.post("/webhooks/test")
def test_webhooks(space_id: str) -> ResponseReturnValue:
    try:
        get_webhooks().test(session.actor(), space_id)
    except Conflict as error:
        return _page(space_id, problem=error), HTTPStatus.CONFLICT
    said = gettext("A test was signed, sent through the same door, and taken. It stands below.")
    return done(said, "space.webhooks", space_id=space_id)


@bp.get("/webhooks/stop")
def ask_stop_webhooks(space_id: str) -> ResponseReturnValue:
    action = url_for("space.stop_webhooks", space_id=space_id)
    back = url_for("space.webhooks", space_id=space_id)
    return ask(space_of(space_id), "webhooks", _stop(), action=action, back=back)


@bp.post("/webhooks/stop")
def stop_webhooks(space_id: str) -> ResponseReturnValue:
    get_webhooks().drop(session.actor(), space_id)
    said = gettext("Webhooks are refused from now on.")
    return done(said, "space.webhooks", space_id=space_id)


# What Act-On reports that is of use here, by the names of its catalogue.
EVENTS: Final = (
    "contact-lead-score.upper-threshold-surpassed",
    "contact.updated",
    "contact-opt.global-opt-out",
    "contact-opt.global-opt-in",
    "contact-bounce.hard",
    "contact-email.marked-as-spam",
)
SIGNATURES: Final = frozenset(one.value for one in SignatureScheme)


def _page(space_id: str, **context: Any) -> str:
    space = space_of(space_id)
    return page("admin/webhooks.html", space, "webhooks", **_context(space_id) | context)


def _context(space_id: str) -> dict[str, Any]:
    found = get_webhooks().page(session.actor(), space_id)
    set_up = found.set_up
    typed = {"scheme": set_up.scheme or SignatureScheme.SVIX.value, "header": set_up.header}
    return {
        "set_up": set_up,
        "counts": found.counts,
        "latest": found.latest,
        "events": EVENTS,
        "kinds": KINDS,
        "states": STATES,
        "typed": typed,
        "problem": None,
        "open_id": request.args.get("open", ""),
    }


def _stop() -> Question:
    return Question(
        title=gettext("Stop taking webhooks?"),
        text=(
            gettext(
                "The signing secret is deleted, and what Act-On sends is refused. The daily run "
                "goes on and finds everybody."
            ),
        ),
        button=gettext("Stop"),
    )
