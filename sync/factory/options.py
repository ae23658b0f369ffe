"""What of the settings each part is told."""

from datetime import timedelta

from sync.engine import EngineOptions
from sync.panel import PanelOptions
from sync.service import AccountOptions
from sync.settings import Settings


def account_options(settings: Settings) -> AccountOptions:
    """Who may make an account, and how long somebody stays signed in."""
    return AccountOptions(
        sign_up_open=settings.sign_up == "open",
        idle=timedelta(minutes=settings.session_idle_minutes),
        life=timedelta(hours=settings.session_hours),
        oidc_operators=frozenset(settings.oidc_operators),
    )


def engine_options(settings: Settings) -> EngineOptions:
    """How a run works: leases, turns, batches."""
    return EngineOptions(
        lease_seconds=settings.lease_seconds,
        heartbeat_seconds=settings.heartbeat_seconds,
        turn_seconds=settings.turn_seconds,
        settle_seconds=settings.settle_seconds,
        name_limit=settings.lead_name_limit,
        panel_key_life=timedelta(days=settings.panel_key_days),
        batch_size=settings.pipeliner_batch_size,
        calls_at_once=settings.acton_calls_at_once,
    )


def panel_options(settings: Settings) -> PanelOptions:
    """How long panels and keys are good, and how long somebody waits."""
    return PanelOptions(
        audience=f"{settings.public_url}/panel" if settings.public_url else None,
        deadline_seconds=settings.panel_deadline_seconds,
        fresh=timedelta(seconds=settings.panel_fresh_seconds),
        cooldown=timedelta(seconds=settings.panel_cooldown_seconds),
        key_life=timedelta(days=settings.panel_key_days),
        record_url=settings.pipeliner_record_url,
        person_url=settings.acton_person_url,
    )
