"""Claiming a space: whoever shows an API key that works is an admin of it."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, time
from typing import Final, TypeVar

from sync.errors import (
    CredentialsRefused,
    FieldProblem,
    IntegrationError,
    InvalidFields,
    NotAllowed,
    SetupError,
)
from sync.languages import lazy_gettext
from sync.model import (
    ActOnAccess,
    Actor,
    Claimed,
    ClaimForm,
    Event,
    PipelinerAccess,
    Space,
    SpaceSettings,
    SpaceStatus,
)
from sync.service.common import connect, record
from sync.service.offers import suggest_zone
from sync.service.values import Parts

T = TypeVar("T")

_SPACE_ID: Final = re.compile(r"[A-Za-z0-9_-]{1,100}")
# What a space has until its admin has chosen: it is not synced in that state.
UNCHOSEN: Final = SpaceSettings(threshold=50, sync_time=time(2, 0), owner="")


class Claiming:
    """The first step of an activation."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._store = parts.store
        self._now = parts.now

    def claim(self, actor: Actor, form: ClaimForm) -> Claimed:
        """The space whose API key was shown to work; the account is an admin of it now.

        A space that is there already is joined the same way, by a key that works at its own
        Service URL. Raises InvalidFields with what is wrong, NotAllowed at the shell.
        """
        if actor.account_id is None:
            raise NotAllowed("Only somebody who signed in can claim a space.")
        form = _tidy(form)
        self._check_host(form.service_url)
        space = _unclaimed(form)
        zone = self._prove(space, actor)
        return self._take(actor, replace(space, time_zone=zone), self._now())

    def _check_host(self, url: str) -> None:
        try:
            self._parts.vendors.allow_host(url)
        except SetupError as error:
            raise _at("service_url", error) from error

    def _prove(self, space: Space, actor: Actor) -> str:
        """The time zone to suggest, from a key that works and may do what is needed."""
        pipeliner = connect(self._parts, space).pipeliner
        users = _proving(lambda: [user for page in pipeliner.fetch_users() for user in page.items])
        if not _proving(pipeliner.may_create_fields):
            raise InvalidFields(
                FieldProblem(
                    field="username",
                    message="This API key may not create custom fields, which the integration "
                    "needs. Give the application that right in Pipeliner.",
                )
            )
        return suggest_zone(users, actor.email) or "UTC"

    def _take(self, actor: Actor, space: Space, now: datetime) -> Claimed:
        account_id = actor.account_id or 0
        with self._store.write() as desk:
            gate = desk.spaces.gate(space.space_id)
            if gate is None:
                desk.spaces.save(space, now=now, by=actor.email)
            elif desk.spaces.service_url(space.space_id) != space.pipeliner.service_url:
                # Another region may have a space of the same name that is somebody else's.
                raise InvalidFields(
                    FieldProblem(
                        field="service_url",
                        message="This space is connected with another Service URL. "
                        "Enter the one that its API key came with.",
                    )
                )
            desk.accounts.join(account_id, space.space_id, now=now)
            event = Event.SPACE_CLAIMED if gate is None else Event.SPACE_JOINED
            record(desk, actor, event, space.space_id, now)
        status = gate.status if gate else space.status
        return Claimed(space_id=space.space_id, joined=gate is not None, status=status)


def _tidy(form: ClaimForm) -> ClaimForm:
    """The form without blanks around. Raises InvalidFields for what cannot be right."""
    tidy = ClaimForm(
        service_url=form.service_url.strip().rstrip("/"),
        space_id=form.space_id.strip(),
        username=form.username.strip(),
        password=form.password.strip(),
    )
    empty = {
        "service_url": lazy_gettext("Enter the Service URL that Pipeliner shows with the API key."),
        "space_id": lazy_gettext("Enter the Space ID that Pipeliner shows with the API key."),
        "username": lazy_gettext("Enter the user name of the API key."),
        "password": lazy_gettext("Enter the password of the API key."),
    }
    problems = [
        FieldProblem(field=name, message=text)
        for name, text in empty.items()
        if not getattr(tidy, name)
    ]
    if tidy.space_id and not _SPACE_ID.fullmatch(tidy.space_id):
        text = lazy_gettext("A Space ID has letters, digits, hyphens and underscores only.")
        problems.append(FieldProblem(field="space_id", message=text))
    if problems:
        raise InvalidFields(*problems)
    return tidy


def _unclaimed(form: ClaimForm) -> Space:
    return Space(
        space_id=form.space_id,
        name=form.space_id,
        time_zone="UTC",
        status=SpaceStatus.REQUESTED,
        pipeliner=PipelinerAccess(
            service_url=form.service_url, username=form.username, password=form.password
        ),
        acton=ActOnAccess(),
        settings=UNCHOSEN,
    )


def _proving(ask: Callable[[], T]) -> T:
    """What Pipeliner answers to the key. Raises InvalidFields at the field that is to blame."""
    try:
        return ask()
    except IntegrationError as error:
        raise _at(_to_blame(error), error) from error


def _to_blame(error: IntegrationError) -> str:
    if error.kind == "space_unknown":
        return "space_id"
    return "password" if isinstance(error, CredentialsRefused) else "service_url"


def _at(field: str, error: IntegrationError) -> InvalidFields:
    return InvalidFields(FieldProblem(field=field, message=str(error)))
