"""What a preview shows, and its promised shape."""

from collections.abc import Sequence
from dataclasses import dataclass

from sync.model import Counts, ScoreSource


@dataclass(frozen=True, kw_only=True)
class Sample:
    """A row shown as an example of a result."""

    list_name: str
    name: str
    address: str
    score: int | None
    result: str
    reason: str | None


@dataclass(frozen=True, kw_only=True)
class Preview:
    """What a run would do. `estimate` are the calls the run would use, `calls` those used here.

    `histogram` counts rows by score: (from, to before, number).
    """

    space_id: str
    threshold: int
    score_source: ScoreSource
    counts: Counts
    just_below: int
    histogram: Sequence[tuple[int, int, int]]
    samples: Sequence[Sample]
    acton_calls: int
    pipeliner_calls: int
    pipeliner_estimate: int

    @property
    def acton_estimate(self) -> int:
        """The run reads from Act-On what the preview read."""
        return self.acton_calls


def preview_json(preview: Preview) -> dict[str, object]:
    """The preview in the shape that design §5 promises to the outside."""
    counts = preview.counts
    return {
        "space": preview.space_id,
        "threshold": preview.threshold,
        "score_source": preview.score_source.value,
        "lists": counts.lists,
        "rows": counts.rows,
        "people": counts.people,
        "at_threshold": counts.at_threshold,
        "would": {
            "created": counts.created,
            "updated": counts.updated,
            "unchanged": counts.unchanged,
            "leads_created": counts.leads_created,
            "contacts_created": counts.contacts_created,
            "contacts_linked": counts.contacts_linked,
            "scores_updated": counts.scores_updated,
            "skipped": dict(counts.skipped),
        },
        "just_below": preview.just_below,
        "histogram": [list(bar) for bar in preview.histogram],
        "samples": [
            {
                "list": one.list_name,
                "name": one.name,
                "email": one.address,
                "score": one.score,
                "result": one.result,
                "reason": one.reason,
            }
            for one in preview.samples
        ],
        "calls": {"acton": preview.acton_calls, "pipeliner": preview.pipeliner_calls},
        "estimate": {
            "acton": preview.acton_estimate,
            "pipeliner": preview.pipeliner_estimate,
        },
    }
