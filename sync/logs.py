"""What goes to the log, and how: one event a line on stderr, with facts beside it.

stdout belongs to results. Values under a name that smells of a secret are masked here, whoever
logged them; clients keep secrets out of their events in the first place (`sync.http.redact`).
"""

import logging
import sys
from collections.abc import MutableMapping
from typing import Any, Literal

import structlog
from structlog.typing import Processor

MASK = "***"
SECRET_WORDS = ("password", "secret", "token", "authorization", "api_key", "panel_key", "cookie")


def configure_logs(log_format: Literal["auto", "text", "json"], level: str) -> None:
    """Send our events and those of the libraries to stderr in one format. May be called again."""
    as_text = log_format == "text" or (log_format == "auto" and sys.stderr.isatty())
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        mask_secrets,
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
        plain = structlog.dev.plain_traceback  # rich ones print local variables: secrets
        return [structlog.dev.ConsoleRenderer(exception_formatter=plain)]
    return [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]


def mask_secrets(
    logger: Any, method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """The event with every value masked whose name says that it is a secret."""
    for name in event:
        if any(word in name.lower() for word in SECRET_WORDS):
            event[name] = MASK
    return event
