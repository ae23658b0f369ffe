"""Messages about a space: who is told what, how a message looks, tests, what became of them."""

from typing import Any, Final

from flask import request
from flask.typing import ResponseReturnValue

from app import forms, session
from app.admin.space import bp, done, page, space_of
from app.services import get_messages
from sync.errors import Conflict, InvalidFields
from sync.languages import LANGUAGES, gettext, lazy_gettext, ngettext
from sync.model.messages import (
    Channel,
    DeliveryState,
    HookFormat,
    MessageKind,
    MessageSettings,
    Telling,
    TypedMessages,
)

LONGEST_TEXT: Final = 4_000
ALL_CLEAR: Final = "all_clear"
TELLINGS: Final = (
    (
        Telling.NEEDS_ATTENTION.value,
        lazy_gettext("The sync needs you"),
        lazy_gettext("Nothing is synced until somebody mends the cause."),
    ),
    (Telling.FAILED.value, lazy_gettext("A run failed"), ""),
    (
        Telling.PARTIAL.value,
        lazy_gettext("A run fell short"),
        lazy_gettext("A list or some rows could not be done."),
    ),
    (
        Telling.PAUSED.value,
        lazy_gettext("A run is paused"),
        lazy_gettext("The day's calls are used up; it continues by itself."),
    ),
    (
        Telling.GUARD_WAITING.value,
        lazy_gettext("New Leads wait for approval"),
        lazy_gettext("The volume guard held them back."),
    ),
    (
        Telling.UNUSUAL_VOLUME.value,
        lazy_gettext("Far more new Leads than usual"),
        lazy_gettext("More than five times what is usual in a day, and more than 50."),
    ),
)
OTHERS: Final = (
    (ALL_CLEAR, lazy_gettext("All clear"), lazy_gettext("Goes with each of those above.")),
    (MessageKind.DIGEST.value, lazy_gettext("Weekly digest"), ""),
    (MessageKind.HOT_LEADS.value, lazy_gettext("New Leads, to their owner"), ""),
)
KIND_NAMES: Final = {name: label for name, label, _ in (*TELLINGS, *OTHERS)}
FORMATS: Final = (
    (HookFormat.TEXT.value, lazy_gettext("Text: Slack, Mattermost, Google Chat, your own")),
    (HookFormat.CARD.value, lazy_gettext("Card: Microsoft Teams (workflow)")),
)
STATES: Final = {
    DeliveryState.WAITING: (lazy_gettext("On its way"), "busy"),
    DeliveryState.SENT: (lazy_gettext("Sent"), "good"),
    DeliveryState.GIVEN_UP: (lazy_gettext("Not sent"), "stop"),
}
CHANNELS: Final = {
    Channel.EMAIL: lazy_gettext("E-mail"),
    Channel.WEBHOOK: lazy_gettext("Webhook"),
}


@bp.get("/messages")
def messages(space_id: str) -> ResponseReturnValue:
    return _form(space_id)


@bp.post("/messages")
def save_messages(space_id: str) -> ResponseReturnValue:
    typed = _typed()
    try:
        get_messages().save(session.actor(), space_id, typed, version=forms.version())
    except InvalidFields as error:
        problems = forms.problems_of(error)
        return _form(space_id, typed, version=forms.version(), problems=problems), 422
    except Conflict as error:
        return _form(space_id, typed, conflict=error), 409
    return done(gettext("Saved."), "space.messages", space_id=space_id)


@bp.get("/messages/<kind>")
def message(space_id: str, kind: str) -> ResponseReturnValue:
    """How a message looks."""
    return _sample(space_id, kind)


@bp.post("/messages/<kind>/test")
def test_message(space_id: str, kind: str) -> ResponseReturnValue:
    try:
        made = get_messages().send_test(session.actor(), space_id, kind)
    except Conflict as error:
        return _sample(space_id, kind, problem=str(error)), 409
    said = ngettext(
        "A test is on its way. What becomes of it is told below.",
        "%(num)s tests are on their way. What becomes of them is told below.",
        made,
    )
    return done(said, "space.messages", space_id=space_id, _anchor="latest")


def _sample(space_id: str, kind: str, **context: Any) -> str:
    samples = get_messages().samples(session.actor(), space_id, kind)
    shown = {"problem": ""} | context
    return page(
        "admin/message.html",
        space_of(space_id),
        "messages",
        kind=kind,
        name=KIND_NAMES[kind],
        samples=samples,
        channels=CHANNELS,
        **shown,
    )


def _form(
    space_id: str,
    typed: TypedMessages | None = None,
    *,
    version: int | None = None,
    **context: Any,
) -> str:
    space = space_of(space_id)
    found = get_messages().page(session.actor(), space_id)
    shown = {"problems": {}, "conflict": None} | context
    return page(
        "admin/messages.html",
        space,
        "messages",
        typed=typed or _as_typed(found.wanted, found.suggested),
        version=found.revision.version if version is None else version,
        found=found,
        tellings=TELLINGS,
        others=OTHERS,
        formats=FORMATS,
        languages=LANGUAGES.items(),
        states=STATES,
        channels=CHANNELS,
        **shown,
    )


def _typed() -> TypedMessages:
    form = request.form
    return TypedMessages(
        emails=form.get("emails", "")[:LONGEST_TEXT],
        webhook_url=form.get("webhook_url", "")[:LONGEST_TEXT],
        forget_webhook="forget_webhook" in form,
        hook_format=form.get("hook_format", ""),
        tellings=tuple(form.getlist("tellings")),
        language=form.get("language", ""),
        digest="digest" in form,
        hot_leads="hot_leads" in form,
    )


def _as_typed(wanted: MessageSettings, suggested: str) -> TypedMessages:
    return TypedMessages(
        emails="\n".join(wanted.emails) or suggested,
        hook_format=wanted.hook_format.value,
        tellings=tuple(one.value for one in wanted.tellings),
        language=wanted.language,
        digest=wanted.digest,
        hot_leads=wanted.hot_leads,
    )
