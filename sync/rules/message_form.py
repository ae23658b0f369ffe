"""What somebody typed on the page of messages, understood, or a sentence for each field. Pure."""

import re
from collections.abc import Iterator
from typing import Final
from urllib.parse import urlsplit

from sync.errors import FieldProblem
from sync.languages import LANGUAGES, gettext
from sync.model import Change
from sync.model.messages import HookFormat, MessageSettings, Telling, TypedMessages
from sync.rules.addresses import normalise
from sync.rules.auditing import CHANGED, as_text

MOST_ADDRESSES: Final = 10
LONGEST_URL: Final = 2_000


def understand(
    typed: TypedMessages, before: MessageSettings | None
) -> tuple[MessageSettings, tuple[FieldProblem, ...]]:
    """What was typed, and every field's problem; with a problem the settings are not to be kept."""
    problems: list[FieldProblem] = []
    emails = tuple(_emails(typed.emails, problems))
    known = {one.value for one in Telling}
    formats = {one.value for one in HookFormat}
    if typed.hook_format not in formats:
        problems.append(_problem("hook_format", gettext("Choose one of these.")))
    if typed.language not in LANGUAGES:
        problems.append(_problem("language", gettext("Choose one of these.")))
    wanted = MessageSettings(
        emails=emails,
        webhook_url=_webhook(typed, before.webhook_url if before else None, problems),
        hook_format=HookFormat(typed.hook_format)
        if typed.hook_format in formats
        else HookFormat.TEXT,
        tellings=frozenset(Telling(one) for one in typed.tellings if one in known),
        language=typed.language,
        digest=typed.digest,
        hot_leads=typed.hot_leads,
    )
    return wanted, tuple(problems)


def changes(before: MessageSettings | None, after: MessageSettings) -> tuple[Change, ...]:
    """What changed, for the audit trail; of the webhook's address only that it did."""
    before = before or MessageSettings(tellings=frozenset(), digest=False)
    return tuple(_changes(before, after))


def host_of(url: str | None) -> str:
    """The host of the webhook's address, which is all of it that is shown; empty: none is set."""
    return urlsplit(url).hostname or "" if url else ""


def _changes(before: MessageSettings, after: MessageSettings) -> Iterator[Change]:
    plain = (
        ("messages.emails", before.emails, after.emails),
        ("messages.hook_format", before.hook_format, after.hook_format),
        ("messages.tellings", _names(before), _names(after)),
        ("messages.language", before.language, after.language),
        ("messages.digest", _yes(before.digest), _yes(after.digest)),
        ("messages.hot_leads", _yes(before.hot_leads), _yes(after.hot_leads)),
    )
    for name, old, new in plain:
        if old != new:
            yield Change(field=name, old=as_text(old), new=as_text(new))
    if before.webhook_url != after.webhook_url:
        old_one = "set" if before.webhook_url else as_text(None)
        new_one = CHANGED if after.webhook_url else as_text(None)
        yield Change(field="messages.webhook", old=old_one, new=new_one)


def _names(wanted: MessageSettings) -> tuple[str, ...]:
    return tuple(one.value for one in Telling if one in wanted.tellings)


def _yes(value: bool) -> str:
    return "yes" if value else "no"


def _emails(text: str, problems: list[FieldProblem]) -> Iterator[str]:
    parts = dict.fromkeys(one for one in re.split(r"[\s,;]+", text) if one)
    if len(parts) > MOST_ADDRESSES:
        said = gettext("At most %(most)s addresses; use a mailing list.", most=MOST_ADDRESSES)
        problems.append(_problem("emails", said))
        return
    found = {one: normalise(one) for one in parts}
    bad = [one[:100] for one, address in found.items() if address is None]
    if bad:
        said = gettext("Not an e-mail address: %(addresses)s", addresses=", ".join(bad))
        problems.append(_problem("emails", said))
    yield from dict.fromkeys(address for address in found.values() if address is not None)


def _webhook(typed: TypedMessages, before: str | None, problems: list[FieldProblem]) -> str | None:
    url = typed.webhook_url.strip()
    if typed.forget_webhook:
        return None
    if not url:
        return before
    if len(url) > LONGEST_URL or not url.lower().startswith(("https://", "http://")):
        said = gettext("Type the whole address; it begins with https://")
        problems.append(_problem("webhook_url", said))
    return url


def _problem(field: str, message: str) -> FieldProblem:
    return FieldProblem(field=field, message=message)
