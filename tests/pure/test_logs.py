"""Logs: one event a line on stderr, in the chosen format, without secrets."""

import json
import logging

import pytest
import structlog

from sync.logs import configure_logs


def test_json_is_one_object_a_line_on_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs("json", "info")
    structlog.get_logger("sync.worker").info("run_left", run=7, status="succeeded")
    logging.getLogger("gunicorn.error").warning("Worker %s exiting", 12)
    out, err = capsys.readouterr()
    ours, theirs = (json.loads(line) for line in err.splitlines())
    assert out == ""
    assert (ours["event"], ours["run"], ours["level"]) == ("run_left", 7, "info")
    assert (theirs["event"], theirs["logger"]) == ("Worker 12 exiting", "gunicorn.error")


@pytest.mark.parametrize("log_format", ["json", "text"])
@pytest.mark.parametrize(
    "name", ["password", "access_token", "Authorization", "client_secret", "acton_panel_key"]
)
def test_a_value_under_a_name_that_smells_of_a_secret_is_masked(
    log_format: str, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    configure_logs(log_format, "info")  # type: ignore[arg-type]
    structlog.get_logger().info("called", **{name: "hunter2"})
    said = capsys.readouterr().err
    assert "hunter2" not in said
    assert "***" in said


@pytest.mark.parametrize("log_format", ["json", "text"])
def test_a_traceback_shows_no_local_variables(
    log_format: str, capsys: pytest.CaptureFixture[str]
) -> None:
    configure_logs(log_format, "info")  # type: ignore[arg-type]
    held = "hunter" + str(2)
    try:
        _ = 1 / len(held[:0])
    except ZeroDivisionError:
        structlog.get_logger().exception("run_broke")
    said = capsys.readouterr().err
    assert "ZeroDivisionError" in said
    assert "hunter2" not in said


def test_what_is_less_important_than_the_level_is_left_out(
    capsys: pytest.CaptureFixture[str],
) -> None:
    configure_logs("json", "warning")
    structlog.get_logger().info("too_small")
    logging.getLogger("urllib3").debug("GET /token?secret=hunter2")
    assert capsys.readouterr().err == ""


def test_libraries_that_log_whole_addresses_stay_silent_even_at_debug(
    capsys: pytest.CaptureFixture[str],
) -> None:
    configure_logs("json", "debug")
    logging.getLogger("urllib3.connectionpool").debug("GET /api?token=hunter2")
    assert capsys.readouterr().err == ""


def test_configuring_again_replaces_the_format(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs("text", "info")
    configure_logs("json", "info")
    structlog.get_logger().info("once")
    lines = capsys.readouterr().err.splitlines()
    assert [json.loads(line)["event"] for line in lines] == ["once"]


FORGED = 'x\n{"event": "run_ended", "status": "succeeded"}\r\x1b[2J\x1b]0;title\x07\u2028\u202eevil'


@pytest.mark.parametrize("log_format", ["json", "text"])
def test_a_text_from_outside_begins_no_line_and_steers_no_terminal(
    log_format: str, capsys: pytest.CaptureFixture[str]
) -> None:
    configure_logs(log_format, "info")  # type: ignore[arg-type]
    log = structlog.get_logger("sync.engine")
    log.warning("list_failed", list_id=FORGED)
    logging.getLogger("gunicorn.error").warning("Invalid request: %s", FORGED)
    try:
        raise ValueError(FORGED)
    except ValueError:
        log.exception("request_broke")
    said = capsys.readouterr().err
    for steering in ("\x1b]0", "\x1b[2J", "\r", "\x07", "\u2028", "\u202e"):
        assert steering not in said
    lines = said.splitlines()
    assert not any(line.startswith('{"event": "run_ended"') for line in lines)
    if log_format == "json":
        events = [json.loads(line)["event"] for line in lines]
        assert [event.partition(":")[0] for event in events] == [
            "list_failed",
            "Invalid request",
            "request_broke",
        ]


def test_text_that_goes_to_no_terminal_has_no_colours(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs("text", "info")
    structlog.get_logger("sync.engine").info("run_ended", run=7)
    assert "\x1b" not in capsys.readouterr().err
