"""Several pages of Act-On under way at once: the same pages, in the same order, none too many."""

import json
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
import requests
import responses

from tests.clients.conftest import Line
from tests.clients.test_acton_reading import FIELDS, ROWS, SCORES, client_of


class Pages:
    """A vendor that answers any number of requests, in whatever order they come."""

    def __init__(self, mock: responses.RequestsMock) -> None:
        self._mock = mock
        self.asked: list[dict[str, str]] = []

    def serve(self, method: str, url: str, show: Callable[[dict[str, str]], object]) -> None:
        """Answer every such request with what `show` makes of its query."""

        def answer(request: requests.PreparedRequest) -> tuple[int, dict[str, str], str]:
            query = dict(parse_qsl(urlsplit(str(request.url)).query))
            self.asked.append(query)
            return 200, {}, json.dumps(show(query))

        self._mock.add_callback(method, url, callback=answer)


@pytest.fixture
def vendor() -> Iterator[Pages]:
    with responses.RequestsMock() as mock:
        yield Pages(mock)


class MovingList:
    """A list of so many rows. By offset: `short`, how many a page shows there at most; `grows_at`,
    how many rows the list has from then on."""

    def __init__(self, rows: int, *, page: int = 10) -> None:
        self.rows, self.page = rows, page
        self.short: dict[int, int] = {}
        self.grows_at: dict[int, int] = {}

    def show(self, query: dict[str, str]) -> dict[str, Any]:
        offset = int(query["offset"])
        self.rows = self.grows_at.get(offset, self.rows)
        end = min(offset + self.short.get(offset, self.page), self.rows)
        return {
            "totalCount": str(self.rows),
            "headers": ["_contact_id_", "E-mail Address"],
            "emailColumn": 1,
            "data": [[f"l-0001:{n}", f"p{n}@example.com"] for n in range(offset, end)],
        }


def read(vendor: Pages, line: Line, moving: MovingList) -> list[str]:
    vendor.serve("GET", ROWS, moving.show)
    pages = client_of(line, at_once=4).fetch_rows("l-0001")
    return [row[0] for page in pages for row in page.rows]


def ids(rows: int) -> list[str]:
    return [f"l-0001:{number}" for number in range(rows)]


@pytest.mark.parametrize("rows", [0, 1, 10, 11, 95, 100])
def test_a_list_is_read_whole_and_each_page_once(vendor: Pages, line: Line, rows: int) -> None:
    assert read(vendor, line, MovingList(rows)) == ids(rows)
    offsets = sorted(int(query["offset"]) for query in vendor.asked)
    assert offsets == list(range(0, max(rows, 1), 10))


def test_a_page_that_is_shorter_leaves_no_gap_behind_it(vendor: Pages, line: Line) -> None:
    moving = MovingList(95)
    moving.short = {20: 7}
    assert read(vendor, line, moving) == ids(95)


def test_rows_that_come_while_a_list_is_read_are_read_too(vendor: Pages, line: Line) -> None:
    moving = MovingList(45)
    moving.grows_at = {40: 73}
    assert read(vendor, line, moving) == ids(73)


@pytest.mark.parametrize("tells", [True, False], ids=["total told", "total not told"])
@pytest.mark.parametrize("people", [0, 5, 10, 95, 100])
def test_all_contacts_are_read_whole_and_no_page_too_many(
    vendor: Pages, line: Line, people: int, tells: bool
) -> None:
    def show(query: dict[str, str]) -> object:
        start = int(query["page"]) * 10
        data = [
            {"Email": f"p{n}@example.com", "Act-On Primary Score": "50"}
            for n in range(start, min(start + 10, people))
        ]
        return {"data": data, "totalCount": people} if tells else data

    vendor.serve("POST", SCORES, show)
    pages = list(client_of(line, at_once=4).fetch_all_scores(FIELDS))
    assert [page.page for page in pages] == list(range(len(pages)))
    assert [address for page in pages for address, _ in page.scores] == [
        f"p{n}@example.com" for n in range(people)
    ]
    assert [page.next_page is None for page in pages][-1]
    if tells:
        assert len(vendor.asked) == max(1, -(-people // 10))
