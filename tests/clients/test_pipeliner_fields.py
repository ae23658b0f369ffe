"""Our custom fields and the embedded page are put in place once, and looked after."""

from collections.abc import Callable, Mapping

import pytest

from sync.model import CustomField, Entity, FieldMap, FieldPurpose
from sync.pipeliner.provisioning import SPECS, Provisioned, provision, verify
from tests.clients.fakes import FakeSpace

PANEL = "https://app.example.com/panel"
SCORE, KEY, PANEL_KEY = (
    FieldPurpose.LEAD_SCORE,
    FieldPurpose.LEAD_KEY,
    FieldPurpose.CONTACT_PANEL_KEY,
)


@pytest.fixture
def space() -> FakeSpace:
    return FakeSpace()


def again(space: FakeSpace, done: Provisioned) -> Provisioned:
    space.made.clear()
    return provision(space, done.fields, PANEL)  # type: ignore[arg-type]


def first(space: FakeSpace, known: FieldMap | None = None) -> Provisioned:
    return provision(space, known or {}, PANEL)  # type: ignore[arg-type]


def look_after(space: FakeSpace, fields: FieldMap) -> list[tuple[str, bool]]:
    return [(one.message, one.is_error) for one in verify(space, fields)]  # type: ignore[arg-type]


def test_all_fields_are_made_and_their_names_taken_from_pipeliner(space: FakeSpace) -> None:
    done = first(space)
    assert space.made == [
        "Lead: Act-On Score",
        "Lead: Act-On Key",
        "Lead: Act-On List",
        "Lead: Act-On Contact ID",
        "Contact: Act-On Score",
        "Contact: Act-On Contact ID",
        "Contact: Act-On Last Refreshed",
        "Contact: Act-On Panel Key",
        "page Act-On Integration",
    ]
    assert done.findings == ()
    assert [(one.field_id, one.api_name) for one in done.fields.values()] == [
        (one.field_id, one.api_name) for one in space.fields
    ]


def test_a_second_time_makes_nothing(space: FakeSpace) -> None:
    done = first(space)
    assert again(space, done) == done
    assert space.made == []


def test_fields_that_are_there_are_found_again_after_our_database_was_lost(
    space: FakeSpace,
) -> None:
    done = first(space)
    space.made.clear()
    assert first(space).fields == done.fields
    assert space.made == []


def test_a_field_that_an_admin_made_is_used(space: FakeSpace) -> None:
    by_admin = space.add_field(Entity.LEAD, "Act-On Score", "integer")
    assert first(space).fields[SCORE].field_id == by_admin.field_id


def test_a_field_of_our_name_and_another_kind_is_left_alone(space: FakeSpace) -> None:
    by_admin = space.add_field(Entity.LEAD, "Act-On Score", "input")
    assert first(space).fields[SCORE].field_id != by_admin.field_id
    assert by_admin in space.fields


def test_a_field_that_was_deleted_is_made_anew(space: FakeSpace) -> None:
    done = first(space)
    space.change(done.fields[SCORE].field_id, deleted=True)
    assert again(space, done).findings == ()
    assert space.made == ["Lead: Act-On Score"]


@pytest.mark.parametrize(
    ("change", "message", "is_error"),
    [
        pytest.param({"deleted": True}, "'Act-On Score' of Leads was deleted", True, id="deleted"),
        pytest.param(
            {"published": False}, "'Act-On Score' of Leads is not published", True, id="unpublished"
        ),
        pytest.param({"type_id": "input"}, "'Act-On Score' of Leads", True, id="another-kind"),
        pytest.param({"name": "Heat"}, "was renamed to 'Heat'", False, id="renamed"),
    ],
)
def test_what_happened_to_a_field_is_told_by_its_name(
    space: FakeSpace, change: Mapping[str, object], message: str, is_error: bool
) -> None:
    done = first(space)
    space.change(done.fields[SCORE].field_id, **change)
    ((told, serious),) = look_after(space, done.fields)
    assert message in told
    assert serious is is_error


def test_a_renamed_field_is_still_ours(space: FakeSpace) -> None:
    done = first(space)
    space.change(done.fields[SCORE].field_id, name="Heat")
    assert again(space, done).fields == done.fields


def test_fields_that_are_well_are_not_talked_about(space: FakeSpace) -> None:
    assert look_after(space, first(space).fields) == []


def test_fields_that_were_never_made_are_named(space: FakeSpace) -> None:
    fields = {purpose: one for purpose, one in first(space).fields.items() if purpose is not KEY}
    ((told, serious),) = look_after(space, fields)
    assert told.endswith("are missing: Act-On Key.")
    assert serious


# --- the name that filters accept ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("accepted", "key"),
    [
        pytest.param("cf_", lambda field: field.api_name, id="api-name"),
        pytest.param("column_", lambda field: field.column_name, id="column-name"),
        pytest.param("neither", lambda field: None, id="neither"),
    ],
)
def test_the_name_that_filters_accept_is_found_by_trying(
    space: FakeSpace, accepted: str, key: Callable[[CustomField], str | None]
) -> None:
    space.filters = lambda name: name.startswith(accepted)
    done = first(space)
    (field,) = [one for one in space.fields if one.name == SPECS[KEY].name]
    assert done.fields[KEY].filter_key == key(field)


def test_only_the_field_that_we_look_up_by_is_tried(space: FakeSpace) -> None:
    tried = []
    space.filters = lambda name: not tried.append(name)  # type: ignore[func-returns-value]
    done = first(space)
    assert tried == [done.fields[KEY].api_name]


# --- the embedded page --------------------------------------------------------------------------


def test_the_page_takes_the_key_of_the_record_in_its_fragment(space: FakeSpace) -> None:
    done = first(space)
    (page,) = space.pages
    assert page.url == f"{PANEL}#k={{#{done.fields[PANEL_KEY].field_id}}}"
    assert (page.entity, done.webresource_id) == ("Contact", page.webresource_id)


def test_a_page_that_leads_to_an_old_address_is_mended(space: FakeSpace) -> None:
    done = first(space)
    space.update_webresource("w1", url="https://old.example.com/panel")
    assert again(space, done).webresource_id == "w1"
    assert space.made == ["address of w1"]
    assert space.pages[0].url.startswith(PANEL)


def test_without_an_address_of_ours_the_page_is_left_out_and_said_so(space: FakeSpace) -> None:
    done = provision(space, {}, None)  # type: ignore[arg-type]
    (finding,) = done.findings
    assert "PUBLIC_URL" in finding.hint
    assert not finding.is_error
    assert (space.pages, done.webresource_id) == ([], None)


def test_a_key_field_that_pages_may_not_use_is_named(space: FakeSpace) -> None:
    field = space.add_field(Entity.CONTACT, "Act-On Panel Key", "text_area")
    space.change(field.field_id, for_webresource=False)
    done = first(space)
    (finding,) = done.findings
    assert "'Act-On Panel Key'" in finding.message
    assert not finding.is_error
    assert space.pages == []
