"""Spans of what takes a while, with facts that name nobody."""

import sys
from collections.abc import Iterator

import pytest
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from sync import tracing
from sync.errors import SetupError
from sync.tracing import send_spans_to, span, trace_with


@pytest.fixture
def spans() -> Iterator[InMemorySpanExporter]:
    kept = InMemorySpanExporter()
    trace_with(lambda: SimpleSpanProcessor(kept))
    yield kept
    tracing.stop_tracing()


def test_nothing_is_made_where_nobody_asks() -> None:
    tracing.stop_tracing()
    assert not tracing.is_on()
    with span("run", run=7):
        pass


def test_spans_lie_in_each_other(spans: InMemorySpanExporter) -> None:
    with span("run", run=7), span("vendor call", api="Act-On", what="the lists"):
        pass
    call, run = spans.get_finished_spans()
    assert (call.name, run.name) == ("vendor call", "run")
    assert call.parent is not None
    assert call.parent.span_id == run.context.span_id
    assert dict(run.attributes or {}) == {"run": 7}


def test_that_something_failed_is_told_and_not_why(spans: InMemorySpanExporter) -> None:
    with pytest.raises(ValueError, match="planted"), span("run", run=7):
        raise ValueError("planted-secret")
    (one,) = spans.get_finished_spans()
    assert not one.status.is_ok
    assert dict(one.attributes or {}) == {"run": 7, "error.type": "ValueError"}
    assert one.events == ()
    assert "planted" not in one.to_json()


def test_each_process_has_an_exporter_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    made = []

    def make() -> SimpleSpanProcessor:
        made.append(1)
        return SimpleSpanProcessor(InMemorySpanExporter())

    trace_with(make)
    for process in (11, 11, 12):
        monkeypatch.setattr("os.getpid", lambda process=process: process)
        with span("run"):
            pass
    tracing.stop_tracing()
    assert len(made) == 2


def test_asking_for_spans_starts_no_thread() -> None:
    import threading

    before = threading.active_count()
    send_spans_to("https://otel.example.com:4318/")
    assert tracing.is_on()
    assert threading.active_count() == before
    tracing.stop_tracing()


def test_without_the_packages_a_sentence_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    name = "opentelemetry.exporter.otlp.proto.http.trace_exporter"
    monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(SetupError, match="OpenTelemetry are not installed"):
        send_spans_to("https://otel.example.com:4318")
