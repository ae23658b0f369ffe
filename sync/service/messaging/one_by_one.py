"""Doing something for one space after the other, so that a bug with one does not hold up all."""

from collections.abc import Callable, Sequence
from datetime import datetime

import structlog

from sync.errors import IntegrationError
from sync.metrics import ERRORS
from sync.service.messaging.values import Stop

log = structlog.get_logger(__name__)

Due = tuple[str, datetime]  # (space, since when)


def one_by_one(
    due: Sequence[Due],
    do: Callable[[str, datetime], int],
    put_off: Callable[[str, datetime], None],
    stop: Stop,
) -> int:
    """The sum of what was done; a space with which a bug was met is put off.

    Raises the errors of this product, such as TryLater where the database is away.
    """
    done = 0
    for space_id, since in due:
        if stop():
            break
        try:
            done += do(space_id, since)
        except IntegrationError:
            raise
        except Exception:  # a bug, in an errand that has to do with every space
            log.exception("messages_met_a_bug", space=space_id)
            ERRORS.add("worker", "bug")
            put_off(space_id, since)
    return done
