"""What the customer's own columns mean (design §3.6)."""

from datetime import UTC, datetime
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.model import Details
from sync.rules.mapping import (
    details_from_json,
    details_to_json,
    map_columns,
    merge,
    read_address,
    read_details,
    read_modified,
    read_record_id,
    read_score_cell,
    score_candidates,
)

HEADERS = ("_contact_id_", "First Name", "Last Name", "Job Title", "Company", "E-mail Address")
ROW = ("l-0001:0", "Jane", "Doe", "Buyer", "Acme", "jane@example.com")
TEXTS = st.text(max_size=20)
DETAILS = st.builds(
    Details,
    first_name=TEXTS,
    last_name=TEXTS,
    company=TEXTS,
    phones=st.lists(st.text(min_size=1, max_size=5), max_size=3).map(tuple),
)


def test_a_documented_row_is_read() -> None:
    columns = map_columns(HEADERS, 5)
    assert read_record_id(columns, ROW) == "l-0001:0"
    assert read_address(columns, ROW) == "jane@example.com"
    assert read_details(columns, ROW) == Details(
        first_name="Jane", last_name="Doe", position="Buyer", company="Acme"
    )


@pytest.mark.parametrize(
    ("header", "field"),
    [
        ("FIRSTNAME", "first_name"),
        ("Vorname", "first_name"),
        ("Prénom", "first_name"),
        ("Nachname", "last_name"),
        ("Apellidos", "last_name"),
        ("Sobrenome", "last_name"),
        ("Account Name", "company"),
        ("Firma", "company"),
        ("Société", "company"),
        ("Job_Title", "position"),
        ("PLZ", "zip_code"),
        ("Código postal", "zip_code"),
        ("Bundesland", "state"),
        ("Straße", "street"),
        ("País", "country"),
    ],
)
def test_columns_are_known_by_their_names_in_five_languages(header: str, field: str) -> None:
    columns = map_columns(("_contact_id_", "Email", header), 1)
    assert getattr(read_details(columns, ("1", "a@example.com", "value")), field) == "value"


@pytest.mark.parametrize(
    "header", ["E-mail Address", "EMAIL", "Email", "E-Mail-Adresse", "Courriel"]
)
def test_without_an_email_column_the_address_is_found_by_name(header: str) -> None:
    columns = map_columns(("_contact_id_", "Name", header), None)
    assert read_address(columns, ("1", "Jane", "jane@example.com")) == "jane@example.com"


def test_an_email_column_beyond_the_headers_is_not_believed() -> None:
    columns = map_columns(("_contact_id_", "Email"), 7)
    assert read_address(columns, ("1", "jane@example.com")) == "jane@example.com"


def test_a_list_without_any_address_column_has_no_addresses() -> None:
    assert read_address(map_columns(("_contact_id_", "Name"), None), ("1", "Jane")) == ""


def test_what_the_admin_mapped_by_hand_wins() -> None:
    columns = map_columns(HEADERS, 5, overrides={"company": "Job Title"})
    assert read_details(columns, ROW).company == "Buyer"


def test_a_full_name_is_split_only_where_there_is_nothing_else() -> None:
    alone = map_columns(("Email", "Full Name"), 0)
    assert read_details(alone, ("a@example.com", "Jane Q Doe")) == Details(
        first_name="Jane", middle_name="Q", last_name="Doe"
    )
    beside = map_columns(("Email", "Full Name", "Last Name"), 0)
    assert read_details(beside, ("a@example.com", "Jane Q Doe", "Doe")).first_name == ""


def test_short_rows_and_odd_cells_are_tolerated() -> None:
    columns = map_columns(HEADERS, 5)
    assert read_address(columns, ("l-0001:0", "Jane")) == ""
    assert read_details(columns, ("l-0001:0", None, 7)).last_name == "7"  # type: ignore[arg-type]


def test_several_phones_are_kept_business_first() -> None:
    columns = map_columns(("Email", "Mobile Phone", "Business Phone"), 0)
    assert read_details(columns, ("a@example.com", "2", "1")).phones == ("1", "2")


