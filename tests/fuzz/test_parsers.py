"""Whatever vendors, browsers and admins send: a parser gives its value or its error, at once."""

import inspect
import json
import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from types import ModuleType
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from requests.structures import CaseInsensitiveDict

from app.filters import choose_locale, find_zone, read_languages, web_address, without_scheme
from app.session import safe_path
from sync import checks
from sync.acton import activity, parse
from sync.errors import InvalidInput, NotFound, UnexpectedAnswer
from sync.http.answer import Answer
from sync.http.redact import clean_text, hide_secrets
from sync.http.retry import read_retry_after
from sync.model import FieldPurpose, ProvisionedField, TypedSettings
from sync.pipeliner import parse as crm
from sync.pipeliner import webhooks
from sync.pipeliner.events import is_genuine, read_changes
from sync.ports import ScoreFields
from sync.rules.activity import safe_url
from sync.rules.addresses import normalise
from sync.rules.domains import account_in_domain, tidy_domain
from sync.rules.mapping import (
    describe_columns,
    map_columns,
    read_address,
    read_details,
    read_modified,
)
from sync.rules.naming import clean_name, lead_name, shorten
from sync.rules.panel_keys import parse_panel_key
from sync.rules.scoring import parse_score
from sync.rules.settings_form import understand
from sync.space_file import parse_space_file

from .strategies import atoms, json_objects, json_values, spoiled, texts

CASES = 200 if os.environ.get("TEST_FULL") else 50
NOW = datetime(2026, 11, 27, tzinfo=UTC)
OURS = {
    purpose: ProvisionedField(
        purpose=purpose, field_id="f", api_name=f"cf_{purpose.value}", filter_key=None
    )
    for purpose in FieldPurpose
}
SCORES = ScoreFields(score="Email", email="Act-On Primary Score")
LISTS = {
    "offset": 0,
    "totalCount": 1,
    "result": [{"id": "l-0001", "name": "List", "bIsList": True, "baseId": "l-0001"}],
}
ROWS = {
    "listId": "l-0001",
    "offset": 0,
    "totalCount": 1,
    "emailColumn": 1,
    "headers": ["_contact_id_", "E-mail Address"],
    "data": [["l-0001:0", "a@example.com"]],
}
FACTS = {
    "HasScoreSheet": True,
    "ScoreDetails": [{"Score": 5, "Action": "MESSAGE_SEND", "InScoreRange": True}],
    "Activities": [{"Verb": "o", "When": 1764240000000, "What": "Mail", "Responses": [{}]}],
}
CONTACT = {"id": "c-1", "modified": "2026-11-27 10:00:00+00:00", "email1": "a@example.com"}
LEAD = {
    "id": "l-1",
    "modified": "2026-11-27 10:00:00+00:00",
    "status": 1,
    "contact_relations": [{"contact_id": "c-1"}],
}
HOOK = {
    "id": "h-1",
    "url": "https://a.example",
    "events": ["Lead.*"],
    "options": {"skip_keys": ["k"]},
}
EVENT = {"event": "Lead.Delete", "entity": {"id": "l-1"}}
PAGE = {"success": True, "total": 1, "page_info": {"has_next_page": False}, "data": [CONTACT]}


@dataclass(frozen=True)
class Parser:
    """A parser, what it is given, and what it may raise."""

    call: Callable[[Any], object]
    given: st.SearchStrategy[Any]
    raises: tuple[type[Exception], ...] = ()


def of_vendor(call: Callable[[Any], object], real: Any = None) -> Parser:
    wrong = json_values if real is None else spoiled(real) | json_values
    return Parser(call, wrong, (UnexpectedAnswer, NotFound))


def of_record(call: Callable[[Any], object], real: dict[str, Any]) -> Parser:
    objects = spoiled(real).filter(lambda one: isinstance(one, dict)) | json_objects
    return Parser(call, objects, (UnexpectedAnswer,))


