"""What somebody typed into the settings, understood or with a sentence for each field. Pure.

1. Nothing is guessed: a number with a comma, a time such as "2 am" come back as typed, with a
   sentence that says what is expected.
2. All fields are looked at; the wizard shows the problems of the step that was left.
3. What only the vendors know (owner, lists, lead types) is checked by `live_settings`.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import time
from difflib import get_close_matches
from typing import Any, Final, TypeVar

from sync.checks import check_zone, known_zones
from sync.errors import FieldProblem
from sync.languages import Number
from sync.languages import lazy_gettext as _
from sync.model import (
    ExistingLead,
    ListChoice,
    ScoreSource,
    SettingsChange,
    Space,
    SpaceSettings,
    Step,
    TypedSettings,
)
from sync.rules.columns import SYNONYMS
from sync.rules.domains import account_in_domain, tidy_domain

T = TypeVar("T")

HIGHEST_THRESHOLD: Final = 1_000_000
HIGHEST_BUDGET: Final = 10_000_000
LONGEST_TEXT: Final = 500
EVERY_LIST: Final = "*"
AUTOMATIC: Final = "auto"
KEEP: Final = "keep"
RENAME: Final = "rename"
CREATE: Final = "create"
SKIP: Final = "skip"
WHOLE_FORM: Final = "form"  # stands for the field where a problem belongs to none

FIELDS: Final[Mapping[Step, tuple[str, ...]]] = {
    Step.SCORING: ("marketing_domain_url", "account_id"),
    Step.AUTOCREATE: ("threshold", "sync_time", "time_zone", "owner"),
    Step.LISTS: (
        *("all_lists", "include", "exclude", "score_source", "score_column", "score_columns"),
        "column_map",
    ),
    Step.LIMITS: (
        *("existing_lead", "rename_leads", "opted_out", "daily_call_budget", "volume_guard"),
        *("lead_type_id", "step_id", "unit_id"),
    ),
    Step.AUTHENTICATION: ("authentication_name",),
}
MAPPED_FIELDS: Final = tuple(name for name in SYNONYMS if name not in ("record_id", "modified"))

_CLOCK = re.compile(r"([01]?[0-9]|2[0-3]):([0-5][0-9])")
_WHOLE = re.compile(r"[+-]?[0-9]{1,12}")


def as_typed(space: Space) -> TypedSettings:
    """The settings of a space as a form shows them."""
    settings, include = space.settings, space.settings.lists.include
    return TypedSettings(
        marketing_domain_url=space.acton.marketing_domain_url or "",
        account_id=space.acton.account_id or "",
        threshold=str(settings.threshold),
        sync_time=f"{settings.sync_time:%H:%M}",
        time_zone=space.time_zone,
        owner=settings.owner,
        all_lists=include is None,
        include=include or (),
        exclude=settings.lists.exclude,
        score_source=settings.score_source.value if settings.score_source else AUTOMATIC,
        score_column=settings.score_column or "",
        score_columns=settings.score_columns,
        column_map=settings.column_map,
        existing_lead=settings.existing_lead.value,
        rename_leads=RENAME if settings.rename_leads else KEEP,
        opted_out=SKIP if settings.skip_opted_out else CREATE,
        daily_call_budget=str(settings.daily_call_budget),
        volume_guard="" if settings.volume_guard is None else str(settings.volume_guard),
        lead_type_id=settings.lead_type_id or "",
        step_id=settings.step_id or "",
        unit_id=settings.unit_id or "",
        authentication_name=settings.authentication_name,
    )


def understand(typed: TypedSettings) -> tuple[SettingsChange | None, tuple[FieldProblem, ...]]:
    """What was typed as settings, or None with every field's problem."""
    form = _Form()
    domain = form.read("marketing_domain_url", _optional(typed.marketing_domain_url, _domain))
    account_id = form.read("account_id", _optional(typed.account_id, _account))
    time_zone = form.read("time_zone", lambda: _zone(typed.time_zone))
    settings: dict[str, Any] = {
        "threshold": form.read("threshold", lambda: _threshold(typed.threshold)),
        "sync_time": form.read("sync_time", lambda: _clock(typed.sync_time)),
        "owner": form.read("owner", lambda: _owner(typed.owner)),
        "lists": form.read("include", lambda: _lists(typed)),
        "score_source": form.read("score_source", lambda: _score_source(typed)),
        "score_column": form.read("score_column", _optional(typed.score_column, _text)),
        "score_columns": form.read("score_columns", lambda: _score_columns(typed)),
        "column_map": form.read("column_map", lambda: _column_map(typed)),
        "existing_lead": form.read("existing_lead", lambda: _policy(typed.existing_lead)),
        "rename_leads": form.read("rename_leads", lambda: _renames(typed.rename_leads)),
        "skip_opted_out": form.read("opted_out", lambda: _skips(typed.opted_out)),
        "daily_call_budget": form.read("daily_call_budget", lambda: _budget(typed)),
        "volume_guard": form.read("volume_guard", _optional(typed.volume_guard, _guard)),
        "lead_type_id": form.read("lead_type_id", _optional(typed.lead_type_id, _text)),
        "step_id": form.read("step_id", _optional(typed.step_id, _text)),
        "unit_id": form.read("unit_id", _optional(typed.unit_id, _text)),
        "authentication_name": form.read("authentication_name", lambda: _name(typed)),
    }
    if form.problems or time_zone is None:
        return None, tuple(form.problems)
    change = SettingsChange(
        settings=SpaceSettings(**settings),
        time_zone=time_zone,
        marketing_domain_url=domain,
        account_id=account_id or account_in_domain(domain),
    )
    return change, ()


