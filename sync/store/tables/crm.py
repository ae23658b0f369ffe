"""Our index of the CRM: what matching needs, addresses as digests only."""

from sqlalchemy import Boolean, Column, Index, Integer, String, Table, Text

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
