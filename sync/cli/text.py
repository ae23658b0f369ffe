"""Results as text for a terminal. Pure: values in, lines out."""

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sync.model import Run, ScoreSource, SkipReason, SpaceStatus
from sync.service import Checked
from sync.store.staging import OutcomeLine
from sync.words import (
    REASONS,
    RUN_STATUSES,
    SCORE_SOURCES,
    SPACE_STATUSES,
    TRIGGERS,
    explain,
    foresee,
)

WIDTH = 26
STEERING = ("Cc", "Cf", "Cs", "Zl", "Zp")  # control, invisible and line-ending characters


def plain(text: object) -> str:
    """The text as one line that can neither steer a terminal nor turn a line around."""
    shown = (" " if unicodedata.category(char) in STEERING else char for char in str(text))
    return " ".join("".join(shown).split())


def run_summary(run: Run) -> Iterator[str]:
    """A run for a person: how it ended, what was counted and why, what to do next."""
    yield f"Run {run.run_id} of {run.space_id} {RUN_STATUSES[run.status]}."
    yield from _facts(run)
    yield ""
    yield from _counts(run)
    if run.problem is not None:
        yield ""
        yield f"Problem: {plain(run.problem.message)}"
        if run.problem.hint:
            yield f"What to do: {plain(run.problem.hint)}"
    if run.waiting:
        yield ""
        rows = f"{run.run_id} --reason {SkipReason.WAITING_FOR_APPROVAL}"
        yield f"Which Leads wait: python -m sync outcomes {rows}"
        yield f"Approve them: python -m sync approve-creates {run.run_id}"
    if run.counts.failed:
        yield ""
        yield f"Which rows: python -m sync outcomes {run.run_id} --result failed"
        yield f"Try them again: python -m sync retry {run.run_id}"


def _facts(run: Run) -> Iterator[str]:
    facts = [f"For {run.local_date.isoformat()}", TRIGGERS[run.trigger]]
    if run.threshold is not None:
        facts.append(f"threshold {run.threshold}")
    if run.score_source is not None:
        facts.append(f"scores from {SCORE_SOURCES[run.score_source]}")
    if run.resumed:
        facts.append(f"resumed {run.resumed} times")
    yield ", ".join(facts) + "."
    if run.resume_at is not None:
        yield f"Continues at {run.resume_at:%Y-%m-%d %H:%M} UTC."


def _counts(run: Run) -> Iterator[str]:
    counts = run.counts
    yield _line("list rows", counts.rows, f"in {counts.lists} lists, {counts.people} people")
    yield _line("at the threshold or over", counts.at_threshold)
    yield _line("created", counts.created, "a Lead was made")
    yield _line("updated", counts.updated, "linked already, score written")
    yield _line("unchanged", counts.unchanged, "linked already, nothing to write")
    yield from _reasons("skipped", counts.skipped)
    yield from _reasons("failed", counts.failed)
    yield ""
    yield _line("Leads created", counts.leads_created)
    yield _line("Contacts created", counts.contacts_created)
    yield _line("Contacts linked", counts.contacts_linked)
    yield _line("scores updated", counts.scores_updated)
    yield _line("calls to Act-On", run.acton_calls)
    yield _line("calls to Pipeliner", run.pipeliner_calls)


def _reasons(title: str, reasons: Mapping[str, int]) -> Iterator[str]:
    yield _line(title, sum(reasons.values()))
    for reason, number in sorted(reasons.items(), key=lambda item: -item[1]):
        yield _line(f"  {reason}", number, REASONS.get(reason, ""))


def _line(title: str, number: int, words: str = "") -> str:
    return f"  {title:<{WIDTH}}{number:>9,}  {words}".rstrip()


def run_line(run: Run) -> str:
    """A run as one line of a history."""
    counts = run.counts
    failed, skipped = sum(counts.failed.values()), sum(counts.skipped.values())
    problem = f"  {plain(run.problem.message)}" if run.problem else ""
    return (
        f"{run.run_id:>6}  {run.local_date}  {run.trigger.value:<7}  {run.status.value:<9}"
        f"  {counts.rows:>9,} rows  {counts.created:>6,} created  {counts.updated:>6,} updated"
        f"  {counts.unchanged:>6,} unchanged  {skipped:>9,} skipped  {failed:>5,} failed{problem}"
    )


def space_status(status: SpaceStatus) -> str:
    """The status with its meaning."""
    return f"{status.value} ({SPACE_STATUSES[status]})"


def preview_summary(preview: Mapping[str, Any]) -> Iterator[str]:
    """A preview, in its promised shape, for a person."""
    would = preview["would"]
    source = ScoreSource(preview["score_source"])
    yield f"What a run of {preview['space']} would do now; nothing was written."
    yield f"Threshold {preview['threshold']}, scores from {SCORE_SOURCES[source]}."
    yield ""
    people = f"in {preview['lists']} lists, {preview['people']} people"
    yield _line("list rows", preview["rows"], people)
    yield _line("at the threshold or over", preview["at_threshold"])
    yield _line("just below", preview["just_below"])
    yield _line("would be created", would["created"], "a Lead each")
    yield _line("would be updated", would["updated"], "linked already, score to be written")
    yield _line("unchanged", would["unchanged"], "linked already, nothing to write")
    yield from _reasons("would be skipped", would["skipped"])
    yield ""
    yield _line("Leads to create", would["leads_created"])
    yield _line("Contacts to create", would["contacts_created"])
    yield _line("Contacts to link", would["contacts_linked"])
    yield _line("scores to update", would["scores_updated"])
    estimate = preview["estimate"]
    yield _line("calls to Act-On", estimate["acton"], "(estimate)")
    yield _line("calls to Pipeliner", estimate["pipeliner"], "(estimate)")
    yield from _samples(preview["samples"])


def _samples(samples: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    if not samples:
        return
    yield ""
    yield "For example:"
    for sample in samples:
        who = plain(sample["name"] or sample["email"] or "(no address)")
        score = "no score" if sample["score"] is None else f"score {sample['score']}"
        what = foresee(sample["result"], sample["reason"])
        yield f"  {cut(who, 30):<30}  {cut(plain(sample['list']), 24):<24}  {score:<10}  {what}"


def outcome_line(line: OutcomeLine) -> str:
    """What became of one row, in words."""
    who = plain(line.address or "(no address)")
    score = "no score" if line.score is None else f"score {line.score}"
    said = explain(line.result, line.reason) if line.result else "Not settled yet."
    detail = f" {plain(line.detail)}" if line.detail else ""
    place = f"{cut(plain(line.list_name), 24)} #{line.position + 1}"
    return f"{place:<32}  {cut(who, 40):<40}  {score:<10}  {said}{detail}"


def check_line(number: int, checked: Checked) -> str:
    """One finding, numbered; its hint stands on a line of its own."""
    if not checked.problem:
        return f"{number:>3}. ok       {plain(checked.subject)}"
    grade = "problem" if checked.is_error else "note"
    lines = [f"{number:>3}. {grade:<7}  {plain(checked.subject)}: {plain(checked.problem)}"]
    if checked.hint:
        lines.append(f"     What to do: {plain(checked.hint)}")
    return "\n".join(lines)


def cut(text: str, width: int) -> str:
    """The text, shortened with an ellipsis where it is longer than `width`."""
    return text if len(text) <= width else text[: width - 1] + "…"
