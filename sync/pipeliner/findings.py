"""What we find when we look at what we set up in Pipeliner."""

from dataclasses import dataclass

from sync.model import FieldPurpose


@dataclass(frozen=True, kw_only=True)
class Finding:
    """Something to mend. `is_error`: the sync cannot run before that.

    `broken`: the field that cannot be written as it is.
    """

    message: str
    hint: str = ""
    is_error: bool = True
    broken: FieldPurpose | None = None
