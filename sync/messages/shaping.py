"""From a letter to what is sent: text and plain HTML for mail, JSON for webhooks.

The HTML loads nothing and counts nobody: no image, no style from elsewhere, no link but to our own
pages and to the CRM.

Source: https://learn.microsoft.com/en-us/connectors/teams/ (cards), and
https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks (text)
"""

from collections.abc import Mapping
from html import escape
from typing import Final

from sync.messages.quoting import one_line
from sync.model.messages import Bodies, Channel, HookFormat, Letter, Line

LONGEST_SUBJECT: Final = 150
CARD: Final = "application/vnd.microsoft.card.adaptive"
SCHEMA: Final = "http://adaptivecards.io/schemas/adaptive-card.json"


def shape(letter: Letter, channel: Channel, hook_format: HookFormat = HookFormat.TEXT) -> Bodies:
    """The letter as this channel takes it."""
    subject = one_line(letter.subject, LONGEST_SUBJECT)
    if channel is Channel.EMAIL:
        return Bodies(subject=subject, text=_text(letter), html=_html(subject, letter))
    if hook_format is HookFormat.CARD:
        return Bodies(subject=subject, text=_chat(letter), payload=_card(letter))
    return Bodies(subject=subject, text=_chat(letter), payload={"text": _chat(letter)})


def _text(letter: Letter) -> str:
    main = "\n\n".join(map(_as_text, letter.lines))
    footer = "\n".join(map(_as_text, letter.footer))
    return f"{main}\n\n-- \n{footer}\n" if footer else f"{main}\n"


def _as_text(line: Line) -> str:
    if not line.url:
        return line.text
    return f"{line.text}\n{line.label}: {line.url}" if line.text else f"{line.label}: {line.url}"


def _html(subject: str, letter: Letter) -> str:
    main = "".join(f"<p>{_as_html(line)}</p>\n" for line in letter.lines)
    footer = "<br>\n".join(map(_as_html, letter.footer))
    below = f"<hr>\n<p><small>{footer}</small></p>\n" if footer else ""
    return (
        f'<!doctype html>\n<html lang="{letter.language}"><head><meta charset="utf-8">'
        f"<title>{escape(subject)}</title></head>\n<body>\n{main}{below}</body></html>\n"
    )


def _as_html(line: Line) -> str:
    text = escape(line.text)
    if not line.url:
        return text
    link = f'<a href="{escape(line.url)}">{escape(line.label)}</a>'
    return f"{text}<br>{link}" if text else link


def _chat(letter: Letter) -> str:
    lines = (f"{line.text} {line.url}".strip() for line in letter.lines)
    return "\n".join((letter.subject, *lines))


def _card(letter: Letter) -> Mapping[str, object]:
    """An adaptive card; its links are buttons, so that nothing in its texts has to be one."""
    texts = [_block(letter.subject, weight="Bolder", size="Medium")]
    texts += [_block(line.text) for line in letter.lines if line.text]
    buttons = [
        {"type": "Action.OpenUrl", "title": line.label, "url": line.url}
        for line in letter.lines
        if line.url
    ]
    card = {"$schema": SCHEMA, "type": "AdaptiveCard", "version": "1.4", "body": texts}
    content = card | ({"actions": buttons[:6]} if buttons else {})
    return {
        "type": "message",
        "attachments": [{"contentType": CARD, "contentUrl": None, "content": content}],
    }


def _block(text: str, **looks: str) -> dict[str, object]:
    return {"type": "TextBlock", "text": text, "wrap": True, **looks}
