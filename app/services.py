"""What a view takes from the running application."""

from typing import cast

from flask import current_app

from app.panel_port import Panel
from sync.service import Service
from sync.settings import Settings


def get_service() -> Service:
    """The service behind this process's pages."""
    return cast(Service, current_app.extensions["sync"].service)


def get_panel() -> Panel:
    """The panel behind this process's pages."""
    return cast(Panel, current_app.extensions["sync"].panel)


def get_settings() -> Settings:
    """The settings that this process was started with."""
    return cast(Settings, current_app.extensions["settings"])
