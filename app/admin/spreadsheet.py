"""Tables as files that people open in a spreadsheet. What is in the cells is made safe before."""

import csv
import io
from collections.abc import Iterable, Iterator
from typing import Final

from flask import Response

LINES_AT_ONCE: Final = 200
BYTE_ORDER_MARK: Final = "\ufeff"  # by which spreadsheets know that it is UTF-8


def csv_file(table: Iterable[tuple[str, ...]], name: str) -> Response:
    """The table as a file of that name, sent while it is made."""
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(_as_csv(table), content_type="text/csv; charset=utf-8", headers=headers)


def _as_csv(table: Iterable[tuple[str, ...]]) -> Iterator[str]:
    """The table as text, some lines at a time."""
    yield BYTE_ORDER_MARK
    text = io.StringIO()
    writer = csv.writer(text)
    for number, cells in enumerate(table, start=1):
        writer.writerow(cells)
        if number % LINES_AT_ONCE == 0:
            yield text.getvalue()
            text.seek(0)
            text.truncate()
    yield text.getvalue()
