"""The whole world of the sandbox: Act-On accounts, the CRM, switches, clock; and its memory.

Changes that tests make to Act-On's side are kept as a journal and played again when a saved state
is read; the CRM's records are saved as they are.
"""

import json
import threading
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from sync.sandbox.acton_webhooks import ActOnWebhooks
from sync.sandbox.acton_world import SCORE_HEADER, Account, ActOnList, make_account
from sync.sandbox.clock import SandboxClock
from sync.sandbox.crm import Crm
from sync.sandbox.hostile import add_hostile_part, add_panel_part
from sync.sandbox.launch import Launch
from sync.sandbox.options import (
    ACCOUNT_ID,
    FIRST_OWN_ACCOUNT,
    OTHER_ACCOUNT_ID,
    OTHER_USERNAME,
    PASSWORD,
    USERNAME,
    SandboxOptions,
    further_space,
)
from sync.sandbox.people import Person
from sync.sandbox.stories import STORIES
from sync.sandbox.switches import Switches

SAVED_UP_TO_ROWS = 20_000  # a state file is for worlds that one can look through


class World:
    """Everything the sandbox knows. Guard it with `lock`."""

    def __init__(self, options: SandboxOptions) -> None:
        self.options = options
        self.lock = threading.RLock()
        self.clock = SandboxClock()
        self.switches = Switches()
        self.journal: list[dict[str, Any]] = []
        self.accounts = _make_accounts(options)
        self.crm = Crm(options, self.switches, self.clock)
        self.acton_webhooks = ActOnWebhooks(self.switches, self.clock)
        self.launch: Launch | None = None
        self.changed = False
        if options.state_path is not None:
            self._read_state(options.state_path)

    def account_of(self, username: str) -> Account | None:
        """The account that this user belongs to."""
        return next((one for one in self.accounts.values() if one.username == username), None)

    @property
    def demo(self) -> Account:
        """The account that the demo space uses."""
        return self.accounts[ACCOUNT_ID]

    # --- verbs for tests -----------------------------------------------------------------------

    def change(self, verb: str, values: Mapping[str, Any]) -> None:
        """Change Act-On's side. Raises ValueError or KeyError for what makes no sense."""
        account = self.accounts[str(values.get("account_id", ACCOUNT_ID))]
        act = VERBS.get(verb)
        if act is None:
            raise ValueError(f"There is no verb {verb!r}. Known: {', '.join(sorted(VERBS))}.")
        person = account.person(str(values.get("email", "")))
        before = person.score if person else None
        act(account, {name: one for name, one in values.items() if name != "account_id"})
        after = account.person(str(values.get("email", "")))
        if after is not None:
            self.acton_webhooks.note_score(account.account_id, before, after)
        self.journal.append({"verb": verb, "values": dict(values)})
        self.changed = True

    # --- memory --------------------------------------------------------------------------------

    def save_if_changed(self) -> None:
        """Write the state file, all or nothing, where there is one and something has changed."""
        path = self.options.state_path
        with self.lock:
            if path is None or not (self.changed or self.crm.changed):
                return
            if self.options.rows > SAVED_UP_TO_ROWS:
                return
            state = {
                "identity": self.options.identity,
                "journal": self.journal,
                "crm": self.crm.dump(),
            }
            self.changed = self.crm.changed = False
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_suffix(".tmp")
        draft.write_text(json.dumps(state))
        draft.replace(path)

    def _read_state(self, path: Path) -> None:
        try:
            state = json.loads(path.read_text())
        except (OSError, ValueError):
            return
        if state.get("identity") != self.options.identity:
            return  # another world was asked for: it starts afresh
        for entry in state["journal"]:
            self.change(entry["verb"], entry["values"])
        self.crm.load(state["crm"])
        self.changed = self.crm.changed = False

    def overview(self) -> dict[str, Any]:
        """Both sides in numbers."""
        return {
            "options": {**asdict(self.options), "state_path": None},
            "acton": {
                one.account_id: {
                    "lists": {
                        entry.list_id: {"name": entry.name, "rows": len(entry.rows)}
                        for entry in one.lists.values()
                    },
                    "people": len(one.people),
                }
                for one in self.accounts.values()
            },
            "pipeliner": self.crm.overview(),
        }


def _make_accounts(options: SandboxOptions) -> dict[str, Account]:
    main = make_account(
        ACCOUNT_ID,
        USERNAME,
        PASSWORD,
        rows=options.rows,
        lists=options.lists,
        people=options.people,
        hits=options.hits,
        seed=options.seed,
    )
    if options.hostile:
        add_hostile_part(main)
    if options.panel:
        add_panel_part(main)
    _add_segment(main)
    other = make_account(
        OTHER_ACCOUNT_ID,
        OTHER_USERNAME,
        PASSWORD,
        rows=6,
        lists=1,
        people=5,
        hits=2,
        seed=options.seed + 7,
    )
    own = _make_own_accounts(options) if options.own_accounts else ()
    return {one.account_id: one for one in (main, other, *own)}


