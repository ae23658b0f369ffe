"""What goes to the log, and how: one event a line on stderr, with facts beside it.

stdout belongs to results. Values under a name that smells of a secret are masked here, whoever
logged them; clients keep secrets out of their events in the first place (`sync.http.redact`).
"""

import logging
import sys
from collections.abc import Callable, Mapping, MutableMapping
from io import StringIO
from textwrap import indent
from typing import Any, Literal, TextIO

import structlog
from structlog.typing import ExcInfo, Processor

from sync.context import REQUEST

MASK = "***"
SECRET_WORDS = ("password", "secret", "token", "authorization", "api_key", "panel_key", "cookie")


Reporter = Callable[[BaseException, Mapping[str, Any]], None]
REPORTERS: list[Reporter] = []  # who is told of exceptions besides the log


def configure_logs(log_format: Literal["auto", "text", "json"], level: str) -> None:
    """Send our events and those of the libraries to stderr in one format. May be called again."""
    as_text = log_format == "text" or (log_format == "auto" and sys.stderr.isatty())
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        name_request,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        mask_secrets,
        report_exception,
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,  # else a second call would not reach loggers in use
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                *_last_steps(as_text),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level.upper())
    # They log whole addresses, with query, at debug; our request path says what matters.
    for noisy in ("urllib3", "huey", "alembic"):
        logging.getLogger(noisy).setLevel(max(logging.WARNING, root.level))


def _last_steps(as_text: bool) -> list[Processor]:
    if as_text:
        colours = sys.stderr.isatty()  # a file or a journal would hold their escapes
        console = structlog.dev.ConsoleRenderer(
            colors=colours, exception_formatter=_plain_traceback
        )
        return [one_line, console]
    return [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]


def mask_secrets(
    logger: Any, method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """The event with every value masked whose name says that it is a secret."""
    for name in event:
        if any(word in name.lower() for word in SECRET_WORDS):
            event[name] = MASK
    return event


def report_exception(
    logger: Any, method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """The event as it is; where it is about an exception, the reporters are told."""
    error = _exception_of(event.get("exc_info"))
    if error is not None:
        for report in REPORTERS:
            report(error, event)
    return event


def _exception_of(info: Any) -> BaseException | None:
    if isinstance(info, BaseException):
        return info
    if isinstance(info, tuple):
        return info[1]  # type: ignore[no-any-return]
    return sys.exc_info()[1] if info else None


def name_request(
    logger: Any, method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """The event with the name of the web request in which it happened, if it did in one."""
    name = REQUEST.get()
    if name:
        event["request"] = name
    return event


def one_line(logger: Any, method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """The event with texts that can neither begin a line of their own nor steer a terminal."""
    for name, value in event.items():
        if isinstance(value, str) and not value.isprintable():
            event[name] = _shown(value)
    return event


def _shown(text: str, *, also: str = "") -> str:
    return "".join(
        char if char.isprintable() or char in also else char.encode("unicode_escape").decode()
        for char in text
    )


def _plain_traceback(stream: TextIO, info: ExcInfo) -> None:
    """The plain one, since rich ones print local variables: secrets. Indented, so that no text in
    it begins a line as an event does."""
    text = StringIO()
    structlog.dev.plain_traceback(text, info)
    stream.write(indent(_shown(text.getvalue(), also="\n"), "  "))
