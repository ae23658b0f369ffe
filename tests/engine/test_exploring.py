"""One reading foretells the run at every threshold, as a preview of its own would."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from sync.errors import QuotaGone
from sync.model import Counts, Curve, ExistingLead
from sync.preview import explore
from sync.rules.foreseeing import foresee_at
from sync.store.previews import curve_from_json, curve_to_json
from tests.engine.conftest import NOON, World
from tests.engine.test_preview import (
    a_score_column,
    everything_at_once,
    leads_created_anyway,
    scores_one_by_one,
)


def curve_of(world: World) -> Curve:
    return explore(
        world.space,
        world.store,
        world.connections(),
        now=lambda: world.time,
        options=world.options,
        sleep=world.slept.append,
    )


@pytest.mark.parametrize("guard", [None, 1], ids=["no guard", "volume guard"])
@pytest.mark.parametrize(
    "story",
    [everything_at_once, scores_one_by_one, a_score_column, leads_created_anyway],
    ids=lambda story: story.__name__,
)
def test_one_reading_foretells_what_a_preview_says_of_each_threshold(
    world: World, story: Callable[[World], None], guard: int | None
) -> None:
    story(world)
    curve = curve_of(world)
    for threshold in (1, 39, 40, 41, 45, 46, 70, 71, 1000):
        world.choose(threshold=threshold, volume_guard=guard)
        preview = world.preview()
        foreseen = foresee_at(curve, threshold, volume_guard=guard, batch_size=100)
        assert counted(foreseen.counts) == counted(preview.counts), threshold
        assert foreseen.just_below == preview.just_below
        assert list(foreseen.histogram) == list(preview.histogram)
        assert foreseen.pipeliner_estimate == preview.pipeliner_estimate


def counted(counts: Counts) -> Counts:
    """The counts with nothing that is nought."""
    return replace(
        counts,
        skipped={reason: rows for reason, rows in counts.skipped.items() if rows},
        failed={reason: rows for reason, rows in counts.failed.items() if rows},
    )


def test_examples_move_with_the_threshold(world: World) -> None:
    everything_at_once(world)
    curve = curve_of(world)
    low = foresee_at(curve, 40, volume_guard=None, batch_size=100)
    high = foresee_at(curve, 80, volume_guard=None, batch_size=100)
    assert "both@example.com" in [one.address for one in low.examples if one.result == "created"]
    assert not [one for one in high.examples if one.result == "created"]
    assert "both@example.com" in [
        one.address for one in high.examples if one.reason == "below_threshold"
    ]


def test_moving_the_handle_asks_nobody(world: World) -> None:
    everything_at_once(world)
    curve = curve_of(world)
    asked = len(world.acton.asked)
    for threshold in range(100):
        foresee_at(curve, threshold, volume_guard=None, batch_size=100)
    assert len(world.acton.asked) == asked


def test_a_curve_comes_back_from_its_json_as_it_was(world: World) -> None:
    everything_at_once(world)
    world.choose(existing_lead=ExistingLead.CREATE)
    curve = curve_of(world)
    again = curve_from_json(curve_to_json(curve))
    assert foresee_at(again, 40, volume_guard=None, batch_size=100) == foresee_at(
        curve, 40, volume_guard=None, batch_size=100
    )


def test_what_was_read_before_the_quota_went_is_shown_as_incomplete(world: World) -> None:
    world.acton.add_person("l-0001", "anna@example.com", score=50)
    world.acton.add_list("l-0002", "Summer")
    world.acton.fail("l-0002", QuotaGone("Used up.", resume_at=NOON))
    assert not curve_of(world).complete
