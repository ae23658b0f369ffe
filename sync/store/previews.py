"""Previews being made, and their results for an hour: moving the threshold then asks nobody."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, RowMapping, delete, insert, select, update

from sync.model import (
    Curve,
    Example,
    JobStatus,
    PreviewJob,
    Problem,
    Progress,
    ScoreSource,
    SpaceSettings,
)
from sync.store.settings_json import settings_from_json, settings_to_json
from sync.store.tables.administration import preview_jobs

KEPT = timedelta(hours=1)
SILENT = timedelta(minutes=3)  # longer than any single call may take; then its process is gone


class PreviewStore:
    """The previews, on one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def begin(
        self,
        job_id: str,
        space_id: str,
        settings: SpaceSettings,
        time_zone: str,
        *,
        now: datetime,
    ) -> None:
        """Write down that a preview is being made; old ones are swept out on the way."""
        self._connection.execute(delete(preview_jobs).where(preview_jobs.c.asked_at < now - KEPT))
        self._connection.execute(
            insert(preview_jobs).values(
                job_id=job_id,
                space_id=space_id,
                status=JobStatus.WORKING.value,
                settings=settings_to_json(settings),
                time_zone=time_zone,
                asked_at=now,
                seen_at=now,
            )
        )

    def find(self, space_id: str, job_id: str, *, now: datetime) -> PreviewJob | None:
        """The preview; None where it is too old, or of another space. One whose process has been
        silent for too long has failed."""
        row = self._connection.execute(
            select(preview_jobs).where(
                preview_jobs.c.space_id == space_id,
                preview_jobs.c.job_id == job_id,
                preview_jobs.c.asked_at >= now - KEPT,
            )
        )
        found = row.mappings().first()
        return _from_row(found, now) if found else None

    def last_curve(self, space_id: str, *, now: datetime) -> Curve | None:
        """The result of the space's latest preview; None where none was made lately."""
        result = self._connection.scalar(
            select(preview_jobs.c.result)
            .where(
                preview_jobs.c.space_id == space_id,
                preview_jobs.c.status == JobStatus.DONE.value,
                preview_jobs.c.asked_at >= now - KEPT,
            )
            .order_by(preview_jobs.c.asked_at.desc())
            .limit(1)
        )
        return curve_from_json(result) if result else None

    def save_progress(self, job_id: str, progress: Progress, *, now: datetime) -> None:
        """How far the preview is."""
        self._change(
            job_id,
            seen_at=now,
            step=progress.step,
            done=progress.done,
            total=progress.total,
        )

    def finish(self, job_id: str, curve: Curve, *, now: datetime) -> None:
        """The preview is made."""
        self._change(job_id, seen_at=now, status=JobStatus.DONE.value, result=curve_to_json(curve))

    def fail(self, job_id: str, problem: Problem, *, now: datetime) -> None:
        """The preview could not be made."""
        self._change(job_id, seen_at=now, status=JobStatus.FAILED.value, problem=asdict(problem))

    def _change(self, job_id: str, **values: object) -> None:
        self._connection.execute(
            update(preview_jobs).where(preview_jobs.c.job_id == job_id).values(**values)
        )


def curve_to_json(curve: Curve) -> dict[str, Any]:
    """The curve as JSON values."""
    return {
        **{name: getattr(curve, name) for name in _AS_IT_IS},
        "score_source": curve.score_source.value,
        "fixed": [[*kind, rows] for kind, rows in curve.fixed.items()],
        "by_score": [[*kind, _pairs(rows)] for kind, rows in curve.by_score.items()],
        "examples": [asdict(one) for one in curve.examples],
        **{name: _pairs(getattr(curve, name)) for name in _BY_SCORE},
    }


def curve_from_json(values: Mapping[str, Any]) -> Curve:
    """The curve that `curve_to_json` wrote."""
    numbers: dict[str, Any] = {name: dict(values[name]) for name in _BY_SCORE}
    return Curve(
        **{name: values[name] for name in _AS_IT_IS},
        score_source=ScoreSource(values["score_source"]),
        fixed={(result, reason): rows for result, reason, rows in values["fixed"]},
        by_score={(result, reason): dict(rows) for result, reason, rows in values["by_score"]},
        examples=tuple(Example(**one) for one in values["examples"]),
        **numbers,
    )


_BY_SCORE = (
    *("scores", "every_score", "contacts_created", "contacts_linked", "contact_writes"),
    *("contact_scores", "touched"),
)
_AS_IT_IS = (
    *("floor", "lists", "people", "scores_updated", "fixed_contact_writes", "fixed_lead_writes"),
    *("acton_calls", "pipeliner_calls", "complete"),
)


def _pairs(rows: Mapping[int, int]) -> list[tuple[int, int]]:
    return list(rows.items())


def _from_row(row: RowMapping, now: datetime) -> PreviewJob:
    status = JobStatus(row["status"])
    problem = Problem(**row["problem"]) if row["problem"] else None
    if status is JobStatus.WORKING and row["seen_at"] < now - SILENT:
        status = JobStatus.FAILED
        problem = Problem(
            kind="preview_lost", message="The preview was broken off.", hint="Start it again."
        )
    progress = None
    if row["step"] is not None:
        progress = Progress(step=row["step"], done=row["done"], total=row["total"])
    return PreviewJob(
        job_id=row["job_id"],
        space_id=row["space_id"],
        status=status,
        settings=settings_from_json(row["settings"]),
        time_zone=row["time_zone"],
        asked_at=row["asked_at"],
        progress=progress,
        curve=curve_from_json(row["result"]) if row["result"] else None,
        problem=problem,
    )
