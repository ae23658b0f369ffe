"""The sandbox's Pipeliner: spaces with records, users, fields, pages and webhooks.

From contracts/pipeliner.md. `kinds` says what records consist of and `space` keeps them, `seed`
fills them in; `filters`, `paging` and `shape` read, `checks`, `fields` and `writing` change them;
`routes` gives them addresses.
"""

from sync.sandbox.crm.records import Crm
from sync.sandbox.crm.space import Space

__all__ = ["Crm", "Space"]