def test_the_score_column_is_the_one_named_and_no_other() -> None:
    headers = ("Email", "Lead Score", "Old score")
    assert score_candidates(headers) == ("Lead Score", "Old score")
    columns = map_columns(headers, 0, score_column="lead score")
    assert read_score_cell(columns, ("a@example.com", "41", "9")) == "41"
    assert map_columns(headers, 0).score is None


@pytest.mark.parametrize(
    "text",
    [
        "1724800440000",
        "1724800440",
        "2024-08-27T23:14:00+00:00",
        "2024-08-27 23:14:00",
        "Aug 27 2024 11:14 PM PDT",
        "Tue Aug 27 2024, 11:14 PM",
        "Aug 27 2024 23:14 Pacific/Marquesas",
    ],
)
def test_the_documents_forms_of_a_date_are_read(text: str) -> None:
    columns = map_columns(("Email", "__modified_date"), 0)
    expected = int(datetime(2024, 8, 27, 23, 14, tzinfo=UTC).timestamp() * 1000)
    assert read_modified(columns, ("a@example.com", text)) == expected


@given(st.text(max_size=30))
def test_a_date_that_makes_no_sense_is_no_date(text: str) -> None:
    columns = map_columns(("Email", "modified_date"), 0)
    found = read_modified(columns, ("a@example.com", text))
    assert found is None or isinstance(found, int)


@given(DETAILS)
def test_details_survive_being_stored(details: Details) -> None:
    assert details_from_json(details_to_json(details)) == details


def test_of_data_that_differ_the_newest_that_says_something_counts() -> None:
    old = Details(first_name="Jane", company="Old Ltd", phones=("1",))
    new = Details(company="New Ltd")
    merged = merge([(1, old), (2, new)])
    assert (merged.first_name, merged.company, merged.phones) == ("Jane", "New Ltd", ("1",))


def test_without_dates_the_first_list_counts() -> None:
    assert merge([(None, Details(city="Graz")), (None, Details(city="Lyon"))]).city == "Graz"


@given(st.lists(st.tuples(st.none() | st.integers(0, 9), DETAILS), max_size=5))
def test_merging_invents_nothing_and_loses_nothing(
    ordered: list[tuple[int | None, Details]],
) -> None:
    merged = merge(ordered)
    for field in ("first_name", "last_name", "company"):
        values = {getattr(details, field) for _, details in ordered} - {""}
        assert getattr(merged, field) in (values or {""})


def distinct(ordered: list[tuple[int | None, Details]]) -> bool:
    dates = [date for date, _ in ordered]
    return None not in dates and len(set(dates)) == len(dates)


DATED = st.lists(st.tuples(st.integers(0, 99), DETAILS), max_size=5).filter(distinct)


@given(DATED, st.randoms(use_true_random=False))
def test_where_every_row_has_its_date_the_order_of_the_lists_does_not_matter(
    ordered: list[tuple[int | None, Details]], random: Random
) -> None:
    shuffled = list(ordered)
    random.shuffle(shuffled)
    assert merge(shuffled) == merge(ordered)


@given(st.lists(st.tuples(st.none() | st.integers(0, 3), DETAILS), max_size=5))
def test_each_field_is_that_of_the_newest_row_that_has_it_and_then_of_the_first(
    ordered: list[tuple[int | None, Details]],
) -> None:
    merged = merge(ordered)
    for field in ("first_name", "last_name", "company", "phones"):
        saying = [
            (-1 if date is None else date, -place, getattr(details, field))
            for place, (date, details) in enumerate(ordered)
            if getattr(details, field)
        ]
        expected = max(saying)[2] if saying else getattr(Details(), field)
        assert getattr(merged, field) == expected


def test_a_row_with_a_date_comes_before_one_without() -> None:
    assert merge([(None, Details(city="Graz")), (0, Details(city="Lyon"))]).city == "Lyon"


def test_nothing_merged_says_nothing() -> None:
    assert merge([]) == Details()


@given(DETAILS, st.integers(1, 4))
def test_merging_what_is_the_same_changes_nothing(details: Details, times: int) -> None:
    assert merge([(5, details)] * times) == details
