"""Our custom fields and the embedded page are put in place once, and looked after."""

from collections.abc import Callable, Mapping

import pytest

from sync.model import CustomField, Entity, FieldMap, FieldPurpose, Webresource
from sync.pipeliner.provisioning import SPECS, Provisioned, provision, usable, verify
from tests.clients.fakes import FakeSpace

PANEL = "https://app.example.com/panel"
SCORE, KEY, PANEL_KEY = (
    FieldPurpose.LEAD_SCORE,
    FieldPurpose.LEAD_KEY,
    FieldPurpose.CONTACT_PANEL_KEY,
)
LEAD_PANEL_KEY = ("Lead", "Act-On Panel Key")


@pytest.fixture
def space() -> FakeSpace:
    return FakeSpace()


def again(space: FakeSpace, done: Provisioned) -> Provisioned:
    space.made.clear()
    return provision(space, done.fields, PANEL)  # type: ignore[arg-type]


def first(space: FakeSpace, known: FieldMap | None = None) -> Provisioned:
    return provision(space, known or {}, PANEL)  # type: ignore[arg-type]


def page_of(space: FakeSpace, entity: str) -> Webresource:
    (page,) = [one for one in space.pages if one.entity == entity]
    return page


def without_lead_key(fields: FieldMap) -> FieldMap:
    """The fields of a space that was provisioned before Leads had a panel."""
    return {one: field for one, field in fields.items() if one is not FieldPurpose.LEAD_PANEL_KEY}


def look_after(space: FakeSpace, fields: FieldMap) -> list[tuple[str, bool]]:
    return [(one.message, one.is_error) for one in verify(space, fields)]  # type: ignore[arg-type]


def test_all_fields_are_made_and_their_names_taken_from_pipeliner(space: FakeSpace) -> None:
    done = first(space)
    assert space.made == [
        "Lead: Act-On Score",
        "Lead: Act-On Key",
        "Lead: Act-On List",
        "Lead: Act-On Contact ID",
        "Lead: Act-On Panel Key",
        "Contact: Act-On Score",
        "Contact: Act-On Contact ID",
        "Contact: Act-On Last Refreshed",
        "Contact: Act-On Panel Key",
        "page Act-On Integration",
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
    page = page_of(space, "Contact")
    assert page.url == f"{PANEL}#k={{#{done.fields[PANEL_KEY].field_id}}}"
    assert done.webresource_id == page.webresource_id


def test_the_page_of_a_lead_also_tells_which_lead_it_is(space: FakeSpace) -> None:
    fields = first(space).fields
    panel_key, key = fields[FieldPurpose.LEAD_PANEL_KEY].field_id, fields[KEY].field_id
    assert page_of(space, "Lead").url == f"{PANEL}#k={{#{panel_key}}}&l={{#{key}}}"


def test_a_page_does_not_take_what_pages_may_not_use(space: FakeSpace) -> None:
    done = first(space)
    space.change(done.fields[KEY].field_id, for_webresource=False)
    assert again(space, done).findings == ()
    assert page_of(space, "Lead").url.endswith(
        done.fields[FieldPurpose.LEAD_PANEL_KEY].field_id + "}"
    )


# --- a field that spaces may lack -----------------------------------------------------------------


def test_a_space_from_before_lacks_the_key_of_leads_and_that_is_no_error(space: FakeSpace) -> None:
    fields = without_lead_key(first(space).fields)
    assert look_after(space, fields) == []


def test_a_space_from_before_gets_field_and_page_when_it_is_provisioned_again(
    space: FakeSpace,
) -> None:
    fields = without_lead_key(first(space).fields)
    space.fields = [one for one in space.fields if (one.entity, one.name) != LEAD_PANEL_KEY]
    space.pages = [one for one in space.pages if one.entity == "Contact"]
    space.made.clear()
    done = provision(space, fields, PANEL)  # type: ignore[arg-type]
    assert space.made == ["Lead: Act-On Panel Key", "page Act-On Integration"]
    assert FieldPurpose.LEAD_PANEL_KEY in done.fields


@pytest.mark.parametrize("change", [{"deleted": True}, {"published": False}, {"type_id": "input"}])
def test_a_broken_key_of_leads_is_told_is_no_error_and_is_not_used(
    space: FakeSpace, change: Mapping[str, object]
) -> None:
    fields = first(space).fields
    space.change(fields[FieldPurpose.LEAD_PANEL_KEY].field_id, **change)
    findings = verify(space, fields)  # type: ignore[arg-type]
    assert [one.is_error for one in findings] == [False]
    assert set(usable(fields, findings)) == {*fields} - {FieldPurpose.LEAD_PANEL_KEY}


def test_a_renamed_key_of_leads_is_still_used(space: FakeSpace) -> None:
    fields = first(space).fields
    space.change(fields[FieldPurpose.LEAD_PANEL_KEY].field_id, name="Hidden")
    assert usable(fields, verify(space, fields)) == fields  # type: ignore[arg-type]


def test_a_page_that_leads_to_an_old_address_is_mended(space: FakeSpace) -> None:
    done = first(space)
    space.update_webresource("w1", url="https://old.example.com/panel")
    assert again(space, done).webresource_id == "w1"
    assert space.made == ["address of w1"]
    assert page_of(space, "Contact").url.startswith(PANEL)


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
    assert [one.entity for one in space.pages] == ["Lead"]
