"""Pipeliner's records and our fields in them: as read, as our index knows them, as written."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final, Generic, TypeAlias, TypeVar

from sync.model.acton import Details

T = TypeVar("T")


class Entity(StrEnum):
    """The Pipeliner records that carry fields of ours."""

    LEAD = "Lead"
    CONTACT = "Contact"


class FieldPurpose(StrEnum):
    """Our custom fields, by what they are for."""

    LEAD_SCORE = "lead_score"
    LEAD_KEY = "lead_key"
    LEAD_LIST = "lead_list"
    LEAD_PERSON = "lead_acton_contact_id"
    LEAD_PANEL_KEY = "lead_panel_key"  # optional: spaces that run since before lack it
    CONTACT_SCORE = "contact_score"
    CONTACT_PERSON = "contact_acton_contact_id"
    CONTACT_REFRESHED = "contact_last_refreshed"
    CONTACT_PANEL_KEY = "contact_panel_key"

    @property
    def entity(self) -> Entity:
        """Whose field it is."""
        return Entity.LEAD if self.value.startswith("lead_") else Entity.CONTACT


@dataclass(frozen=True, kw_only=True)
class ProvisionedField:
    """A custom field of ours as it stands in the space.

    `filter_key` is the name that list filters accept for it, None if none was found to work.
    """

    purpose: FieldPurpose
    field_id: str
    api_name: str
    filter_key: str | None = None


# Nothing is wrong with a space that lacks one of these.
OPTIONAL_FIELDS: Final = frozenset({FieldPurpose.LEAD_PANEL_KEY})

FieldMap: TypeAlias = Mapping[FieldPurpose, ProvisionedField]


@dataclass(frozen=True, kw_only=True)
class CustomField:
    """A field as Pipeliner lists it."""

    field_id: str
    entity: str
    name: str
    api_name: str
    type_id: str
    column_name: str = ""
    published: bool = True
    deleted: bool = False
    for_webresource: bool | None = None


@dataclass(frozen=True, kw_only=True)
class Webresource:
    """A page that Pipeliner embeds in a record; `url` may hold `{#<field id>}` placeholders."""

    webresource_id: str
    entity: str
    name: str
    url: str


@dataclass(frozen=True, kw_only=True)
class User:
    """A Pipeliner user. Inactive users can own nothing new."""

    user_id: str
    email: str
    name: str
    active: bool
    time_zone: str | None = None
    unit_id: str | None = None


@dataclass(frozen=True, kw_only=True)
class CrmContact:
    """A Contact as far as matching needs it. `ours`: it carries a field that we wrote."""

    contact_id: str
    modified: datetime
    deleted: bool
    addresses: tuple[str, ...]  # as typed in email1…email5, not normalised, empty ones left out
    name: str = ""
    ours: bool = False
    score: int | None = None
    acton_contact_id: str = ""
    panel_key: str = field(default="", repr=False)
    owner_id: str = ""


@dataclass(frozen=True, kw_only=True)
class CrmLead:
    """A Lead as far as matching needs it. `key` empty: not one of ours."""

    lead_id: str
    modified: datetime
    deleted: bool
    open: bool  # neither lost nor archived
    key: str = ""
    score: int | None = None
    quick_email: str = ""  # as typed
    contact_ids: tuple[str, ...] = ()
    panel_key: str = field(default="", repr=False)
    owner_id: str = ""


@dataclass(frozen=True, kw_only=True)
class IndexedContact:
    """A Contact as our own index of the CRM knows it."""

    contact_id: str
    modified: datetime
    deleted: bool
    ours: bool
    name: str
    score: int | None
    acton_contact_id: str
    panel_key_expires_at: datetime | None
    panel_key_person: str | None = None


@dataclass(frozen=True, kw_only=True)
class IndexedLead:
    """A Lead as our own index of the CRM knows it. `key` empty: not one of ours."""

    lead_id: str
    modified: datetime
    deleted: bool
    open: bool
    key: str
    score: int | None
    panel_key_expires_at: datetime | None = None
    panel_key_person: str | None = None


@dataclass(frozen=True, kw_only=True)
class ContactWrite:
    """A Contact to create (`contact_id` None) or our own fields to change on an existing one.

    `ours` maps our fields to values (int, text, or an aware datetime). `owner_id` and `details`
    are used on creation only.
    """

    contact_id: str | None
    ours: Mapping[FieldPurpose, int | str | datetime]
    owner_id: str | None = None
    unit_id: str | None = None
    address: str | None = None
    details: Details | None = None


@dataclass(frozen=True, kw_only=True)
class LeadWrite:
    """A Lead to create (`lead_id` None) or our own fields to change on an existing one.

    An existing one is given a `name` only where its list was renamed and the name was ours.
    """

    lead_id: str | None
    ours: Mapping[FieldPurpose, int | str]
    name: str | None = None
    owner_id: str | None = None
    contact_id: str | None = None
    unit_id: str | None = None
    lead_type_id: str | None = None
    step_id: str | None = None


@dataclass(frozen=True, kw_only=True)
class Written:
    """Pipeliner took this item; `record_id` is the record's id."""

    record_id: str


@dataclass(frozen=True, kw_only=True)
class WrittenContact:
    """A Contact write that Pipeliner took, for our index. `person` is the digest it was for."""

    contact_id: str
    person: str
    write: ContactWrite
    panel_key_expires_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class NotWritten:
    """Pipeliner refused this one item. `message` is cleaned text, fit to be shown.

    `missing` says that the record (or a record it points to) no longer exists.
    """

    message: str
    missing: bool = False


WriteResult: TypeAlias = Written | NotWritten


@dataclass(frozen=True, kw_only=True)
class RecordPage(Generic[T]):
    """One page of a Pipeliner listing; `total` None where the answer does not tell."""

    items: Sequence[T]
    total: int | None
