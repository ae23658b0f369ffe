"""Mistakes of ours, told to Sentry where `SENTRY_DSN` says so; nothing about people goes along.

What is sent is chosen, not what is left out: the kind of the mistake and where in the code, with
the run, the space's id and the request. Texts of exceptions stay here: they may quote anything.

Source: https://docs.sentry.io/platforms/python/configuration/filtering/
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from sync.errors import SetupError
from sync.logs import REPORTERS

if TYPE_CHECKING:
    from sentry_sdk.transport import Transport

TAGS: Final = ("event", "run", "space", "request", "logger")
KEPT: Final = ("event_id", "timestamp", "level", "platform", "release", "environment", "tags")
FRAME: Final = ("filename", "function", "module", "lineno", "in_app")


def report_to(dsn: str, *, transport: "type[Transport] | None" = None) -> None:
    """Send every logged exception there from now on. `transport` is for tests.

    Raises SetupError where the package is not installed or the address is none.
    """
    try:
        import sentry_sdk
    except ImportError:
        raise SetupError(
            "SENTRY_DSN is set, and the package sentry-sdk is not installed.",
            hint="Run: pip install sentry-sdk. Or unset SENTRY_DSN.",
            kind="settings",
        ) from None
    try:
        sentry_sdk.init(
            dsn=dsn,
            transport=transport,
            default_integrations=False,
            auto_enabling_integrations=False,
            include_local_variables=False,
            max_breadcrumbs=0,
            before_send=chosen,
        )
    except ValueError:
        raise SetupError(
            "SENTRY_DSN is not an address of Sentry.",
            hint="Sentry shows it under Settings > Client Keys.",
            kind="settings",
        ) from None
    if _send not in REPORTERS:
        REPORTERS.append(_send)


def _send(error: BaseException, event: Mapping[str, Any]) -> None:
    import sentry_sdk

    with sentry_sdk.new_scope() as scope:
        for name in TAGS:
            if name in event:
                scope.set_tag(name, str(event[name]))
        scope.capture_exception(error)


def chosen(event: Any, hint: Mapping[str, Any]) -> Any:
    """What of an event is sent."""
    kept = {name: event[name] for name in KEPT if name in event}
    raised = event.get("exception") or {}
    kept["exception"] = {"values": [_without_text(one) for one in raised.get("values") or []]}
    return kept


def _without_text(one: Mapping[str, Any]) -> dict[str, Any]:
    frames = (one.get("stacktrace") or {}).get("frames") or []
    return {
        "type": one.get("type"),
        "module": one.get("module"),
        "stacktrace": {"frames": [{name: frame.get(name) for name in FRAME} for frame in frames]},
    }
