"""What the engine, the preview and the service may ask of the two vendors, and of those who carry
messages.

Two implementations each: the clients (`acton.client`, `pipeliner.client`) and the fakes of the
tests. Every method may raise the errors of `sync.errors`; which ones, its docstring says only
where the caller must do something particular.
"""

import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from sync.model import (
    Activity,
    ActOnAccount,
    ContactWrite,
    CrmContact,
    CrmLead,
    CustomField,
    Entity,
    FieldMap,
    LeadType,
    LeadWrite,
    ListInfo,
    RecordPage,
    RowPage,
    ScorePage,
    ScoreReading,
    User,
    Webresource,
    WriteResult,
)
from sync.model.crm_hooks import HookDraft, Webhook
from sync.model.messages import Bodies


@dataclass(frozen=True, kw_only=True)
class ScoreFields:
    """The names that All Contacts of this account uses for the score and the address."""

    score: str
    email: str


def nobody_stops_us() -> None:
    """The guard of work that holds no lease: it lets every call pass."""


class ActOn(Protocol):
    """Reading Act-On. Nothing in this product writes to Act-On."""

    def fetch_account(self) -> ActOnAccount | None:
        """The account that the credentials select; None where Act-On does not tell."""

    def fetch_lists(self) -> Iterator[ListInfo]:
        """Every entry of the listing, in its order."""

    def fetch_rows(self, list_id: str, *, offset: int = 0) -> Iterator[RowPage]:
        """The pages of a list from `offset` on, at most 1,000 rows each.

        Raises NotFound for a list that is gone.
        """

    def find_score_fields(self) -> ScoreFields | None:
        """How All Contacts names score and address; None where the account has no All Contacts."""

    def fetch_all_scores(self, fields: ScoreFields, *, page: int = 0) -> Iterator[ScorePage]:
        """Every person's address and score from All Contacts, from the 0-based `page` on."""

    def fetch_score(self, list_id: str, record_id: str) -> ScoreReading:
        """The live score of one list row (`facts`). Raises NotFound where the row is gone."""

    def fetch_activity(self, list_id: str, record_id: str) -> Activity:
        """Score, breakdown and stream of one list row. Raises NotFound where the row is gone."""

    def find_activity(self, address: str) -> Activity | None:
        """The same by address; None where All Contacts does not know it, or is not there."""

    def find_record(self, list_id: str, address: str) -> str | None:
        """The id of the row of this address in a list; None where the list does not have it."""

    def find_row(self, list_id: str, address: str) -> RowPage | None:
        """The row of this address in a list, as a page of one; None where the list does not have
        it. Raises NotFound for a list that is gone."""


