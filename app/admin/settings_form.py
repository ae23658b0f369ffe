"""The settings as fields of a form: read as typed, and what the vendors offer to choose from.

Names of fields are those of `TypedSettings`; of mappings `score_columns.<list>` and
`column_map.<list>.<field>`, where `<list>` may be "*". Deciding what is right is the service's.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from typing import Any, Final, TypeVar

from werkzeug.datastructures import MultiDict

from app.services import get_offers
from sync.errors import IntegrationError
from sync.languages import gettext, lazy_gettext
from sync.model import Actor, LeadType, ListOffer, ListSample, TypedSettings, User

T = TypeVar("T")

EVERY_LIST: Final = "*"
MANY: Final = ("include", "exclude")
MAPPINGS: Final = ("score_columns", "column_map")
# What a list may tell about a person, in the order of a form.
MAPPED: Final[dict[str, str]] = {
    "address": lazy_gettext("E-mail address"),
    "first_name": lazy_gettext("First name"),
    "middle_name": lazy_gettext("Middle name"),
    "last_name": lazy_gettext("Last name"),
    "full_name": lazy_gettext("Full name"),
    "company": lazy_gettext("Company"),
    "position": lazy_gettext("Job title"),
    "phones": lazy_gettext("Phone"),
    "street": lazy_gettext("Street"),
    "city": lazy_gettext("City"),
    "zip_code": lazy_gettext("Zip code"),
    "state": lazy_gettext("State or province"),
    "country": lazy_gettext("Country"),
    "website": lazy_gettext("Website"),
}


@dataclass(frozen=True, kw_only=True)
class Offered:
    """What can be chosen; None where it could not be looked up, and `trouble` says why."""

    users: Sequence[User] | None = None
    lists: Sequence[ListOffer] | None = None
    lead_types: Sequence[LeadType] | None = None
    sample: ListSample | None = None
    trouble: tuple[str, ...] = ()


def read(form: "MultiDict[str, str]") -> TypedSettings:
    """What was typed; a field that the form does not have is empty."""
    typed: dict[str, Any] = {
        one.name: form.get(one.name, "")
        for one in fields(TypedSettings)
        if one.name not in (*MANY, *MAPPINGS, "all_lists")
    }
    for name in MANY:
        typed[name] = tuple(form.getlist(name))
    typed["all_lists"] = form.get("all_lists") != "no"
    typed["score_columns"] = _under(form, "score_columns.")
    column_map: dict[str, dict[str, str]] = {}
    for name, header in _under(form, "column_map.").items():
        list_id, _, field = name.rpartition(".")
        column_map.setdefault(list_id, {})[field] = header
    return TypedSettings(**typed, column_map=column_map)


def look_up(
    actor: Actor, space_id: str, typed: TypedSettings, *, sample_of: str | None = None
) -> Offered:
    """What the vendors offer now. One that does not answer leaves fields to type into."""
    offers, trouble = get_offers(), list[str]()

    def asked(ask: Callable[[], T]) -> T | None:
        try:
            return ask()
        except IntegrationError as error:
            trouble.append(str(error))
            return None

    choice = asked(lambda: offers.users(actor, space_id))
    return Offered(
        users=choice.users if choice else None,
        lists=asked(lambda: offers.lists(actor, space_id, typed)),
        lead_types=asked(lambda: offers.lead_types(actor, space_id)),
        sample=asked(lambda: offers.sample(actor, space_id, sample_of, typed.column_map))
        if sample_of
        else None,
        trouble=tuple(dict.fromkeys(trouble)),
    )


def differences(theirs: TypedSettings, ours: TypedSettings) -> list[tuple[str, str, str]]:
    """(field, what is saved, what was typed) where that differs."""
    return [
        (one.name, _plain(saved), _plain(typed))
        for one in fields(TypedSettings)
        if (saved := getattr(theirs, one.name)) != (typed := getattr(ours, one.name))
        and _plain(saved) != _plain(typed)
    ]


def _under(form: "MultiDict[str, str]", prefix: str) -> dict[str, str]:
    """The fields of that prefix that are filled in, without it."""
    return {
        name.removeprefix(prefix): value
        for name, value in form.items()
        if name.startswith(prefix) and value.strip()
    }


def _plain(value: object) -> str:
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    if isinstance(value, tuple):
        return ", ".join(map(str, value)) or "–"
    if isinstance(value, dict):
        return "; ".join(f"{name}: {_plain(one)}" for name, one in sorted(value.items())) or "–"
    return str(value) or "–"