def _make_own_accounts(options: SandboxOptions) -> Iterator[Account]:
    """A small account for each further space."""
    for number in range(1, options.spaces + 1):
        yield make_account(
            str(FIRST_OWN_ACCOUNT + number),
            f"{further_space(number)}@example.com",
            PASSWORD,
            rows=12,
            lists=2,
            people=10,
            hits=2,
            seed=options.seed + 7 + number,
        )


def _add_segment(account: Account) -> None:
    source = next(iter(account.lists.values()), None)
    if source is not None:
        segment = ActOnList(
            list_id="g-000b",
            name=f"{source.name}: engaged",
            columns=source.columns,
            rows=source.rows[:5],
            base_id=source.list_id,
        )
        account.lists[segment.list_id] = segment


# --- the verbs ---------------------------------------------------------------------------------


def _set_score(account: Account, values: Mapping[str, Any]) -> None:
    account.people[str(values["email"]).strip().lower()].score = values["score"]


def _visit(account: Account, values: Mapping[str, Any]) -> None:
    """The person looks at pages, which is worth some points."""
    person = account.people[str(values["email"]).strip().lower()]
    person.score = (person.score or 0) + int(values.get("points", 5))
    person.extra_entries += 1


def _add_row(account: Account, values: Mapping[str, Any]) -> None:
    """A person at the end of a list, made known if need be; `cells` for a row typed by hand."""
    one = account.lists[values["list_id"]]
    if "cells" in values:
        one.add(None, tuple(str(cell) for cell in values["cells"]))
        return
    known = {name: one for name, one in values.items() if name in Person.__slots__}
    one.add(account.add_person(Person(**known)))


def _remove_row(account: Account, values: Mapping[str, Any]) -> None:
    one = account.lists[values["list_id"]]
    del one.rows[int(values.get("index", 0))]


def _move_row(account: Account, values: Mapping[str, Any]) -> None:
    rows = account.lists[values["list_id"]].rows
    rows.insert(int(values["to"]), rows.pop(int(values["index"])))


def _add_list(account: Account, values: Mapping[str, Any]) -> None:
    columns = tuple((str(header), str(name)) for header, name in values["columns"])
    account.lists[values["list_id"]] = ActOnList(
        list_id=values["list_id"], name=values["name"], columns=columns
    )


def _rename_list(account: Account, values: Mapping[str, Any]) -> None:
    account.lists[values["list_id"]].name = str(values["name"])


def _delete_list(account: Account, values: Mapping[str, Any]) -> None:
    del account.lists[values["list_id"]]


def _change_address(account: Account, values: Mapping[str, Any]) -> None:
    person = account.people.pop(str(values["email"]).strip().lower())
    person.email = str(values["to"])
    account.add_person(person)


def _grow_history(account: Account, values: Mapping[str, Any]) -> None:
    account.people[str(values["email"]).strip().lower()].extra_entries = int(values["entries"])


def _set_history(account: Account, values: Mapping[str, Any]) -> None:
    """Another story, or entries shown as they are besides the person's own."""
    person = account.people[str(values["email"]).strip().lower()]
    story = str(values.get("story", person.story))
    if story not in STORIES:
        raise ValueError(f"There is no story {story!r}. Known: {', '.join(filter(None, STORIES))}.")
    entries = values.get("entries", person.entries)
    if not isinstance(entries, list | tuple):
        raise ValueError("entries must be a list.")
    person.story, person.entries = story, tuple(entries)


def _forget_person(account: Account, values: Mapping[str, Any]) -> None:
    """The person leaves every list, and All Contacts."""
    email = str(values["email"]).strip().lower()
    account.people.pop(email)
    for one in account.lists.values():
        one.rows[:] = [row for row in one.rows if one.address_of(row).strip().lower() != email]


def _change_password(account: Account, values: Mapping[str, Any]) -> None:
    account.password = str(values["password"])


def _add_score_column(account: Account, values: Mapping[str, Any]) -> None:
    one = account.lists[values["list_id"]]
    one.columns = (*one.columns, (str(values.get("header", SCORE_HEADER)), "score"))


VERBS = {
    "set_score": _set_score,
    "visit": _visit,
    "add_row": _add_row,
    "remove_row": _remove_row,
    "move_row": _move_row,
    "add_list": _add_list,
    "rename_list": _rename_list,
    "delete_list": _delete_list,
    "change_address": _change_address,
    "grow_history": _grow_history,
    "set_history": _set_history,
    "forget_person": _forget_person,
    "change_password": _change_password,
    "add_score_column": _add_score_column,
}
