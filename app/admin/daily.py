"""The daily life of a space: all its pages, on the one blueprint."""

from app.admin import (
    credentials,
    hot,
    messages,
    overview,
    preview,
    records,
    runs,
    settings,
    webhooks,
)
from app.admin.space import bp

__all__ = [
    "bp",
    "credentials",
    "hot",
    "messages",
    "overview",
    "preview",
    "records",
    "runs",
    "settings",
    "webhooks",
]
