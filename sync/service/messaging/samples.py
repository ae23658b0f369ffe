"""Messages with made-up values, as they would be sent, for previews and tests."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Final

from sync.languages import gettext, speaking
from sync.messages import Writer, shape
from sync.model import Counts, Problem, Run, RunStatus, Space, Trigger
from sync.model.messages import (
    Bodies,
    Channel,
    HookFormat,
    HotLead,
    HotLeads,
    Letter,
    Line,
    MessageKind,
    News,
    Telling,
    Week,
)
from sync.rules.digest import week_before
from sync.rules.schedule import local_date_at

ALL_CLEAR: Final = "all_clear"
# What can be looked at, by the names that addresses of pages have.
KINDS: Final = (
    *(one.value for one in Telling),
    ALL_CLEAR,
    MessageKind.DIGEST.value,
    MessageKind.HOT_LEADS.value,
)
OF_ADMINS: Final = KINDS[:-1]


def sample_letter(
    writer: Writer, kind: str, space: Space, channel: Channel, language: str, now: datetime
) -> Letter:
    """A message of that kind about the space; `kind` is one of KINDS."""
    if kind == MessageKind.HOT_LEADS:
        return writer.hot_leads(_hot(space), language)
    if kind == MessageKind.DIGEST:
        return writer.digest(_week(space, now), channel, language)
    return writer.news(_news(kind, space, now), channel, language)


def sample(
    writer: Writer,
    kind: str,
    space: Space,
    channel: Channel,
    language: str,
    hook_format: HookFormat,
    now: datetime,
    *,
    as_test: bool = False,
) -> Bodies:
    """As `sample_letter`, in the shape that the channel takes. `as_test`: says that it is one."""
    letter = sample_letter(writer, kind, space, channel, language, now)
    if as_test:
        with speaking(language):
            letter = _marked(letter)
    return shape(letter, channel, hook_format)


def _marked(letter: Letter) -> Letter:
    first = Line(text=gettext("This is a test with made-up values. Nothing has happened."))
    subject = gettext("Test: %(subject)s", subject=letter.subject)
    return replace(letter, subject=subject, lines=(first, *letter.lines))


def _news(kind: str, space: Space, now: datetime) -> News:
    began = () if kind == ALL_CLEAR else (Telling(kind),)
    ended = (Telling.FAILED,) if kind == ALL_CLEAR else ()
    return News(
        space_id=space.space_id,
        space_name=space.name,
        began=began,
        ended=ended,
        run=_RUNS.get(kind, _run)(space, now),
        waiting=63,
        waiting_run_id=1,
        made_now=420,
        usual=50,
    )


def _run(
    space: Space,
    now: datetime,
    status: RunStatus = RunStatus.SUCCEEDED,
    problem: Problem | None = None,
) -> Run:
    return Run(
        run_id=1,
        space_id=space.space_id,
        local_date=local_date_at(now, space.time_zone),
        trigger=Trigger.DAILY,
        status=status,
        queued_at=now,
        finished_at=now,
        counts=Counts(rows=12_480, created=14),
        problem=problem,
    )


def _refused(space: Space, now: datetime) -> Run:
    problem = Problem(
        kind="acton_credentials",
        message="Act-On does not accept the user name and password of this space.",
        hint="Connect Act-On again on the page Connection.",
    )
    return _run(space, now, RunStatus.FAILED, problem)


def _short(space: Space, now: datetime) -> Run:
    problem = Problem(kind="rows", message="3 rows failed.")
    return _run(space, now, RunStatus.PARTIAL, problem)


_RUNS: Final[dict[str, Callable[[Space, datetime], Run]]] = {
    Telling.NEEDS_ATTENTION.value: _refused,
    Telling.FAILED.value: _refused,
    Telling.PARTIAL.value: _short,
}


def _hot(space: Space) -> HotLeads:
    threshold = space.settings.threshold
    names = (("Clara Bright", 31, "Spring"), ("Ben Okafor", 12, "Webinar"), ("Li Wei", 4, "Spring"))
    return HotLeads(
        space_id=space.space_id,
        space_name=space.name,
        threshold=threshold,
        leads=[
            HotLead(
                name=name,
                list_name=listed,
                score=threshold + more,
                lead_id=f"example-{number}",
                contact_id=None,
            )
            for number, (name, more, listed) in enumerate(names, start=1)
        ],
        total=5,
        run_id=1,
    )


def _week(space: Space, now: datetime) -> Week:
    _, begin, end = week_before(now, space.time_zone)
    threshold = space.settings.threshold
    return Week(
        space_id=space.space_id,
        space_name=space.name,
        begin=begin,
        end=end,
        time_zone=space.time_zone,
        runs=7,
        runs_partial=1,
        leads_created=14,
        contacts_created=9,
        scores_updated=1_250,
        rows_failed=3,
        acton_calls=310,
        pipeliner_calls=96,
        hottest=[("Clara Bright", threshold + 31), ("Ben Okafor", threshold + 12)],
    )
