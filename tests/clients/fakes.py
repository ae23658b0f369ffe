"""Stand-ins for what the clients are given: a pace, a token store, and a space's fields."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from sync.errors import IntegrationError
from sync.model import CustomField, Entity, LogInRefusal, StoredToken, Webresource


@dataclass
class FakePace:
    """Lets every call through, unless it was told to refuse."""

    events: list[str] = field(default_factory=list)
    refusal: IntegrationError | None = None
    interactive: list[bool] = field(default_factory=list)
    exhausted: int = 0
    is_scarce: bool = False

    def take(self, *, interactive: bool = False) -> None:
        self.events.append("pace")
        self.interactive.append(interactive)
        if self.refusal is not None:
            raise self.refusal

    def may_retry(self) -> bool:
        return not self.is_scarce

    def note_exhausted(self) -> None:
        self.exhausted += 1


@dataclass
class FakeTokenStore:
    """One row for a token pair, which one at a time may renew."""

    token: StoredToken | None = None
    busy: bool = False
    broken: Exception | None = None
    refused: LogInRefusal | None = None

    def read(self) -> StoredToken | None:
        return self.token

    def begin_refresh(self, seen_version: int) -> bool:
        version = self.token.version if self.token else 0
        if self.busy or version != seen_version:
            return False
        self.busy = True
        return True

    def save(self, token: StoredToken) -> None:
        if self.broken is not None:
            raise self.broken
        self.token = replace(token, version=(self.token.version if self.token else 0) + 1)
        self.busy = False
        self.refused = None

    def end_refresh(self) -> None:
        self.busy = False

    def refusal(self) -> LogInRefusal | None:
        return self.refused

    def note_refusal(self, refusal: LogInRefusal) -> None:
        self.refused = refusal


class FakeSpace:
    """The fields and embedded pages of a Pipeliner space, as an admin and we make them."""

    def __init__(self) -> None:
        self.fields: list[CustomField] = []
        self.pages: list[Webresource] = []
        self.made: list[str] = []
        self.filters: Callable[[str], bool] = lambda key: True

    # --- verbs ---------------------------------------------------------------------------------

    def add_field(self, entity: Entity, name: str, type_id: str) -> CustomField:
        number = len(self.fields) + 1
        added = CustomField(
            field_id=f"f{number}",
            entity=entity.value,
            name=name,
            api_name=f"cf_generated_{number}",
            type_id=type_id,
            column_name=f"column_{number}",
            for_webresource=True,
        )
        self.fields.append(added)
        return added

    def change(self, field_id: str, **changes: object) -> None:
        self.fields = [
            replace(one, **changes) if one.field_id == field_id else one  # type: ignore[arg-type]
            for one in self.fields
        ]

    # --- the part of sync.ports.Pipeliner that provisioning uses -------------------------------

    def fetch_fields(self, entity: Entity) -> Sequence[CustomField]:
        return [one for one in self.fields if one.entity == entity.value]

    def create_field(self, *, entity: Entity, name: str, type_id: str) -> CustomField:
        self.made.append(f"{entity}: {name}")
        return self.add_field(entity, name, type_id)

    def can_filter(self, entity: Entity, filter_key: str) -> bool:
        return self.filters(filter_key)

    def fetch_webresources(self) -> Sequence[Webresource]:
        return self.pages

    def create_webresource(self, *, entity: Entity, name: str, url: str) -> Webresource:
        self.made.append(f"page {name}")
        number = len(self.pages) + 1
        made = Webresource(webresource_id=f"w{number}", entity=entity.value, name=name, url=url)
        self.pages.append(made)
        return made

    def update_webresource(self, webresource_id: str, *, url: str) -> Webresource:
        self.made.append(f"address of {webresource_id}")
        self.pages = [
            replace(one, url=url) if one.webresource_id == webresource_id else one
            for one in self.pages
        ]
        return next(one for one in self.pages if one.webresource_id == webresource_id)
