"""What a view takes from the running application."""

from typing import cast

from flask import current_app

from app.page_cache import PageCache
from sync.panel import Panel
from sync.service import Service
from sync.settings import Settings


def get_service() -> Service:
    """The service behind this process's pages."""
    return cast(Service, current_app.extensions["sync"].service)


def get_panel() -> Panel:
    """The panel behind this process's pages."""
    return cast(Panel, current_app.extensions["sync"].panel)


def get_page_cache() -> PageCache:
    """The rendered panels that this process may hand out again."""
    return cast(PageCache, current_app.extensions["page_cache"])


def get_settings() -> Settings:
    """The settings that this process was started with."""
    return cast(Settings, current_app.extensions["settings"])
