"""The activation, step by step: its pages, on one blueprint."""

from app.admin.activate import authentication, choices, fields, finish, preview, settings
from app.admin.activate.frame import bp

__all__ = ["authentication", "bp", "choices", "fields", "finish", "preview", "settings"]
