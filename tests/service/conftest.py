"""The world of administration, for each test anew."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.service.world import AdminWorld


@pytest.fixture
def world(tmp_path: Path) -> Iterator[AdminWorld]:
    """A world in which the spaces acme (Anna's) and other (Bert's) are synced."""
    made = AdminWorld(tmp_path)
    made.add_space("acme")
    made.add_space("other", name="Other")
    yield made
    made.store.database.close()
