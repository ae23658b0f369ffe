"""Settings of the work: pace towards the vendors, the panel, runs, time-outs."""

from pydantic import Field
from pydantic_settings import BaseSettings

from sync.settings.kinds import DateFormat, PersonUrl, RecordUrl


class WorkSettings(BaseSettings):
    """What has a good default, and seldom needs another."""

    acton_calls_per_second: float = Field(
        default=4.5,
        gt=0,
        le=5,
        description="Pace towards one Act-On account over all processes. Act-On allows 5; the "
        "margin absorbs jitter.",
    )
    acton_calls_at_once: int = Field(
        default=4,
        ge=1,
        le=16,
        description="Calls to Act-On that one run may have under way, so that a slow answer does "
        "not lower the pace.",
    )
    acton_logins_per_hour: int = Field(
        default=5,
        ge=1,
        description="Log-ins with a password over all processes. Act-On allows 5 an hour.",
    )
    pipeliner_calls_per_second: float = Field(
        default=10,
        gt=0,
        description="Pace towards one Pipeliner space. Pipeliner documents no limit.",
    )
    pipeliner_batch_size: int = Field(
        default=100,
        ge=1,
        le=100,
        description="Records in one batch write. Pipeliner documents no limit; pages end at 100.",
    )
    pipeliner_date_format: DateFormat = Field(
        default="%Y-%m-%d %H:%M:%S",
        description="How instants (UTC) are written in Pipeliner filters, as `strftime` reads it.",
    )
    lead_name_limit: int = Field(
        default=255,
        ge=60,
        le=255,
        description="The longest Lead name. Pipeliner documents no limit.",
    )
    panel_key_days: int = Field(
        default=30,
        ge=2,
        le=365,
        description="How long a panel key lives; the sync renews it when half is gone.",
    )
    panel_fresh_seconds: int = Field(
        default=300,
        ge=1,
        description="Activity read so lately is shown without asking Act-On again.",
    )
    panel_cooldown_seconds: int = Field(
        default=30,
        ge=0,
        description="How long after a live reading Refresh rests.",
    )
    panel_deadline_seconds: float = Field(
        default=10,
        gt=0,
        le=50,
        description="The longest that somebody who looks at a panel waits for a vendor.",
    )
    pipeliner_record_url: RecordUrl = Field(
        default="https://crm.pipelinersales.com/space/{space}/{collection}/{id}/detail",
        description="Where people open a record of Pipeliner, with `{space}`, `{collection}` "
        "(`leads`, `contacts`) and `{id}`. Pipeliner documents no such address.",
    )
    acton_person_url: PersonUrl | None = Field(
        default=None,
        description="Where people open a person in Act-On, with `{domain}` (the marketing domain), "
        "`{email}` and `{record}`; without it the panel links to the domain. Act-On documents no "
        "such address.",
    )
    outcome_days: int = Field(
        default=90,
        ge=7,
        le=3650,
        description="How many days it is kept what became of each row of a run. Its counts stay.",
    )
    lease_seconds: float = Field(
        default=60,
        ge=5,
        description="A run whose worker has been silent for so long is taken over by another.",
    )
    heartbeat_seconds: float = Field(
        default=15,
        ge=1,
        description="How often a worker renews its lease; at most a third of `LEASE_SECONDS`.",
    )
    turn_seconds: float = Field(
        default=20,
        ge=1,
        description="How long a run keeps a worker while others wait; then it goes on after them.",
    )
    settle_seconds: float = Field(
        default=5,
        ge=0,
        le=300,
        description="Seconds to wait after the answer to a write was lost, before looking whether "
        "the write took effect.",
    )
    connect_timeout_seconds: float = Field(
        default=3.05,
        gt=0,
        description="How long a connection to a vendor may take.",
    )
    read_timeout_seconds: float = Field(
        default=60,
        gt=0,
        description="How long a vendor may be silent before the call counts as lost.",
    )
    answer_limit_mib: int = Field(
        default=64,
        ge=1,
        description="The largest answer of a vendor that is read, in MiB.",
    )
