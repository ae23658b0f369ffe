"""Which of Act-On's lists take part (design §3.15, last sentence).

1. Segments and other derived lists, and All Contacts, take part only where their id is named: a
   person in a list and in its segment would get two Leads.
2. Names are compared without regard to case and blanks around; ids exactly.
3. Exclusion wins over inclusion. A list that the listing shows twice counts once.
"""

from collections.abc import Sequence

from sync.model import ListChoice, ListInfo

ALL_CONTACTS = "l-unified-contacts"


def choose_lists(
    listing: Sequence[ListInfo], choice: ListChoice
) -> tuple[tuple[ListInfo, ...], tuple[str, ...]]:
    """The lists of a run in the order of the listing, and what is named in vain in `include`."""
    by_id: dict[str, ListInfo] = {}
    for info in listing:
        by_id.setdefault(info.list_id, info)
    unique = list(by_id.values())
    chosen = tuple(
        info
        for info in unique
        if _is_included(info, choice.include) and not _is_named(info, choice.exclude)
    )
    wanted = choice.include or ()
    vain = tuple(one for one in wanted if not any(_is_included(info, (one,)) for info in unique))
    return chosen, vain


def _is_included(info: ListInfo, include: Sequence[str] | None) -> bool:
    ordinary = info.is_source and info.list_id != ALL_CONTACTS
    if include is None:
        return ordinary
    return info.list_id in include or (ordinary and _is_named(info, include))


def _is_named(info: ListInfo, names: Sequence[str]) -> bool:
    plain = info.name.strip().casefold()
    return any(one == info.list_id or one.strip().casefold() == plain for one in names)
