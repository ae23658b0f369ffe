"""Asking a vendor on the way to a page: its trouble is a part of the page, not the end of it."""

from collections.abc import Callable
from typing import TypeVar

from sync.errors import IntegrationError, NotAllowed, NotFound

T = TypeVar("T")


def look(ask: Callable[[], T]) -> tuple[T | None, IntegrationError | None]:
    """What was answered, or why nothing was. Raises NotFound and NotAllowed: those are ours."""
    try:
        return ask(), None
    except (NotFound, NotAllowed):
        raise
    except IntegrationError as error:
        return None, error
