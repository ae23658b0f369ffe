"""Spaces, and their custom fields in Pipeliner."""

from sqlalchemy import JSON, Column, Index, Integer, String, Table, Text

from sync.store.tables.base import Instant, metadata, space_key

LONG_AGO = "1970-01-01 00:00:00.000000"

spaces = Table(
    "spaces",
    metadata,
    Column("space_id", String(200), primary_key=True),
    Column("name", Text, nullable=False),
    Column("time_zone", String(64), nullable=False),
    Column("status", String(20), nullable=False),
    Column("service_url", Text, nullable=False),
    Column("pipeliner_username", Text, nullable=False),
    Column("pipeliner_password_sealed", Text, nullable=False),
    Column("acton_base_url", Text),
    Column("acton_account_id", Text),
    Column("marketing_domain_url", Text),
    Column("acton_username", Text),
    Column("acton_password_sealed", Text),
    Column("settings", JSON, nullable=False),
    Column("panel_epoch", Integer, nullable=False, server_default="1"),
    Column("panel_epoch_at", Instant),
    Column("launch_algorithm", String(10)),
    Column("launch_key_sealed", Text),
    # The indexes answer "who is due, and who next?" whatever the number of spaces.
    Column("next_due_at", Instant, index=True),
    Column("created_at", Instant, nullable=False),
    Column("updated_at", Instant, nullable=False),
    # Grows with every change of settings or access, so that of two who save at once one is told.
    Column("version", Integer, nullable=False, server_default="1"),
    Column("saved_at", Instant),
    Column("saved_by", Text),
    Column("status_reason", Text),
    Column("status_at", Instant),
    Column("status_by", Text),
    Column("status_before", String(20)),
    # The last look at both vendors: when, and what was wrong.
    Column("checked_at", Instant),
    Column("check_problem", JSON),
    # When the space was activated through the pages, and how many Leads its first run may create.
    Column("activated_at", Instant),
    Column("first_run_limit", Integer),
    # When the momentum of its people is to be counted again; those of before are due at once.
    Column("heat_due_at", Instant, nullable=False, server_default=LONG_AGO, index=True),
    Index("ix_spaces_due", "next_due_at", "space_id"),
)

space_fields = Table(
    "space_fields",
    metadata,
    space_key(),
    Column("purpose", String(40), primary_key=True),
    Column("field_id", Text, nullable=False),
    Column("api_name", Text, nullable=False),
    Column("filter_key", Text),
)

# Fields that a space may lack. By themselves, since the version before knows no such purposes and
# could not read a row that names one.
space_optional_fields = Table(
    "space_optional_fields",
    metadata,
    space_key(),
    Column("purpose", String(40), primary_key=True),
    Column("field_id", Text, nullable=False),
    Column("api_name", Text, nullable=False),
    Column("filter_key", Text),
)
