"""The working papers of a run: what was read, what was decided, what came of it.

No foreign keys here: a preview keeps the same papers in a database of its own.
"""

from sqlalchemy import JSON, BigInteger, Boolean, Column, Index, Integer, String, Table, Text, text

from sync.store.tables.base import metadata, run_key

run_lists = Table(
    "run_lists",
    metadata,
    run_key(),
    Column("list_no", Integer, primary_key=True),
    Column("list_id", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("state", String(10), nullable=False),  # pending, read, failed
    Column("total", Integer),  # rows as Act-On said on the page read first
    Column("next_offset", Integer, nullable=False),
    Column("restarts", Integer, nullable=False),
    Column("problem", JSON),
)

run_marks = Table(
    "run_marks",
    metadata,
    run_key(),
    Column("name", String(40), primary_key=True),
    Column("value", Text, nullable=False),
)

# One row for each list row. `result` NULL: not settled yet. A finished run has none of those.
outcomes = Table(
    "outcomes",
    metadata,
    run_key(),
    Column("list_no", Integer, primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("record_id", Text, nullable=False),
    Column("address", Text),
    Column("person", String(32)),
    Column("score", Integer),
    Column("modified_ms", BigInteger),
    Column("result", String(10)),
    Column("reason", String(30)),
    Column("detail", Text),
    Column("lead_id", Text),
    Column("contact_id", Text),
    # Whether deciding may need the row: its person's details are kept. An index over all rows would
    # cost more than everything else, since people come in no order.
    Column("kept", Boolean, nullable=False),
    Index(
        "ix_outcomes_kept",
        "run_id",
        "person",
        sqlite_where=text("kept"),
        postgresql_where=text("kept"),
    ),
    Index(
        "ix_outcomes_unsettled",
        "run_id",
        "person",
        sqlite_where=text("result IS NULL"),
        postgresql_where=text("result IS NULL"),
    ),
    sqlite_with_rowid=False,
)

row_details = Table(
    "row_details",
    metadata,
    run_key(),
    Column("list_no", Integer, primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("details", Text, nullable=False),
    sqlite_with_rowid=False,
)

row_scores = Table(
    "row_scores",
    metadata,
    run_key(),
    Column("person", String(32), primary_key=True),
    Column("score", Integer),  # NULL: read, and Act-On has no score for the person
    sqlite_with_rowid=False,
)
