"""From a claimed space to "Add pending": filling in its settings, finishing.

What is typed is kept as it is with every step, so nothing is lost; it becomes settings when all of
it is right. Of two who save at once the second is told.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Final

from sync.errors import Conflict, FieldProblem, IntegrationError, InvalidFields, SetupError
from sync.model import (
    Action,
    Actor,
    Draft,
    Event,
    FieldMap,
    Revision,
    SettingsChange,
    Space,
    SpaceSettings,
    SpaceStatus,
    Step,
    TypedSettings,
)
from sync.pipeliner.provisioning import provision
from sync.rules.auditing import changes_of_space
from sync.rules.foreseeing import new_leads_at
from sync.rules.live_settings import live_problems
from sync.rules.settings_form import WHOLE_FORM, as_typed, of_step, understand
from sync.rules.volume import first_run_limit
from sync.service.claiming import UNCHOSEN, Claiming
from sync.service.common import (
    change_status,
    connect,
    ensure_current,
    get_space,
    out_of_date,
    record,
)
from sync.service.crm_hooks import place
from sync.service.daily import due_after_change
from sync.store import Desk

UNFINISHED: Final = (SpaceStatus.REQUESTED, SpaceStatus.INACTIVE)
EVERYTHING_LIVE: Final = frozenset({Step.AUTOCREATE, Step.LISTS, Step.LIMITS})


class Activation(Claiming):
    """Brings a space from nothing to a complete one that waits for approval, or runs."""

    # --- filling in ------------------------------------------------------------------------------

    def draft(self, actor: Actor, space_id: str) -> Draft:
        """What was typed so far, with what is not right yet; the settings where nothing was.

        Raises NotFound, NotAllowed.
        """
        with self._store.read() as desk:
            space = get_space(desk, actor, Action.CHANGE_SETTINGS, space_id)
            found = desk.drafts.find(space_id)
        draft = found or Draft(
            space_id=space_id,
            typed=_as_first_typed(space),
            revision=_nothing(),
        )
        return _with_problems(draft, understand(draft.typed)[1])

    def save_step(
        self, actor: Actor, space_id: str, step: Step, typed: TypedSettings, *, version: int
    ) -> Draft:
        """The draft as saved, whatever was typed; `problems` are those of this step's fields,
        looked at live where the vendors know better.

        Raises Conflict where somebody else saved since `version`, NotFound, NotAllowed.
        """
        with self._store.write() as desk:
            space = get_space(desk, actor, Action.CHANGE_SETTINGS, space_id)
            self._save_draft(desk, actor, space_id, typed, version)
            saved = desk.drafts.find(space_id)
        if saved is None:
            raise Conflict("The activation was finished in the meantime.")
        change, problems = understand(typed)
        if not problems and change is not None and step in EVERYTHING_LIVE:
            problems = tuple(self._look_live(space, change))
        elif step is Step.AUTOCREATE and not of_step(step, problems):
            problems = (*problems, *self._look_at_owner(space, typed.owner))
        return _with_problems(saved, of_step(step, problems))

    def _save_draft(
        self, desk: Desk, actor: Actor, space_id: str, typed: TypedSettings, version: int
    ) -> None:
        now = self._now()
        if not desk.drafts.save(space_id, typed, version=version, now=now, by=actor.email):
            there = desk.drafts.find(space_id)
            raise out_of_date(there.revision if there else _nothing())

    def _look_live(self, space: Space, change: SettingsChange) -> Iterator[FieldProblem]:
        connections = connect(self._parts, space)
        settings = change.settings
        wants_type = settings.lead_type_id or settings.step_id
        try:
            owner = connections.pipeliner.find_user(settings.owner)
            types = connections.pipeliner.fetch_lead_types() if wants_type else ()
            listing = list(connections.acton.fetch_lists()) if _names_lists(settings) else []
        except IntegrationError as error:
            yield FieldProblem(field=WHOLE_FORM, message=str(error))
            return
        yield from live_problems(settings, owner=owner, listing=listing, lead_types=types)

    def _look_at_owner(self, space: Space, owner: str) -> Iterator[FieldProblem]:
        draft = replace(space.settings, owner=owner.strip())
        change = SettingsChange(
            settings=replace(draft, lists=UNCHOSEN.lists, lead_type_id=None, step_id=None),
            time_zone=space.time_zone,
            marketing_domain_url=None,
            account_id=None,
        )
        yield from self._look_live(space, change)

    # --- becoming settings -----------------------------------------------------------------------

    def finish(self, actor: Actor, space_id: str, *, version: int) -> Space:
        """The space, complete: it waits for approval, or runs where no approval is needed.

        Our custom fields are made where they are missing. `version` is the draft's. Raises
        InvalidFields with all that is not right, Conflict, NotFound, NotAllowed, and what the
        vendors raise.
        """
        with self._store.read() as desk:
            space = get_space(desk, actor, Action.FINISH, space_id)
            found = desk.drafts.find(space_id)
        if space.status not in UNFINISHED:
            raise Conflict("The activation of this space is finished already.", kind="finished")
        typed = found.typed if found else _as_first_typed(space)
        if (found.revision.version if found else 0) != version:
            raise out_of_date(found.revision if found else _nothing())
        change = self._understood(space, typed)
        self._ensure_connected(space)
        provisioned = self._make_ready(space)
        now = self._now()
        with self._store.write() as desk:
            self._ensure_draft(desk, space_id, version)
            saved = self._apply(desk, actor, space_id, change, now)
            desk.spaces.save_fields(space_id, provisioned)
            desk.drafts.forget(space_id)
            status = SpaceStatus.RUNNING if self._parts.auto_approve else SpaceStatus.PENDING
            event = Event.ACTIVATION_FINISHED
            finished = change_status(desk, saved, status, event, actor=actor, now=now)
            self._note_first_run(desk, finished, now)
        self._parts.vendors.carry_access(space, finished)
        return finished

    def _note_first_run(self, desk: Desk, space: Space, now: datetime) -> None:
        """The first run may create what the last preview showed, by the volume guard."""
        curve = desk.previews.last_curve(space.space_id, now=now)
        shown = new_leads_at(curve, space.settings.threshold) if curve else None
        limit = first_run_limit(shown)
        desk.volumes.note_activation(space.space_id, first_run_limit=limit, now=now)

    def _ensure_connected(self, space: Space) -> None:
        if not space.acton.password and not self._parts.vendors.log_in(space).is_held():
            raise InvalidFields(
                FieldProblem(field=WHOLE_FORM, message="Connect Act-On first: log in there.")
            )

    def change_settings(
        self, actor: Actor, space_id: str, typed: TypedSettings, *, version: int
    ) -> Space:
        """The space with other settings, from the next run on.

        `version` is that of the space (`Overview.revision`). Raises InvalidFields with a sentence
        for each field, Conflict where somebody else saved in the meantime, NotFound, NotAllowed.
        """
        with self._store.read() as desk:
            space = get_space(desk, actor, Action.CHANGE_SETTINGS, space_id)
            present = desk.spaces.revision(space_id)
        if present.version != version:
            raise out_of_date(present)
        change = self._understood(space, typed)
        with self._store.write() as desk:
            ensure_current(desk, space_id, version)
            saved = self._apply(desk, actor, space_id, change, self._now())
        self._parts.vendors.carry_access(space, saved)
        return saved

    def typed_settings(self, actor: Actor, space_id: str) -> Draft:
        """The settings of a space as a form shows them, with the version to save them under."""
        with self._store.read() as desk:
            space = get_space(desk, actor, Action.SEE_SPACE, space_id)
            revision = desk.spaces.revision(space_id)
        return Draft(space_id=space_id, typed=as_typed(space), revision=revision)

    def understood(self, actor: Actor, space_id: str, typed: TypedSettings) -> SettingsChange:
        """What was typed, as settings to preview with; nobody is asked whether they can be.

        Raises InvalidFields, NotFound, NotAllowed.
        """
        with self._store.read() as desk:
            get_space(desk, actor, Action.PREVIEW, space_id)
        change, problems = understand(typed)
        if change is None:
            raise InvalidFields(*problems)
        return change

    def _understood(self, space: Space, typed: TypedSettings) -> SettingsChange:
        change, problems = understand(typed)
        if change is None:
            raise InvalidFields(*problems)
        live = tuple(self._look_live(space, change))
        if live:
            raise InvalidFields(*live)
        return change

    def _make_ready(self, space: Space) -> FieldMap:
        with self._store.read() as desk:
            known = desk.spaces.fields(space.space_id)
        panel = f"{self._parts.public_url}/panel" if self._parts.public_url else None
        pipeliner = connect(self._parts, space).pipeliner
        done = provision(pipeliner, known, panel)
        broken = [finding for finding in done.findings if finding.is_error]
        if broken:
            raise SetupError(broken[0].message, hint=broken[0].hint, kind="fields")
        place(self._store, pipeliner, space.space_id, self._parts.public_url)
        return done.fields

    def _ensure_draft(self, desk: Desk, space_id: str, version: int) -> None:
        there = desk.drafts.find(space_id)
        if (there.revision.version if there else 0) != version:
            raise out_of_date(there.revision if there else _nothing())

    def _apply(
        self, desk: Desk, actor: Actor, space_id: str, change: SettingsChange, now: datetime
    ) -> Space:
        before = desk.spaces.get(space_id)
        after = replace(
            before,
            settings=change.settings,
            time_zone=change.time_zone,
            acton=replace(
                before.acton,
                marketing_domain_url=change.marketing_domain_url,
                # Left empty it stays what connecting found out.
                account_id=change.account_id or before.acton.account_id,
            ),
        )
        desk.spaces.save(after, now=now, by=actor.email)
        desk.spaces.set_next_due(space_id, due_after_change(before, after, now))
        changes = changes_of_space(before, after)
        if changes:
            record(desk, actor, Event.SETTINGS_CHANGED, space_id, now, changes=changes)
        return desk.spaces.get(space_id)


def _as_first_typed(space: Space) -> TypedSettings:
    """A fresh form: what has to be chosen is empty, what has a good default shows it."""
    typed = as_typed(space)
    return typed if space.settings.owner else replace(typed, threshold="", sync_time="")


def _names_lists(settings: SpaceSettings) -> bool:
    return settings.lists.include is not None or bool(settings.lists.exclude)


def _with_problems(draft: Draft, problems: tuple[FieldProblem, ...]) -> Draft:
    return replace(draft, problems=tuple((one.field, one.message) for one in problems))


def _nothing() -> Revision:
    return Revision(version=0, saved_at=None, saved_by=None)
