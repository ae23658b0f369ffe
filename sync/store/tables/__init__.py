"""The tables, as SQLAlchemy Core sees them. Rows become values in the module of their noun.

Instants are aware UTC in Python and stored through `Instant`; SQLite has no time zones of its own.
Columns that end in `_sealed` hold ciphertext of `sync.keyring`. Those of accounts and activation
are in `administration`.
"""

from sync.store.tables.base import Instant, metadata
from sync.store.tables.crm import (
    crm_addresses,
    crm_changes,
    crm_contacts,
    crm_cursors,
    crm_hooks,
    crm_lead_contacts,
    crm_leads,
    crm_owners,
)
from sync.store.tables.lasting import links, people, readings, score_history, used_launches
from sync.store.tables.messages import deliveries, message_settings, told
from sync.store.tables.papers import outcomes, row_details, row_scores, run_lists, run_marks
from sync.store.tables.runs import cron_calls, runs
from sync.store.tables.shared import allowances, tokens
from sync.store.tables.spaces import space_fields, space_optional_fields, spaces

__all__ = [
    "Instant",
    "allowances",
    "crm_addresses",
    "crm_changes",
    "crm_contacts",
    "crm_cursors",
    "crm_hooks",
    "crm_lead_contacts",
    "crm_leads",
    "crm_owners",
    "cron_calls",
    "deliveries",
    "links",
    "message_settings",
    "metadata",
    "outcomes",
    "people",
    "readings",
    "row_details",
    "row_scores",
    "run_lists",
    "run_marks",
    "runs",
    "score_history",
    "space_fields",
    "space_optional_fields",
    "spaces",
    "tokens",
    "told",
    "used_launches",
]
