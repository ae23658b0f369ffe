"""The ledger of runs."""

from sqlalchemy import JSON, Column, Date, ForeignKey, Index, Integer, String, Table, Text, text

from sync.store.tables.base import Instant, metadata

runs = Table(
    "runs",
    metadata,
    Column("run_id", Integer, primary_key=True, autoincrement=True),
    Column(
        "space_id",
        String(200),
        ForeignKey("spaces.space_id", ondelete="CASCADE"),
        nullable=False,
    ),
    Column("local_date", Date, nullable=False),
    Column("trigger", String(10), nullable=False),
    Column("status", String(10), nullable=False),
    Column("queued_at", Instant, nullable=False),
    Column("started_at", Instant),
    Column("finished_at", Instant),
    Column("resume_at", Instant),
    Column("rung_at", Instant),
    Column("threshold", Integer),
    Column("score_source", String(20)),
    Column("counts", JSON, nullable=False),
    Column("acton_calls", Integer, nullable=False, server_default="0"),
    Column("pipeliner_calls", Integer, nullable=False, server_default="0"),
    Column("resumed", Integer, nullable=False, server_default="0"),
    Column("problem", JSON),
    Column("lease_owner", Text),
    Column("lease_until", Instant),
    Column("lease_epoch", Integer, nullable=False, server_default="0"),
    Column("progress_step", Text),
    Column("progress_done", Integer),
    Column("progress_total", Integer),
    Column("cancel_asked_by", Text),
    # How many Leads it might create without asking, and who approved those that it held back.
    Column("guard_limit", Integer),
    Column("guard_reason", String(20)),
    Column("approved_at", Instant),
    Column("approved_by", Text),
    Index("ix_runs_space_id_run_id", "space_id", "run_id"),
    Index("ix_runs_finished_at", "finished_at"),
    Index(
        "uq_runs_one_daily_a_date",
        "space_id",
        "local_date",
        unique=True,
        sqlite_where=text("trigger = 'daily'"),
        postgresql_where=text("trigger = 'daily'"),
    ),
    Index(
        "uq_runs_one_open_a_space",
        "space_id",
        unique=True,
        sqlite_where=text("status IN ('queued', 'running', 'paused')"),
        postgresql_where=text("status IN ('queued', 'running', 'paused')"),
    ),
)

# What one call of the cron could not start, workers do: for that they must know when it asked.
cron_calls = Table(
    "cron_calls",
    metadata,
    Column("name", String(10), primary_key=True),
    Column("asked_at", Instant, nullable=False),
)
