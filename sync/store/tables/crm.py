"""Our index of the CRM, addresses as digests only; and what Pipeliner tells of changes."""

from sqlalchemy import Boolean, Column, Index, Integer, String, Table, Text, false, true

from sync.store.tables.base import Instant, metadata, space_key

crm_contacts = Table(
    "crm_contacts",
    metadata,
    space_key(),
    Column("contact_id", String(64), primary_key=True),
    Column("modified", Instant, nullable=False),
    Column("deleted", Boolean, nullable=False),
    Column("ours", Boolean, nullable=False),
    Column("name", Text, nullable=False),
    Column("score", Integer),
    Column("acton_contact_id", Text, nullable=False),
    Column("panel_key_expires_at", Instant),
    Column("panel_key_person", String(32)),  # whom the key names; NULL: no key, or not known
    # Noted when we wrote it: `modified` is by our clock then, and says nothing against a reading.
    Column("guessed", Boolean, nullable=False, server_default=true()),
    Column("owner_id", String(64)),  # NULL: not read since we began to keep owners
    Index("ix_crm_contacts_space_id_owner_id", "space_id", "owner_id"),
)

crm_addresses = Table(
    "crm_addresses",
    metadata,
    space_key(),
    Column("person", String(32), primary_key=True),
    Column("contact_id", String(64), primary_key=True),
    Index("ix_crm_addresses_space_id_contact_id", "space_id", "contact_id"),
)

crm_leads = Table(
    "crm_leads",
    metadata,
    space_key(),
    Column("lead_id", String(64), primary_key=True),
    Column("modified", Instant, nullable=False),
    Column("deleted", Boolean, nullable=False),
    Column("open", Boolean, nullable=False),
    Column("key", String(64)),
    Column("score", Integer),
    Column("quick_person", String(32)),
    Column("guessed", Boolean, nullable=False, server_default=true()),  # as for Contacts
    Column("panel_key_expires_at", Instant),
    Column("panel_key_person", String(32)),
    Column("owner_id", String(64)),
    Index("ix_crm_leads_space_id_key", "space_id", "key"),
    Index("ix_crm_leads_space_id_quick_person", "space_id", "quick_person"),
    Index("ix_crm_leads_space_id_owner_id", "space_id", "owner_id"),
)

crm_lead_contacts = Table(
    "crm_lead_contacts",
    metadata,
    space_key(),
    Column("contact_id", String(64), primary_key=True),
    Column("lead_id", String(64), primary_key=True),
    Index("ix_crm_lead_contacts_space_id_lead_id", "space_id", "lead_id"),
)

# The users who own what we have read. `name` NULL: to be asked for; "": Pipeliner lists none such.
crm_owners = Table(
    "crm_owners",
    metadata,
    space_key(),
    Column("owner_id", String(64), primary_key=True),
    Column("name", Text),
)

crm_cursors = Table(
    "crm_cursors",
    metadata,
    space_key(),
    Column("entity", String(20), primary_key=True),
    Column("modified_through", Instant),
    Column("complete", Boolean, nullable=False),
    # How many more records Pipeliner counts than it shows; found out by a complete reading.
    Column("gap", Integer, nullable=False, server_default="0"),
)

# Records that Pipeliner says have changed, until they were asked for anew. Repeats collapse.
crm_changes = Table(
    "crm_changes",
    metadata,
    space_key(),
    Column("entity", String(20), primary_key=True),
    Column("record_id", String(64), primary_key=True),
    Column("kind", String(10), nullable=False),
    Column("times", Integer, nullable=False),
    Column("received_at", Instant, nullable=False),
)

# Our registration for webhooks of a space, and how following them goes.
crm_hooks = Table(
    "crm_hooks",
    metadata,
    space_key(),
    Column("signature_sealed", Text),
    Column("webhook_id", Text),  # in Pipeliner; NULL: not made yet
    # What was signed with before the last change: good until then; NULL: until Pipeliner knows.
    Column("before_sealed", Text),
    Column("before_until", Instant),
    Column("last_at", Instant),  # when the last genuine one came
    Column("pending_at", Instant, index=True),  # since when something waits; NULL: nothing does
    Column("reads_all", Boolean, nullable=False, server_default=false()),
    Column("busy_until", Instant),  # somebody is following until then at the latest
    Column("retry_at", Instant),
    Column("tries", Integer, nullable=False, server_default="0"),
    # The state of the space whose key Pipeliner refused; another one is tried.
    Column("refused_version", Integer),
    Column("checked_at", Instant),  # when the registration was looked at last
)
