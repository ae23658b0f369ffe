"""Requests, runs and calls as spans of OpenTelemetry, where `OTLP_ENDPOINT` says so.

The exporter has a thread of its own. It is made when a process has its first span: an application
is made before gunicorn forks, and threads do not survive that.

Source: https://opentelemetry.io/docs/languages/python/instrumentation/
"""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

from sync.errors import SetupError

SERVICE: Final = "acton-pipeliner"
Facts = str | int | float | bool

_makers: list[Callable[[], Any]] = []
_tracers: dict[int, Any] = {}  # by process: a fork needs one of its own


def send_spans_to(endpoint: str) -> None:
    """Send spans there from now on. Raises SetupError where the packages are not installed."""
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError:
        raise SetupError(
            "OTLP_ENDPOINT is set, and the packages of OpenTelemetry are not installed.",
            hint="Run: pip install opentelemetry-sdk opentelemetry-exporter-otlp-proto-http. "
            "Or unset OTLP_ENDPOINT.",
            kind="settings",
        ) from None
    exporter = f"{endpoint.rstrip('/')}/v1/traces"
    trace_with(lambda: BatchSpanProcessor(OTLPSpanExporter(endpoint=exporter)))


def trace_with(make_processor: Callable[[], Any]) -> None:
    """Make spans from now on; each process asks once for what they go to."""
    _tracers.clear()
    _makers[:] = [make_processor]


def stop_tracing() -> None:
    """Make no spans any more."""
    _tracers.clear()
    _makers.clear()


def is_on() -> bool:
    """Whether spans are made."""
    return bool(_makers)


@contextmanager
def span(name: str, **facts: Facts) -> Iterator[None]:
    """Something that takes a while, with facts that name nobody.

    That it failed is told, not why: texts of errors may quote anything.
    """
    if not _makers:
        yield
        return
    from opentelemetry.trace import Status, StatusCode

    begun = _tracer().start_as_current_span(
        name, attributes=facts, record_exception=False, set_status_on_exception=False
    )
    with begun as current:
        try:
            yield
        except BaseException as error:
            current.set_attribute("error.type", type(error).__name__)
            current.set_status(Status(StatusCode.ERROR))
            raise


def _tracer() -> Any:
    known = _tracers.get(os.getpid())
    if known is None:
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider

        provider = TracerProvider(resource=Resource.create({"service.name": SERVICE}))
        provider.add_span_processor(_makers[0]())
        known = _tracers[os.getpid()] = provider.get_tracer(SERVICE)
    return known
