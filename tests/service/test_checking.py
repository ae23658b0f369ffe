"""Checking a space says how each thing is, and says nothing twice."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import time

import pytest

from sync.errors import CredentialsRefused, IntegrationError, TryLater
from sync.model import (
    ActOnAccess,
    CustomField,
    Entity,
    FieldPurpose,
    ListInfo,
    PipelinerAccess,
    ProvisionedField,
    Space,
    SpaceSettings,
    SpaceStatus,
    User,
)
from sync.service.checking import check_acton, check_pipeliner, problem_of

ANNA = User(user_id="1", email="anna@example.com", name="Anna", active=True)
REFUSED = CredentialsRefused(
    "It does not let us in.", hint="Enter the password again.", kind="pipeliner_credentials"
)
SPACE = Space(
    space_id="acme",
    name="Acme",
    time_zone="Europe/Berlin",
    status=SpaceStatus.RUNNING,
    pipeliner=PipelinerAccess(service_url="https://pipeliner.example", username="u", password="p"),
    acton=ActOnAccess(),
    settings=SpaceSettings(threshold=40, sync_time=time(2, 0), owner="anna@example.com"),
)


@dataclass
class FakeActOn:
    """Lets us in, unless told otherwise."""

    error: IntegrationError | None = None

    def fetch_lists(self) -> Iterator[ListInfo]:
        if self.error is not None:
            raise self.error
        yield from ()


@dataclass
class FakePipeliner:
    """Knows Anna and no field of ours."""

    error: IntegrationError | None = None
    fields_error: IntegrationError | None = None
    owner: User | None = ANNA
    asked: list[Entity] = field(default_factory=list)

    def find_user(self, owner: str) -> User | None:
        if self.error is not None:
            raise self.error
        return self.owner

    def fetch_fields(self, entity: Entity) -> Sequence[CustomField]:
        self.asked.append(entity)
        if self.fields_error is not None:
            raise self.fields_error
        return ()


def test_an_account_without_lists_is_well() -> None:
    (checked,) = check_acton(SPACE, FakeActOn())
    assert (checked.subject, checked.problem) == ("acme: Act-On log-in", "")


def test_a_refused_log_in_says_what_to_do() -> None:
    (checked,) = check_acton(SPACE, FakeActOn(error=REFUSED))
    assert (checked.problem, checked.hint) == (REFUSED.message, REFUSED.hint)
    assert checked.is_error


def test_missing_fields_are_named_with_the_command_that_makes_them() -> None:
    owner, fields, *_ = check_pipeliner(SPACE, {}, FakePipeliner())
    assert owner.problem == ""
    assert "Act-On Score" in fields.problem
    assert "fields provision acme" in fields.hint


@pytest.mark.parametrize("owner", [None, replace(ANNA, active=False)])
def test_an_owner_who_cannot_own_does_not_hide_what_is_wrong_with_the_fields(
    owner: User | None,
) -> None:
    checked = list(check_pipeliner(SPACE, {}, FakePipeliner(owner=owner)))
    assert "anna@example.com" in checked[0].problem
    assert any("custom fields" in one.subject for one in checked)


def test_a_refused_log_in_is_said_once() -> None:
    pipeliner = FakePipeliner(error=REFUSED)
    (checked,) = check_pipeliner(SPACE, {}, pipeliner)
    assert checked.problem == REFUSED.message
    assert pipeliner.asked == []


def test_fields_that_cannot_be_read_are_a_problem_and_no_crash() -> None:
    known = {
        purpose: ProvisionedField(purpose=purpose, field_id=purpose, api_name=f"cf_{purpose}")
        for purpose in FieldPurpose
    }
    pipeliner = FakePipeliner(fields_error=TryLater("Pipeliner does not answer."))
    *_, fields = check_pipeliner(SPACE, known, pipeliner)
    assert fields.problem == "Pipeliner does not answer."


def test_what_is_well_has_no_problem() -> None:
    assert problem_of(lambda: None) == ""


def test_a_problem_comes_with_what_to_do() -> None:
    def fail() -> None:
        raise REFUSED

    assert problem_of(fail) == "It does not let us in. Enter the password again."
