"""All pages for the admins of spaces, by blueprint."""

from typing import Final

from app.admin import activate, blueprint, connection, daily, hub, setup

BLUEPRINTS: Final = (blueprint.bp, activate.bp, daily.bp)

__all__ = ["BLUEPRINTS", "connection", "hub", "setup"]
