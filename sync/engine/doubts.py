"""Fields of ours that go while we write: many refusals may have one cause that can be mended."""

from collections.abc import Sequence

from sync.engine.checks import check_fields
from sync.engine.work import Work
from sync.errors import SetupError, TryLater, UnexpectedAnswer
from sync.model import NotWritten, WriteResult


class FieldDoubts:
    """Whether our fields are still there, looked at when refusals make that doubtful."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._doubted = False

    def look(self, results: Sequence[WriteResult]) -> SetupError | None:
        """The set-up error behind refusals, where a field of ours is gone since the run began.

        Looked at when everything in a batch is refused, and at the first refusal: one bad record is
        nothing unusual, and each look costs two calls.
        """
        refused = [one for one in results if isinstance(one, NotWritten) and not one.missing]
        if not refused or (self._doubted and len(refused) < len(results)):
            return None
        self._doubted = True
        try:
            check_fields(self._work.connections.pipeliner, self._work.space, self._work.fields)
        except SetupError as error:
            return error
        except (TryLater, UnexpectedAnswer):
            return None  # it was only a look; the refusals stand as they are
        return None
