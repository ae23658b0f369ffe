"""Operators are made, listed and shut out at the shell; passwords are never words of a command."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from sync.cli import main
from sync.factory import Application
from sync.settings import Settings
from tests.service.test_factory import settings_with

PASSWORD = "a long enough pass phrase"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return settings_with(tmp_path)


@pytest.fixture
def application(settings: Settings) -> Iterator[Application]:
    with Application(settings) as application:
        application.upgrade_database()
        yield application


def type_words(settings: Settings, *words: str, typed: str = "") -> Result:
    return CliRunner().invoke(main, words, obj=lambda: Application(settings), input=typed)


def test_an_operator_is_made_with_a_password_typed_twice(
    settings: Settings, application: Application
) -> None:
    typed = f"{PASSWORD}\n{PASSWORD}\n"
    result = type_words(settings, "operator", "create", "Olga@example.com", typed=typed)
    assert result.exit_code == 0
    assert result.stdout == "olga@example.com can sign in as an operator.\n"
    assert PASSWORD not in result.output
    assert application.accounts.sign_in("olga@example.com", PASSWORD, address="x")


def test_a_password_may_come_from_standard_input(
    settings: Settings, application: Application
) -> None:
    words = ("operator", "create", "olga@example.com", "--password-stdin")
    assert type_words(settings, *words, typed=f"{PASSWORD}\n").exit_code == 0
    assert application.accounts.sign_in("olga@example.com", PASSWORD, address="x")


def test_a_password_that_is_too_short_makes_no_operator(
    settings: Settings, application: Application
) -> None:
    words = ("operator", "create", "olga@example.com", "--password-stdin")
    result = type_words(settings, *words, typed="short\n")
    assert result.exit_code == 1
    assert "at least 12" in result.stderr
    assert application.accounts.operators() == []


def test_operators_are_listed_and_shut_out_and_let_in_again(
    settings: Settings, application: Application
) -> None:
    application.accounts.create_operator("olga@example.com", PASSWORD)
    assert "signed in never" in type_words(settings, "operator", "list").stdout
    assert type_words(settings, "operator", "disable", "olga@example.com").exit_code == 0
    assert "disabled" in type_words(settings, "operator", "list").stdout
    assert type_words(settings, "operator", "enable", "olga@example.com").exit_code == 0
    assert "active" in type_words(settings, "operator", "list").stdout


def test_whoever_is_not_there_cannot_be_shut_out(
    settings: Settings, application: Application
) -> None:
    result = type_words(settings, "operator", "disable", "nobody@example.com")
    assert result.exit_code == 1
    assert "no account" in result.stderr
