"""The daily life of a space: all its pages, on the one blueprint."""

from app.admin import credentials, hot, overview, preview, records, runs, settings
from app.admin.space import bp

__all__ = ["bp", "credentials", "hot", "overview", "preview", "records", "runs", "settings"]
