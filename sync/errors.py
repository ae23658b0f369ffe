"""What can go wrong, named by what the caller does next.

Every error carries a sentence for a person (`message`), what to do about it (`hint`) and a short
machine word (`kind`). The words are English in themselves, and in the language spoken where a page
shows them; none of them may carry a secret or a vendor's raw text.
"""

from dataclasses import dataclass
from datetime import datetime

from sync.languages import translated


class IntegrationError(Exception):
    """Root of all errors that this product raises on purpose."""

    kind = "error"

    def __init__(self, message: str, *, hint: str = "", kind: str | None = None) -> None:
        super().__init__(message)
        self.message = translated(message)
        self.hint = translated(hint)
        if kind is not None:
            self.kind = kind

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()


class SetupError(IntegrationError):
    """A person must change a setting or reconnect; trying again as it is cannot help."""

    kind = "setup"


class CredentialsRefused(SetupError):
    """The vendor does not accept the credentials that we hold; the kind names the vendor."""

    kind = "credentials"


class InvalidInput(SetupError):
    """A file, setting or argument that somebody gave us cannot be used; the message names it."""

    kind = "invalid_input"


@dataclass(frozen=True, kw_only=True)
class FieldProblem:
    """What is wrong with one field of a form, in words that stand next to it."""

    field: str
    message: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "message", translated(self.message))


class InvalidFields(InvalidInput):
    """A form cannot be taken as it is; `problems` has a sentence for each field."""

    kind = "invalid_fields"

    def __init__(self, *problems: FieldProblem) -> None:
        super().__init__(" ".join(one.message for one in problems))
        self.problems = problems


class Conflict(IntegrationError):
    """Somebody else saved in the meantime, or a run is in the way; look again before trying."""

    kind = "conflict"

    def __init__(
        self,
        message: str,
        *,
        hint: str = "",
        kind: str | None = None,
        saved_by: str | None = None,
        saved_at: datetime | None = None,
    ) -> None:
        super().__init__(message, hint=hint, kind=kind)
        self.saved_by = saved_by
        self.saved_at = saved_at


class NotAllowed(IntegrationError):
    """Whoever asks may not do that, though they may see that it is there."""

    kind = "not_allowed"


class SignInFailed(IntegrationError):
    """Nobody is signed in. The answer is the same for all that may be wrong."""

    kind = "sign_in_failed"


class NotFound(IntegrationError):
    """There is no such thing: a space, a run, a list, a record."""

    kind = "not_found"


class TryLater(IntegrationError):
    """The same call may work later: the vendor was unreachable, busy or failing for too long."""

    kind = "unavailable"


class StoreAway(TryLater):
    """Our own database is away. Nothing can be noted down, so nothing may be concluded: what was
    under way stays as the database has it, and is taken up from there."""

    kind = "database"


class QuotaGone(TryLater):
    """The day's calls are used up; nothing more is sent before `resume_at` (aware UTC)."""

    kind = "quota"

    def __init__(self, message: str, *, resume_at: datetime, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.resume_at = resume_at


class TooManyTries(TryLater):
    """Signing in failed too often; nothing is looked at before `retry_at` (aware UTC)."""

    kind = "too_many_tries"

    def __init__(self, message: str, *, retry_at: datetime) -> None:
        super().__init__(message)
        self.retry_at = retry_at


class AnswerLost(TryLater):
    """A write was sent and no answer came: it may have been applied. Look before sending again."""

    kind = "answer_lost"


class UnexpectedAnswer(IntegrationError):
    """The vendor answered something that its documents do not allow; the message names what."""

    kind = "unexpected_answer"


class Refused(IntegrationError):
    """The vendor understood a write and refused it; sending the same again cannot help."""

    kind = "refused"


class LeaseLost(IntegrationError):
    """Another worker took this run over; this one must not write any more."""

    kind = "lease_lost"


class CancelAsked(IntegrationError):
    """Somebody cancelled this run; nothing more is written."""

    kind = "cancelled"


class StopAsked(IntegrationError):
    """The operator asked the process to end; the run stays where it is and continues later."""

    kind = "stop_asked"


class TurnOver(StopAsked):
    """The run has had its turn and others wait; it goes on when it is its turn again."""

    kind = "turn_over"