PARSERS: dict[str, Parser] = {
    "acton.parse_lists": of_vendor(parse.parse_lists, LISTS),
    "acton.parse_rows": of_vendor(lambda raw: parse.parse_rows(raw, "l-0001", 0), ROWS),
    "acton.parse_score_fields": of_vendor(parse.parse_score_fields),
    "acton.parse_scores": of_vendor(lambda raw: parse.parse_scores(raw, SCORES)),
    "acton.parse_facts": of_vendor(parse.parse_facts, FACTS),
    "acton.parse_lookup": of_vendor(parse.parse_lookup),
    "acton.parse_found_row": of_vendor(lambda raw: parse.parse_found_row(raw, "l-0001")),
    "acton.parse_account": of_vendor(parse.parse_account),
    "acton.parse_activity": of_vendor(activity.parse_activity, FACTS),
    "acton.parse_facts_score": of_record(activity.parse_facts_score, FACTS),
    "crm.parse_page": of_vendor(lambda raw: crm.parse_page(raw, "x"), PAGE),
    "crm.parse_record": of_vendor(lambda raw: crm.parse_record(raw, "x"), {"data": CONTACT}),
    "crm.to_contact": of_record(lambda raw: crm.to_contact(raw, OURS), CONTACT),
    "crm.to_lead": of_record(lambda raw: crm.to_lead(raw, OURS), LEAD),
    "crm.to_lead_name": of_record(crm.to_lead_name, LEAD),
    "crm.to_user": of_record(crm.to_user, CONTACT),
    "crm.to_lead_type": of_record(crm.to_lead_type, CONTACT),
    "crm.to_lead_step": of_record(crm.to_lead_step, CONTACT),
    "crm.to_field": of_record(crm.to_field, CONTACT),
    "crm.to_webresource": of_record(crm.to_webresource, CONTACT),
    "webhooks.to_webhook": of_record(webhooks.to_webhook, HOOK),
    "crm.to_refusal": of_record(crm.to_refusal, {"message": "no", "field_errors": [{}]}),
    "crm.to_id": of_record(lambda raw: crm.to_id(raw, "x"), CONTACT),
    "crm.to_text": Parser(crm.to_text, json_values),
    "crm.to_int": Parser(crm.to_int, json_values, (UnexpectedAnswer,)),
    "crm.to_instant": Parser(
        lambda one: crm.to_instant(one, "x"), json_values, (UnexpectedAnswer,)
    ),
    "crm.read_changes": Parser(
        lambda raw: read_changes(json.dumps(raw).encode()), spoiled([EVENT]) | json_values
    ),
    "crm.is_genuine": Parser(lambda told: is_genuine(b"[]", told, ["key"]), texts),
    "Answer.json": Parser(
        lambda body: Answer(api="x", status=200, headers={}, body=body, what="x").json(),
        st.binary(max_size=200) | json_values.map(lambda one: repr(one).encode("utf-8", "replace")),
        (UnexpectedAnswer,),
    ),
    "Answer.request_id": Parser(
        lambda text: (
            Answer(
                api="x",
                status=200,
                headers=CaseInsensitiveDict({"X-Request-Id": text}),
                body=b"",
                what="x",
            ).request_id
        ),
        texts,
    ),
    "read_retry_after": Parser(lambda text: read_retry_after(text, NOW), texts | st.none()),
    "clean_text": Parser(clean_text, texts),
    "hide_secrets": Parser(hide_secrets, texts),
    "normalise": Parser(normalise, texts),
    "parse_score": Parser(parse_score, atoms),
    "account_in_domain": Parser(account_in_domain, texts | st.none()),
    "tidy_domain": Parser(tidy_domain, texts, (ValueError,)),
    "clean_name": Parser(clean_name, texts),
    "lead_name": Parser(lambda text: lead_name(name=text, list_name=text, limit=60), texts),
    "shorten": Parser(lambda text: shorten(text, 10), texts),
    "safe_url": Parser(safe_url, texts),
    "web_address": Parser(web_address, texts | st.none()),
    "without_scheme": Parser(without_scheme, texts),
    "safe_path": Parser(lambda text: safe_path(text, "/"), texts | st.none()),
    "parse_panel_key": Parser(parse_panel_key, texts),
    "find_zone": Parser(find_zone, texts | st.none()),
    "read_languages": Parser(read_languages, texts),
    "choose_locale": Parser(choose_locale, st.lists(texts, max_size=5)),
    "understand": Parser(
        lambda two: understand(TypedSettings(**dict.fromkeys(TEXT_SETTINGS, two[0]))),
        st.tuples(texts),
    ),
    "parse_space_file": Parser(
        lambda text: parse_space_file(text, lambda name: None),
        texts | json_values.map(lambda one: repr({"spaces": [one]}).replace("'", '"')),
        (InvalidInput,),
    ),
    "columns": Parser(
        lambda two: _read_row(*two),
        st.tuples(st.lists(texts, max_size=6), st.lists(texts, max_size=6)),
    ),
    **{
        name: Parser(getattr(checks, name), texts, (ValueError,))
        for name in ("check_service_address", "check_tokens", "check_date_format", "check_zone")
    },
    **{
        name: Parser(lambda text, name=name: getattr(checks, name)([text]), texts, (ValueError,))
        for name in ("check_hosts", "check_origins", "check_emails")
    },
}
TEXT_SETTINGS = [
    name
    for name, one in inspect.signature(TypedSettings).parameters.items()
    if one.annotation in (str, "str")
]


def _read_row(headers: list[str], row: list[str]) -> None:
    columns = map_columns(tuple(headers), 0)
    describe_columns(columns, headers)
    read_address(columns, row)
    read_details(columns, row)
    read_modified(columns, row)


@pytest.mark.parametrize("name", PARSERS)
def test_a_parser_gives_its_value_or_its_one_error(name: str) -> None:
    parser = PARSERS[name]

    @settings(
        max_examples=CASES,
        deadline=5_000,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(one=parser.given)
    def look(one: Any) -> None:
        with suppress(*parser.raises):
            parser.call(one)

    look()


@pytest.mark.parametrize(
    ("module", "prefix"), [(parse, "acton."), (activity, "acton."), (crm, "crm.")]
)
def test_no_parser_of_a_vendors_answers_is_left_out(module: ModuleType, prefix: str) -> None:
    there = {
        prefix + name
        for name, one in inspect.getmembers(module, inspect.isfunction)
        if one.__module__ == module.__name__ and not name.startswith("_")
    }
    assert there <= set(PARSERS)
