"""What tonight's run would do, said beforehand (design §3.14)."""

from collections.abc import Callable

import pytest

from sync.errors import SetupError
from sync.model import ExistingLead
from sync.preview import preview_json
from tests.engine.conftest import World

SCORED = ("_contact_id_", "E-mail Address", "Lead Score")


def everything_at_once(world: World) -> None:
    """Linked, deleted, made by hand, ambiguous, twice, below, nameless: all in two lists."""
    world.acton.add_list("l-0002", "Summer")
    for name in ("kept", "changed", "deleted"):
        world.acton.add_person("l-0001", f"{name}@example.com", score=50)
    world.sync()
    world.acton.set_score("changed@example.com", 60)
    world.pipeliner.delete_lead(
        next(
            lead_id
            for lead_id, lead in world.pipeliner.lead_writes.items()
            if "deleted" in (lead.name or "")
        )
    )
    world.pipeliner.add_lead(quick_email="by.hand@example.com")
    for _ in range(2):
        world.pipeliner.add_contact("ambiguous@example.com")
    for list_id in ("l-0001", "l-0002"):
        for name, score in (("ambiguous", 70), ("both", 40), ("by.hand", 45), ("below", 39)):
            world.acton.add_person(list_id, f"{name}@example.com", score=score)
        world.acton.add_person(list_id, "both@example.com")
        world.acton.add_person(list_id, "no address")
        world.acton.add_person(list_id, "unknown@example.com")
    world.a_day_passes()


def scores_one_by_one(world: World) -> None:
    everything_at_once(world)
    world.acton.has_all_contacts = False


def a_score_column(world: World) -> None:
    everything_at_once(world)
    world.choose(score_column="Lead Score")
    world.acton.add_list("l-0003", "Scored", SCORED)
    for name, score in (("both", "80"), ("kept", "7"), ("new", "41"), ("none", "")):
        world.acton.add_row("l-0003", f"{name}@example.com", score)


def leads_created_anyway(world: World) -> None:
    everything_at_once(world)
    world.choose(existing_lead=ExistingLead.CREATE)


def too_many_leads(world: World) -> None:
    everything_at_once(world)
    world.choose(volume_guard=1)


@pytest.mark.parametrize(
    "story",
    [
        everything_at_once,
        scores_one_by_one,
        a_score_column,
        leads_created_anyway,
        too_many_leads,
    ],
    ids=lambda story: story.__name__,
)
def test_the_preview_foretells_every_count_of_the_run(
    world: World, story: Callable[[World], None]
) -> None:
    story(world)
    preview = world.preview()
    run = world.sync()
    assert preview.counts == run.counts
    assert preview.score_source is run.score_source


def test_a_preview_writes_nothing_anywhere(world: World) -> None:
    everything_at_once(world)
    world.pipeliner.written.clear()
    with world.store.read() as desk:
        runs_before = desk.runs.of_space(world.space.space_id, 10)
    world.preview()
    world.preview()
    assert world.pipeliner.written == []
    assert world.link_state("l-0002", "both@example.com") is None
    with world.store.read() as desk:
        assert desk.runs.of_space(world.space.space_id, 10) == runs_before


def test_a_preview_of_a_night_after_which_nothing_changes_says_so(world: World) -> None:
    everything_at_once(world)
    world.sync()
    counts = world.preview().counts
    assert (counts.created, counts.updated, counts.scores_updated) == (0, 0, 0)
    assert counts.unchanged == world.sync().counts.unchanged > 0


def test_who_is_just_below_is_counted_and_the_bars_cover_every_score(world: World) -> None:
    for score in (29, 30, 39, 40, -1):
        world.acton.add_person("l-0001", f"p{score}@example.com", score=score)
    preview = world.preview()
    assert preview.just_below == 2
    assert list(preview.histogram) == [(-10, 0, 1), (20, 30, 1), (30, 40, 2), (40, 50, 1)]


def test_every_result_and_reason_has_an_example(world: World) -> None:
    everything_at_once(world)
    shown = {(one.result, one.reason) for one in world.preview().samples}
    assert shown == {
        ("created", None),
        ("updated", None),
        ("unchanged", None),
        ("skipped", "deleted_in_crm"),
        ("skipped", "existing_lead"),
        ("skipped", "below_threshold"),
        ("skipped", "no_address"),
        ("skipped", "no_score"),
        ("skipped", "duplicate_in_list"),
    }


def test_no_result_has_more_than_a_few_examples(world: World) -> None:
    for number in range(20):
        world.acton.add_person("l-0001", f"p{number}@example.com", score=50)
        world.acton.add_person("l-0001", f"q{number}@example.com", score=10)
    results = [one.result for one in world.preview().samples]
    assert (results.count("created"), results.count("skipped")) == (5, 5)


def test_a_preview_says_what_the_run_would_call_a_lead(world: World) -> None:
    world.acton.add_person("l-0001", "jane@example.com", first="Jane", last="Doe", score=50)
    [sample] = world.preview().samples
    assert sample.name == "Jane Doe (Spring)"
    world.sync()
    assert world.pipeliner.lead_names() == [sample.name]


def test_a_preview_of_a_set_up_that_cannot_run_says_why(world: World) -> None:
    world.choose(owner="nobody@example.com")
    with pytest.raises(SetupError, match=r"nobody@example\.com"):
        world.preview()


def test_the_preview_leaves_as_json_in_the_promised_shape(world: World) -> None:
    world.acton.add_person("l-0001", "jane@example.com", score=50)
    told = preview_json(world.preview())
    assert set(told) == {
        "space",
        "threshold",
        "score_source",
        "lists",
        "rows",
        "people",
        "at_threshold",
        "would",
        "just_below",
        "histogram",
        "samples",
        "calls",
        "estimate",
    }
    assert told["would"] == {
        "created": 1,
        "updated": 0,
        "unchanged": 0,
        "leads_created": 1,
        "contacts_created": 1,
        "contacts_linked": 0,
        "scores_updated": 0,
        "skipped": {},
    }
