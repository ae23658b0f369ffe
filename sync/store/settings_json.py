"""The admin's settings as JSON, for a column of the spaces table, and back."""

from datetime import time
from typing import Any

from sync.model import ExistingLead, ListChoice, ScoreSource, SpaceSettings


def settings_to_json(settings: SpaceSettings) -> dict[str, Any]:
    """The settings as JSON values."""
    include = settings.lists.include
    # Left out where it is off: the version before knows no such setting.
    newer = {"skip_opted_out": True} if settings.skip_opted_out else {}
    return newer | {
        "threshold": settings.threshold,
        "sync_time": settings.sync_time.strftime("%H:%M"),
        "owner": settings.owner,
        "authentication_name": settings.authentication_name,
        "lists": {
            "include": list(include) if include is not None else None,
            "exclude": list(settings.lists.exclude),
        },
        "score_source": settings.score_source.value if settings.score_source else None,
        "score_column": settings.score_column,
        "score_columns": dict(settings.score_columns),
        "column_map": {name: dict(fields) for name, fields in settings.column_map.items()},
        "existing_lead": settings.existing_lead.value,
        "rename_leads": settings.rename_leads,
        "daily_call_budget": settings.daily_call_budget,
        "volume_guard": settings.volume_guard,
        "lead_type_id": settings.lead_type_id,
        "step_id": settings.step_id,
        "unit_id": settings.unit_id,
    }


def settings_from_json(values: dict[str, Any]) -> SpaceSettings:
    """The settings that `settings_to_json` wrote."""
    lists, source = values["lists"], values["score_source"]
    include = lists["include"]
    return SpaceSettings(
        **{
            **values,
            "sync_time": time.fromisoformat(values["sync_time"]),
            "lists": ListChoice(
                include=tuple(include) if include is not None else None,
                exclude=tuple(lists["exclude"]),
            ),
            "score_source": ScoreSource(source) if source else None,
            "existing_lead": ExistingLead(values["existing_lead"]),
        }
    )
