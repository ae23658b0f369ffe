"""What the admin mapped by hand, for all lists or for one, and score columns of single lists."""

from sync.model import RunStatus, ScoreSource
from tests.engine.conftest import World

GERMAN = ("_contact_id_", "Rufname", "Haus", "E-mail Address", "Punkte")


def test_columns_mapped_by_hand_for_one_list_fill_its_contacts_alone(world: World) -> None:
    world.acton.add_list("l-0002", "Herbst", GERMAN)
    world.acton.add_row("l-0002", "Anna", "ACME", "anna@example.com", "7")
    world.acton.set_score("anna@example.com", 50)
    world.choose(column_map={"l-0002": {"last_name": "Rufname", "company": "Haus"}})
    assert world.sync().status is RunStatus.SUCCEEDED
    (contact,) = world.pipeliner.contact_writes.values()
    assert contact.details is not None
    assert (contact.details.last_name, contact.details.company) == ("Anna", "ACME")
    assert world.pipeliner.lead_names() == ["Anna (Herbst)"]


def test_what_is_mapped_for_all_lists_gives_way_to_what_is_mapped_for_one(world: World) -> None:
    world.acton.add_list("l-0002", "Herbst", GERMAN)
    world.acton.add_row("l-0002", "Anna", "ACME", "anna@example.com", "7")
    world.acton.set_score("anna@example.com", 50)
    world.choose(column_map={"*": {"last_name": "Haus"}, "l-0002": {"last_name": "Rufname"}})
    world.sync()
    assert world.pipeliner.lead_names() == ["Anna (Herbst)"]


def test_a_list_with_a_score_column_of_its_own_goes_by_it_and_others_by_all_contacts(
    world: World,
) -> None:
    world.acton.add_list("l-0002", "Herbst", GERMAN)
    world.acton.add_row("l-0002", "Anna", "", "anna@example.com", "45")
    world.acton.add_row("l-0002", "Bert", "", "bert@example.com", "7")
    world.acton.add_person("l-0001", "bert@example.com", last="Bert", score=50)
    world.acton.add_person("l-0001", "anna@example.com", last="Anna", score=3)
    world.choose(score_columns={"l-0002": "Punkte"})
    run = world.sync()
    assert run.counts.created == 2
    assert world.pipeliner.lead_names() == ["Bert (Spring)", "anna@example.com (Herbst)"]


def test_column_of_a_list_is_enough_where_only_columns_count(world: World) -> None:
    world.acton.add_list("l-0002", "Herbst", GERMAN)
    world.acton.add_row("l-0002", "Anna", "", "anna@example.com", "45")
    world.acton.add_person("l-0001", "bert@example.com", last="Bert", score=50)
    world.choose(score_source=ScoreSource.LIST_COLUMN, score_columns={"l-0002": "Punkte"})
    run = world.sync()
    assert (run.counts.created, run.counts.skipped) == (1, {"no_score": 1})
