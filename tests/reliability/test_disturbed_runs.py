"""A run that is killed, loses answers or loses our database ends as if nothing had happened.

Real processes over real sockets, killed with SIGKILL: `telling` does it, `worlds` has the stories.
Some points are met each time, so that no kind of call and commit is left out; all of them with
`./run test --full`.
"""

import pytest

from tests.reliability.conftest import FULL, tell
from tests.reliability.worlds import STORIES

pytestmark = pytest.mark.timeout(900)

SOME = ("some",)
HALVES = ("1/2", "2/2")  # so that two processes share the work


@pytest.mark.parametrize("part", HALVES if FULL else SOME)
@pytest.mark.parametrize("names", [(one,) for one in STORIES] if FULL else [tuple(STORIES)])
def test_a_run_killed_at_any_point(names: tuple[str, ...], part: str) -> None:
    tell("killed", part, *names)


@pytest.mark.parametrize("part", HALVES if FULL else SOME)
def test_answers_lost_after_the_write_was_applied(part: str) -> None:
    tell("lost", part, "first run", *(["a day later"] if FULL else []))


@pytest.mark.parametrize("name", ["first run", "a day later"])
def test_our_database_restored_from_before_the_run(name: str) -> None:
    tell("restored", "1/1" if FULL else "some", name)


@pytest.mark.parametrize("kind", ["killed", "lost", "restored"])
def test_the_same_on_postgresql(kind: str, postgres: str) -> None:
    tell(kind, "some", "first run", postgres=postgres)
