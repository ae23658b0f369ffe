"""Who may do what, from one table; a foreign space is not there."""

import pytest

from sync.errors import NotAllowed, NotFound
from sync.model import SHELL, Action, Actor
from sync.rules.rights import RIGHTS, Role, ensure_may, may, no_such_space

ANNA = Actor(account_id=1, email="anna@example.com", spaces=frozenset({"acme"}))
BERT = Actor(account_id=2, email="bert@example.com", spaces=frozenset({"other"}))
OLGA = Actor(account_id=3, email="olga@example.com", is_operator=True)
NOBODY = Actor(account_id=4, email="nobody@example.com")

ADMINS_ALONE = {
    Action.APPROVE_CREATES,
    Action.CHANGE_SETTINGS,
    Action.CONNECT,
    Action.FINISH,
    Action.PAUSE,
    Action.LIFT,
    Action.EXPORT_PERSON,
    Action.ERASE_PERSON,
}
OPERATORS_ALONE = {
    Action.APPROVE,
    Action.SUSPEND,
    Action.REVOKE_SESSIONS,
    Action.WATCH,
    Action.MANAGE_ACCOUNTS,
}


@pytest.mark.parametrize("action", list(Action))
def test_everyone_may_what_the_table_says_and_nothing_else(action: Action) -> None:
    assert may(ANNA, action, "acme") == (action not in OPERATORS_ALONE)
    assert may(OLGA, action, "acme") == (action not in ADMINS_ALONE)
    assert not may(BERT, action, "acme")
    assert not may(NOBODY, action, "acme")
    assert not may(ANNA, action)


def test_the_table_has_every_action() -> None:
    assert set(RIGHTS) == set(Action)
    assert Role.NOBODY not in RIGHTS.values()


@pytest.mark.parametrize("action", list(Action))
@pytest.mark.parametrize("actor", [BERT, NOBODY], ids=["another's admin", "nobody"])
def test_a_foreign_space_answers_like_an_unknown_one(actor: Actor, action: Action) -> None:
    with pytest.raises(NotFound) as foreign:
        ensure_may(actor, action, "acme")
    assert str(foreign.value) == str(no_such_space("acme"))


def test_who_sees_a_space_is_told_that_something_is_not_theirs_to_do() -> None:
    with pytest.raises(NotAllowed):
        ensure_may(OLGA, Action.CHANGE_SETTINGS, "acme")
    with pytest.raises(NotAllowed):
        ensure_may(ANNA, Action.APPROVE, "acme")
    with pytest.raises(NotAllowed):
        ensure_may(ANNA, Action.WATCH)


def test_an_operator_who_claimed_a_space_is_its_admin_too() -> None:
    both = Actor(account_id=5, email="o@example.com", is_operator=True, spaces=frozenset({"acme"}))
    assert all(may(both, action, "acme") for action in Action)


def test_the_shell_is_an_operator_without_an_account() -> None:
    assert SHELL.is_operator
    assert SHELL.account_id is None
