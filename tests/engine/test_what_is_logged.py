"""What a run says in the log can be followed: each line names its run and its space."""

from collections.abc import Iterator

import pytest
import structlog
from structlog.testing import LogCapture

from tests.counting import counted
from tests.engine.conftest import World


@pytest.fixture
def lines() -> Iterator[list[dict[str, object]]]:
    kept = LogCapture()
    before = structlog.get_config()["processors"]
    structlog.configure(processors=[structlog.contextvars.merge_contextvars, kept])
    yield kept.entries
    structlog.configure(processors=before)


def test_every_line_of_a_run_names_the_run_and_its_space(
    world: World, lines: list[dict[str, object]]
) -> None:
    world.acton.add_person("l-0001", "jane@example.com", score=55)
    run = world.sync()
    assert [line["event"] for line in lines] == ["run_ended"]
    assert all((line["run"], line["space"]) == (run.run_id, run.space_id) for line in lines)


def test_what_became_of_rows_is_counted_for_those_who_watch(world: World) -> None:
    created, ended = 'rows_total{result="created"}', 'runs_ended_total{status="succeeded"}'
    before = counted(created), counted(ended)
    for number in range(3):
        world.acton.add_person("l-0001", f"p{number}@example.com", score=55)
    world.sync()
    assert (counted(created), counted(ended)) == (before[0] + 3, before[1] + 1)
