"""Looks at things live and says how they are, instead of stopping at the first that is broken."""

from collections.abc import Callable, Iterator

from sync.engine.checks import check_owner
from sync.errors import IntegrationError
from sync.model import FieldMap, Space
from sync.pipeliner.findings import Finding
from sync.pipeliner.provisioning import verify
from sync.ports import ActOn, Pipeliner
from sync.service.values import Checked

_NO_ACCESS = frozenset({"pipeliner_credentials", "space_unknown"})


def check_acton(space: Space, acton: ActOn) -> Iterator[Checked]:
    """Whether Act-On lets us in."""
    return looked(f"{space.space_id}: Act-On log-in", lambda: next(acton.fetch_lists(), None))


def check_pipeliner(space: Space, known: FieldMap, pipeliner: Pipeliner) -> Iterator[Checked]:
    """Whether Pipeliner lets us in, the owner can own, and our fields are in place."""
    subject = f"{space.space_id}: Pipeliner log-in and owner"
    owner = list(looked(subject, lambda: check_owner(pipeliner, space.settings.owner)))
    yield from owner
    if any(one.kind in _NO_ACCESS for one in owner):
        return  # the fields would only say the same again
    yield from _check_fields(space, known, pipeliner)


def looked(subject: str, look: Callable[[], object]) -> Iterator[Checked]:
    """What came of one look."""
    try:
        look()
    except IntegrationError as error:
        yield _as_problem(subject, error)
    else:
        yield Checked(subject=subject)


def problem_of(look: Callable[[], object]) -> str:
    """What is wrong, as one text; empty where nothing is."""
    return "".join(f"{one.problem} {one.hint}".strip() for one in looked("", look))


def _check_fields(space: Space, known: FieldMap, pipeliner: Pipeliner) -> Iterator[Checked]:
    subject = f"{space.space_id}: custom fields"
    try:
        findings = verify(pipeliner, known)
    except IntegrationError as error:
        yield _as_problem(subject, error)
        return
    yield from (_as_checked(subject, finding, space.space_id) for finding in findings)
    if not findings:
        yield Checked(subject=subject)


def _as_problem(subject: str, error: IntegrationError) -> Checked:
    return Checked(subject=subject, problem=error.message, hint=error.hint, kind=error.kind)


def _as_checked(subject: str, finding: Finding, space_id: str) -> Checked:
    return Checked(
        subject=subject,
        problem=finding.message,
        hint=finding.hint or f"Run: python -m sync fields provision {space_id}",
        is_error=finding.is_error,
    )
