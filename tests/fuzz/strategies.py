"""What strangers may send: JSON of any kind, and answers that look real, with parts gone wrong."""

from typing import Any

from hypothesis import strategies as st

ODD_TEXTS = (
    *(
        "",
        " ",
        "\0",
        "\ud800",
        "\u202e",
        "NaN",
        "Infinity",
        "-0",
        "1e999",
        "null",
        "true",
        "[]",
        "{}",
    ),
    *("0" * 5_000, "9" * 400, "a" * 5_000, "2026-11-27T10:00:00Z", "2026-13-45", "1e5", "٣", "½"),
    *("a@b.c", "<script>", "javascript:alert(1)", "https://x", "//x", "\u2028", "a\r\nb", "10,5"),
)
ODD_NUMBERS = (0, -1, 2**31, 2**63, -(2**63), 10**40, 1e308, float("nan"), float("inf"), -0.0, 1.5)
texts = st.text(max_size=30) | st.sampled_from(ODD_TEXTS)
atoms = (
    st.none() | st.booleans() | st.integers() | st.sampled_from(ODD_NUMBERS) | st.floats() | texts
)

# The keys that our parsers look for, so that values of any kind end up under them.
KEYS = (
    *("result", "totalCount", "offset", "count", "id", "name", "headers", "data", "emailColumn"),
    *("listId", "baseId", "bIsList", "sourceSize", "columns", "standardFieldMapping", "type"),
    *("contacts", "actonPrimaryScore", "email", "Email", "Score", "score", "Entries", "Activities"),
    *(
        "Verb",
        "When",
        "What",
        "ScoreDetails",
        "HasScoreSheet",
        "account_id",
        "contactID",
        "Responses",
    ),
    *(
        "success",
        "page_info",
        "end_cursor",
        "has_next_page",
        "total",
        "entity_errors",
        "field_errors",
    ),
    *(
        "message",
        "code",
        "http_status",
        "errors",
        "modified",
        "is_deleted",
        "is_archived",
        "status",
    ),
    *(
        "email1",
        "email2",
        "quick_email",
        "contact_relations",
        "contact_id",
        "primary_contact",
        "owner",
    ),
    *(
        "api_name",
        "column_name",
        "entity_name",
        "is_published",
        "type_id",
        "url",
        "entity",
        "steps",
    ),
    *(
        "lead_process_id",
        "sort_order",
        "timezone_name",
        "access_token",
        "expires_in",
        "refresh_token",
    ),
)
json_values: st.SearchStrategy[Any] = st.recursive(
    atoms,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(KEYS) | st.text(max_size=8), inner, max_size=6)
    ),
    max_leaves=25,
)
json_objects: st.SearchStrategy[dict[str, Any]] = st.dictionaries(
    st.sampled_from(KEYS) | st.text(max_size=8), json_values, max_size=10
)


def spoiled(real: Any) -> st.SearchStrategy[Any]:
    """A real answer in which some part is something else, or gone."""
    if isinstance(real, dict):
        whole = st.fixed_dictionaries(
            {}, optional={name: spoiled(one) for name, one in real.items()}
        )
        return st.just(real) | whole | json_values
    if isinstance(real, list):
        return (
            st.just(real) | st.lists(st.sampled_from(real) | json_values, max_size=4) | json_values
        )
    return st.just(real) | atoms | json_values
