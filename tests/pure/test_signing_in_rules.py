"""How long to wait after failing, and which passwords are good enough."""

from datetime import timedelta

import pytest

from sync.rules.passwords import normalise_password, problem_with_password
from sync.rules.throttle import (
    FREE_OF_ACCOUNT,
    LONGEST_WAIT,
    try_names,
    wait_after,
)


def test_the_first_tries_are_free_and_then_each_wait_is_twice_the_one_before() -> None:
    waits = [wait_after(number, 5).total_seconds() for number in range(1, 10)]
    assert waits == [0, 0, 0, 0, 5, 10, 20, 40, 80]


@pytest.mark.parametrize("failures", [13, 100, 10**6])
def test_no_wait_is_longer_than_the_longest(failures: int) -> None:
    assert timedelta(0) < wait_after(failures, FREE_OF_ACCOUNT) <= LONGEST_WAIT


def test_the_names_of_tries_tell_nobody_and_differ_by_account_and_address() -> None:
    (account, _), (address, _) = try_names("anna@example.com", "192.0.2.1")
    assert "anna" not in account
    assert "192" not in address
    (other, _), (same, _) = try_names("bert@example.com", "192.0.2.1")
    assert (other == account, same == address) == (False, True)
    assert try_names("a", "b@c")[0] != try_names("a|b", "@c")[0]


@pytest.mark.parametrize(
    "password", ["a long enough pass phrase", "пароль-из-слов", "zwölf Zeichen!", "x1y2z3a4b5c6"]
)
def test_long_passwords_are_good_whatever_they_are_made_of(password: str) -> None:
    assert problem_with_password(password, "anna@example.com") is None


@pytest.mark.parametrize(
    ("password", "says"),
    [
        ("", "at least 12"),
        ("elevenchars", "at least 12"),
        ("x" * 12, "guessers"),
        ("PASSWORD1234", "guessers"),
        ("anna.smith@example.com", "e-mail"),
        ("Anna.Smith@Example.com!", "e-mail"),
        ("ä" * 150, "at most"),
    ],
)
def test_what_is_wrong_with_a_password_is_said_without_repeating_it(
    password: str, says: str
) -> None:
    problem = problem_with_password(password, "anna.smith@example.com")
    assert problem is not None
    assert says in problem
    assert not password or password not in problem


def test_a_password_is_the_same_however_its_characters_were_typed() -> None:
    assert normalise_password("zwo\u0308lf Zeichen") == normalise_password("zw\u00f6lf Zeichen")