class Pipeliner(Protocol):
    """Reading and writing one Pipeliner space."""

    def find_user(self, owner: str) -> User | None:
        """The user with this e-mail address or id, inactive ones too; None where there is none."""

    def fetch_users(self) -> Iterator[RecordPage[User]]:
        """All users, inactive ones too."""

    def fetch_lead_types(self) -> Sequence[LeadType]:
        """The kinds of Leads, each with the steps of its process in order."""

    def may_create_fields(self) -> bool:
        """Whether the key may create custom fields. Creates none to find out."""

    def count(self, entity: Entity) -> int | None:
        """How many records there are, deleted ones too; None where Pipeliner does not tell."""

    def fetch_contacts(
        self, fields: FieldMap, *, since: datetime | None = None
    ) -> Iterator[RecordPage[CrmContact]]:
        """Contacts, deleted ones too, oldest change first; `since` inclusive, None for all."""

    def fetch_leads(
        self, fields: FieldMap, *, since: datetime | None = None
    ) -> Iterator[RecordPage[CrmLead]]:
        """Leads, deleted ones too, oldest change first; `since` inclusive, None for all."""

    def find_contact(self, contact_id: str, fields: FieldMap) -> CrmContact | None:
        """The Contact of this id, a deleted one too; None where there is none."""

    def find_contacts(self, address: str, fields: FieldMap) -> Sequence[CrmContact]:
        """Contacts, deleted ones too, that carry the address in any of email1…email5."""

    def find_lead(self, lead_id: str, fields: FieldMap) -> CrmLead | None:
        """The Lead of this id, a deleted one too; None where there is none."""

    def find_leads_by_key(self, key: str, fields: FieldMap) -> Sequence[CrmLead]:
        """Leads, deleted ones too, that carry our key."""

    def find_leads_by_email(self, address: str, fields: FieldMap) -> Sequence[CrmLead]:
        """Leads with this address in `quick_email`."""

    def find_leads_of_contact(self, contact_id: str, fields: FieldMap) -> Sequence[CrmLead]:
        """Leads that are linked to this Contact."""

    def find_lead_name(self, lead_id: str) -> str | None:
        """What the Lead of this id is called now; None where there is none."""

    def write_contacts(
        self, items: Sequence[ContactWrite], fields: FieldMap
    ) -> Sequence[WriteResult]:
        """One result for each item, in order; a batch refused whole is halved, down to one.

        Raises AnswerLost where a creation may have been applied without our seeing the answer.
        """

    def write_leads(self, items: Sequence[LeadWrite], fields: FieldMap) -> Sequence[WriteResult]:
        """As `write_contacts`, for Leads."""

    def fetch_fields(self, entity: Entity) -> Sequence[CustomField]:
        """All fields of Leads or Contacts."""

    def create_field(self, *, entity: Entity, name: str, type_id: str) -> CustomField:
        """The custom field just made, with the `api_name` that Pipeliner generated."""

    def can_filter(self, entity: Entity, filter_key: str) -> bool:
        """Whether listings accept a filter by this field name."""

    def fetch_webresources(self) -> Sequence[Webresource]:
        """All embedded pages of the space."""

    def create_webresource(self, *, entity: Entity, name: str, url: str) -> Webresource:
        """The embedded page just made."""

    def update_webresource(self, webresource_id: str, *, url: str) -> Webresource:
        """The embedded page with its new address template."""

    def fetch_webhooks(self) -> Sequence[Webhook]:
        """All registrations for webhooks that the key may see."""

    def create_webhook(self, draft: HookDraft) -> str:
        """The id of the registration just made."""

    def update_webhook(self, webhook_id: str, draft: HookDraft) -> None:
        """Make the registration as it should be. Raises NotFound where it is gone."""

    def delete_webhook(self, webhook_id: str) -> None:
        """Take the registration away; one that is gone already is no error."""


class ActOnLogIn(Protocol):
    """How one space comes by its access to Act-On; the clients only use what is there."""

    def prove_password(self) -> None:
        """Log in with the stored user name and password, whatever is held already.

        Raises CredentialsRefused, QuotaGone, SetupError, TryLater.
        """

    def authorize_url(self, *, redirect_uri: str, state: str) -> str:
        """Where to send the browser for the redirect flow."""

    def exchange_code(self, code: str, *, redirect_uri: str) -> None:
        """Turn the one-time code that came back into stored access. Raises as `prove_password`."""

    def is_held(self) -> bool:
        """Whether there is access that was given before."""

    def forget(self) -> None:
        """Drop the access that is held."""


class Mailer(Protocol):
    """Sends e-mails."""

    def send(self, recipient: str, bodies: Bodies, *, name: str) -> None:
        """Hand the mail over to the server. `name` is the same for every try, so that who gets it
        twice can tell. Raises SetupError where trying again cannot help, else TryLater.
        """


class Hook(Protocol):
    """Posts messages to webhooks."""

    def check(self, url: str) -> None:
        """Pass only where messages may be posted to that address. Raises SetupError."""

    def post(self, url: str, payload: Mapping[str, object]) -> None:
        """Post the message. Raises SetupError where trying again cannot help, else TryLater;
        QuotaGone says when to come again.
        """


@dataclass(frozen=True, kw_only=True)
class Connections:
    """Both vendors as one space reaches them, and a count of the calls made so far."""

    acton: ActOn
    pipeliner: Pipeliner
    calls: "CallCount"


@dataclass(kw_only=True)
class CallCount:
    """Requests actually sent, retries included. Filled by the request path, from any thread."""

    acton: int = 0
    pipeliner: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False, compare=False)

    def count_acton(self) -> None:
        """One more call to Act-On."""
        with self._lock:
            self.acton += 1

    def count_pipeliner(self) -> None:
        """One more call to Pipeliner."""
        with self._lock:
            self.pipeliner += 1
