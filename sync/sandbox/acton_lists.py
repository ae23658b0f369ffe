"""Act-On's lists and records: `/api/1/…` (contracts/acton.md sections 3 and 4.1)."""

import csv
import io
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote

from flask import Blueprint, Response, g, request

from sync.sandbox.acton_world import Account, ActOnList, Row
from sync.sandbox.answers import NOT_FOUND, acton_error, answer
from sync.sandbox.history import make_facts
from sync.sandbox.people import Person
from sync.sandbox.world import World

MOST_ROWS = 1000
ALL_CONTACTS = "l-unified-contacts"
VENDORS = ("Sforce", "MSDyn", "Sugar", "SL", "Nsuite")


def make_lists_blueprint(world: World) -> Blueprint:
    """The listing, list downloads, records, facts and the account."""
    bp = Blueprint("acton_lists", __name__)

    @bp.get("/api/1/account", strict_slashes=False)
    def account() -> Response:
        if not world.switches.is_on("account_endpoint"):
            return answer(NOT_FOUND, 404)
        one: Account = g.account
        return answer(
            {
                "account_id": int(one.account_id),
                "cname": f"a{one.account_id}.actonsoftware.com",
                "user_name": "Sandbox User",
                "user_email": one.username,
                "account_name": f"Sandbox {one.account_id}",
                "user_type": "Marketing",
                "isAdmin": True,
                "login": one.username,
                "time_zone": "US/Pacific",
            }
        )

    @bp.get("/api/1/list", strict_slashes=False)
    def listing() -> Response:
        kind = request.args.get("listingtype", "CONTACT_LIST").upper()
        entries = _entries(world, g.account) if kind == "CONTACT_LIST" else []
        offset, count = _window(default=MOST_ROWS)
        some = entries[offset : offset + count]
        return answer(
            {"offset": offset, "count": len(some), "totalCount": len(entries), "result": some}
        )

    @bp.get("/api/1/list/<list_id>", strict_slashes=False)
    def download(list_id: str) -> Response:
        if list_id in ("hardbounce", "optout", "spamcomplaint"):
            return answer({"totalCount": 0, "offset": 0, "count": 0, "headers": [], "data": []})
        one = _find(g.account, list_id)
        if one is None:
            return acton_error(10004, "Invalid or missing list")
        dates = request.args.get("datequalifiers") == "true"
        if dates and request.args.get("fields"):
            return acton_error(10025, "fields and datequalifiers are mutually exclusive")
        rows = [row for row in one.rows if _is_asked_for(row)] if _has_date_filter() else one.rows
        if request.args.get("responseformat", "JSON").upper() == "CSV":
            return _as_csv(world, one, rows, dates)
        return _as_json(world, one, rows, dates)

    @bp.get("/api/1/list/<list_id>/record/<record_id>", strict_slashes=False)
    def record(list_id: str, record_id: str) -> Response:
        one, row = _find_row(g.account, list_id, record_id)
        if one is None:
            return acton_error(10004, "Invalid or missing list")
        return answer(one.cells_of(row)) if row else acton_error(10008, "Invalid contact")

    @bp.get("/api/1/list/<list_id>/record/<record_id>/facts", strict_slashes=False)
    def facts(list_id: str, record_id: str) -> Response:
        one, row = _find_row(g.account, list_id, record_id)
        if one is None:
            return acton_error(10004, "Invalid or missing list")
        if row is None:
            return acton_error(10008, "Invalid contact")
        person = row.person or g.account.person(one.address_of(row))
        if person is None:
            person = Person(email=one.address_of(row), score=0)
        return answer(make_facts(person, world.clock, world.switches))

    @bp.get("/api/1/list/lookup/<list_id>", strict_slashes=False)
    def lookup(list_id: str) -> Response:
        one = _find(g.account, list_id)
        if one is None:
            return acton_error(10004, "Invalid or missing list")
        wanted = request.args.get("email", "").strip().lower()
        for row in one.rows:
            if one.address_of(row).strip().lower() == wanted:
                cells = one.cells_of(row)
                return answer(
                    {"contactID": cells[0], **dict(zip(one.headers, cells[1:], strict=True))}
                )
        return acton_error(10008, "Invalid contact")

    return bp


