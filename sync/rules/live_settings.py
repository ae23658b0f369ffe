"""What the vendors know better than a form: owners, lists, lead types. They were asked before."""

from collections.abc import Iterator, Sequence

from sync.errors import FieldProblem
from sync.languages import lazy_gettext
from sync.model import LeadType, ListChoice, ListInfo, SpaceSettings, User
from sync.rules.lists import choose_lists


def live_problems(
    settings: SpaceSettings,
    *,
    owner: User | None,
    listing: Sequence[ListInfo],
    lead_types: Sequence[LeadType],
) -> Iterator[FieldProblem]:
    """What the vendors know better: an owner who cannot own, lists and lead types not there."""
    if owner is None:
        yield FieldProblem(field="owner", message="Pipeliner has no such user. Choose another.")
    elif not owner.active:
        yield FieldProblem(
            field="owner",
            message=lazy_gettext(
                "%(name)s is inactive and cannot own anything. Choose an active user.",
                name=owner.name or owner.email,
            ),
        )
    yield from _problems_with_lists(settings.lists, listing)
    yield from _problems_with_lead_type(settings, lead_types)


def _problems_with_lists(choice: ListChoice, listing: Sequence[ListInfo]) -> Iterator[FieldProblem]:
    chosen, vain = choose_lists(listing, choice)
    for name in vain:
        yield FieldProblem(
            field="include",
            message=lazy_gettext("Act-On has no list %(name)r any more.", name=name),
        )
    known = {info.list_id for info in listing} | {info.name.strip().casefold() for info in listing}
    for name in choice.exclude:
        if name not in known and name.strip().casefold() not in known:
            yield FieldProblem(
                field="exclude",
                message=lazy_gettext("Act-On has no list %(name)r any more.", name=name),
            )
    if not chosen and not vain and listing:
        yield FieldProblem(field="include", message="With this choice no list is left to read.")


def _problems_with_lead_type(
    settings: SpaceSettings, lead_types: Sequence[LeadType]
) -> Iterator[FieldProblem]:
    types = {one.lead_type_id: one for one in lead_types}
    chosen = types.get(settings.lead_type_id or "")
    if settings.lead_type_id and chosen is None:
        yield FieldProblem(field="lead_type_id", message="Pipeliner has no such lead type.")
    if not settings.step_id or (settings.lead_type_id and chosen is None):
        return
    offered = [chosen] if chosen else lead_types
    if not any(settings.step_id == step.step_id for one in offered for step in one.steps):
        message = lazy_gettext("This is not a step.")
        if chosen:
            message = lazy_gettext(
                "This is not a step of the lead type %(name)r.", name=chosen.name
            )
        yield FieldProblem(field="step_id", message=message)