def of_step(step: Step, problems: Sequence[FieldProblem]) -> tuple[FieldProblem, ...]:
    """Those of the problems that stand next to fields of this step, or above all of them."""
    return tuple(one for one in problems if one.field in (*FIELDS[step], WHOLE_FORM))


class _Form:
    """Reads fields one after the other and keeps what is wrong with them."""

    def __init__(self) -> None:
        self.problems: list[FieldProblem] = []

    def read(self, name: str, read: Callable[[], T]) -> T | None:
        try:
            return read()
        except ValueError as error:
            self.problems.append(FieldProblem(field=name, message=error.args[0]))
            return None


def _optional(text: str, read: Callable[[str], T]) -> Callable[[], T | None]:
    return lambda: read(text.strip()) if text.strip() else None


def _whole(text: str, *, low: int, high: int, what: str) -> int:
    plain = text.strip()
    if not plain:
        raise ValueError(_("Enter %(what)s.", what=what))
    if not _WHOLE.fullmatch(plain) or not low <= int(plain) <= high:
        raise ValueError(
            _(
                "Enter %(what)s: a whole number from %(low)s to %(high)s.",
                what=what,
                low=Number(low),
                high=Number(high),
            )
        )
    return int(plain)


def _text(text: str) -> str:
    if len(text) > LONGEST_TEXT or not text.isprintable():
        raise ValueError(_("Use at most %(most)s characters, on one line.", most=LONGEST_TEXT))
    return text


def _domain(text: str) -> str:
    try:
        return tidy_domain(text)
    except ValueError:
        raise ValueError(
            _(
                "Paste the address that Act-On shows under Content › Branding › Domain, "
                "such as https://go.example.com."
            )
        ) from None


def _account(text: str) -> str:
    if not (text.isascii() and text.isdigit() and len(text) <= 20):
        raise ValueError(_("An Act-On account number has digits only."))
    return text


def _threshold(text: str) -> int:
    return _whole(text, low=0, high=HIGHEST_THRESHOLD, what=_("the score to reach"))


def _clock(text: str) -> time:
    found = _CLOCK.fullmatch(text.strip())
    if found is None:
        raise ValueError(_("Choose a time of day, such as 02:00."))
    return time(int(found[1]), int(found[2]))


def _zone(text: str) -> str:
    try:
        return check_zone(text.strip())
    except ValueError:
        near = get_close_matches(text.strip(), known_zones(), n=1)
        message = _("This is not an IANA time zone; e.g. Europe/Berlin.")
        if near:
            message = _("This is not an IANA time zone; did you mean %(zone)s?", zone=near[0])
        raise ValueError(message) from None


def _owner(text: str) -> str:
    if not text.strip():
        raise ValueError(_("Choose who will own the new Leads and Contacts."))
    return _text(text.strip())


def _lists(typed: TypedSettings) -> ListChoice:
    include = tuple(filter(None, (one.strip() for one in typed.include)))
    if not typed.all_lists and not include:
        raise ValueError(_("Choose at least one list, or all lists."))
    return ListChoice(
        include=None if typed.all_lists else include,
        exclude=tuple(filter(None, (one.strip() for one in typed.exclude))),
    )


def _score_source(typed: TypedSettings) -> ScoreSource | None:
    text = typed.score_source.strip()
    if text in ("", AUTOMATIC):
        return None
    if text not in list(ScoreSource):
        raise ValueError(_("Choose one of the score sources."))
    source = ScoreSource(text)
    names_none = not typed.score_column.strip() and not any(typed.score_columns.values())
    if source is ScoreSource.LIST_COLUMN and names_none:
        raise ValueError(_("Name the column that holds the score, or choose another source."))
    return source


def _score_columns(typed: TypedSettings) -> dict[str, str]:
    return {name: _text(head.strip()) for name, head in typed.score_columns.items() if head.strip()}


def _column_map(typed: TypedSettings) -> dict[str, dict[str, str]]:
    unknown = {name for fields in typed.column_map.values() for name in fields} - {*MAPPED_FIELDS}
    if unknown:
        names = ", ".join(sorted(unknown))
        raise ValueError(_("There is no field %(names)s.", names=names))
    chosen = {
        list_id: {name: _text(head.strip()) for name, head in fields.items() if head.strip()}
        for list_id, fields in typed.column_map.items()
    }
    return {list_id: fields for list_id, fields in chosen.items() if fields}


def _policy(text: str) -> ExistingLead:
    if text not in list(ExistingLead):
        raise ValueError(_("Choose what to do for Leads that were made by hand."))
    return ExistingLead(text)


def _skips(text: str) -> bool:
    if text not in ("", CREATE, SKIP):
        raise ValueError("Choose what to do for who has opted out.")
    return text == SKIP


def _renames(text: str) -> bool:
    if text not in ("", KEEP, RENAME):
        raise ValueError(_("Choose whether Leads are renamed with their list."))
    return text == RENAME


def _budget(typed: TypedSettings) -> int:
    if not typed.daily_call_budget.strip():
        return SpaceSettings.daily_call_budget
    return _whole(typed.daily_call_budget, low=1, high=HIGHEST_BUDGET, what=_("the calls of a day"))


def _guard(text: str) -> int:
    return _whole(text, low=0, high=HIGHEST_BUDGET, what=_("the most Leads of one run"))


def _name(typed: TypedSettings) -> str:
    return _text(typed.authentication_name.strip()) or SpaceSettings.authentication_name