def _entries(world: World, account: Account) -> list[dict[str, Any]]:
    entries = []
    for one in account.lists.values():
        if one.base_id is None or world.switches.is_on("segments_in_listing"):
            entries.append(_entry(one))
    if world.switches.is_on("all_contacts") and world.switches.is_on("all_contacts_in_listing"):
        everyone = ActOnList(list_id=ALL_CONTACTS, name="All Contacts", columns=())
        entry = _entry(everyone)
        entry["sourceSize"] = str(len(account.people))
        entries.append(entry)
    return entries


def _entry(one: ActOnList) -> dict[str, Any]:
    flags: dict[str, Any] = {"bIsSingleton": False, "bIsList": one.base_id is None}
    flags |= {"bIsSforceReport": False}
    for vendor in VENDORS:
        flags |= {f"bIs{vendor}": False, f"bIs{vendor}Available": True}
    return {
        "id": one.list_id,
        "name": one.name,
        "folderName": one.folder,
        "sourceId": one.base_id or one.list_id,
        "baseId": one.base_id or one.list_id,
        "description": "Uploaded Marketing List",
        "sourceSize": str(len(one.rows)),
        "sourceName": one.name,
        "tsLastModified": one.modified_ms,
        "tsLastCounted": one.modified_ms,
        "tsSource": one.modified_ms,
        "sourceTS": "Aug 27 2024 4:14 PM PDT",
        **flags,
    }


def _as_json(world: World, one: ActOnList, rows: list[Row], dates: bool) -> Response:
    offset, count = _window(default=MOST_ROWS)
    some = rows[offset : offset + min(count, MOST_ROWS)]
    headers = ["_contact_id_", *one.headers]
    data = [one.cells_of(row) for row in some]
    if dates:
        name = str(world.switches["date_columns"])
        headers += [name.replace("modified", "created"), name]
        for cells, row in zip(data, some, strict=True):
            value = _date(world, row.modified_ms)
            cells += [value, value]
    return answer(
        {
            "listId": one.list_id,
            "offset": offset,
            "count": len(data),
            "totalCount": len(rows),
            "emailColumn": one.email_column,
            "headers": headers,
            "data": data,
        }
    )


def _as_csv(world: World, one: ActOnList, rows: list[Row], dates: bool) -> Response:
    text = io.StringIO()
    writer = csv.writer(text)
    extra = [str(world.switches["date_columns"])] if dates else []
    writer.writerow(["_contact_id_", *one.headers, *extra])
    for row in rows:
        more = [_date(world, row.modified_ms)] if dates else []
        writer.writerow([*one.cells_of(row), *more])
    return Response(text.getvalue(), mimetype="text/csv")


def _date(world: World, ms: int) -> str:
    moment = datetime.fromtimestamp(ms / 1000, UTC)
    match world.switches["date_values"]:
        case "iso":
            return moment.isoformat()
        case "words":
            return moment.strftime("%b %d %Y %I:%M %p PDT")
    return str(ms)


def _window(default: int) -> tuple[int, int]:
    offset = request.args.get("offset", 0, type=int)
    count = request.args.get("count", default, type=int)
    return max(offset, 0), max(min(count, MOST_ROWS), 0)


def _has_date_filter() -> bool:
    return bool({"modafter", "modbefore", "createdafter", "createdbefore"} & set(request.args))


def _is_asked_for(row: Row) -> bool:
    after = max(request.args.get(name, 0, type=int) for name in ("modafter", "createdafter"))
    before = min(request.args.get(name, 2**62, type=int) for name in ("modbefore", "createdbefore"))
    return after <= row.modified_ms <= before


def _find(account: Account, list_id: str) -> ActOnList | None:
    return account.lists.get(unquote(list_id))


def _find_row(
    account: Account, list_id: str, record_id: str
) -> tuple[ActOnList | None, Row | None]:
    one = _find(account, list_id)
    return one, one.find(unquote(record_id)) if one else None
