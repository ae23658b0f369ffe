"""What a view takes from the running application."""

from typing import cast

from flask import current_app

from app.last_views import LastViews
from app.page_cache import PageCache
from sync.panel import Panel
from sync.service import (
    Accounts,
    Activation,
    Administration,
    Connecting,
    CrmHooks,
    HotList,
    Messages,
    Offers,
    Operating,
    Previews,
    Records,
    Service,
    SettingUp,
    Webhooks,
)
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


def get_last_views() -> LastViews:
    """What panels showed last."""
    return cast(LastViews, current_app.extensions["last_views"])


def get_settings() -> Settings:
    """The settings that this process was started with."""
    return cast(Settings, current_app.extensions["settings"])


def get_accounts() -> Accounts:
    """The service's answers about sign-in, accounts and their sessions."""
    return cast(Accounts, current_app.extensions["sync"].accounts)


def get_activation() -> Activation:
    """The service's answers about claiming a space and its settings."""
    return cast(Activation, current_app.extensions["sync"].activation)


def get_offers() -> Offers:
    """The service's answers about what the vendors offer to choose from."""
    return cast(Offers, current_app.extensions["sync"].offers)


def get_connecting() -> Connecting:
    """The service's answers about connections to the vendors."""
    return cast(Connecting, current_app.extensions["sync"].connecting)


def get_previews() -> Previews:
    """The service's answers about what a run would do."""
    return cast(Previews, current_app.extensions["sync"].previews)


def get_setting_up() -> SettingUp:
    """The service's answers about what we set up in Pipeliner."""
    return cast(SettingUp, current_app.extensions["sync"].setting_up)


def get_administration() -> Administration:
    """The service's answers about the daily life of a space."""
    return cast(Administration, current_app.extensions["sync"].administration)


def get_records() -> Records:
    """The service's answers about rows, people and tombstones."""
    return cast(Records, current_app.extensions["sync"].records)


def get_hot_list() -> HotList:
    """The service's answers about who is hot."""
    return cast(HotList, current_app.extensions["sync"].hot_list)


def get_operating() -> Operating:
    """The service's answers about all spaces."""
    return cast(Operating, current_app.extensions["sync"].operating)


def get_webhooks() -> Webhooks:
    """The service's answers about what Act-On reports by itself."""
    return cast(Webhooks, current_app.extensions["sync"].webhooks)


def get_messages() -> Messages:
    """The service's answers about what admins are told."""
    return cast(Messages, current_app.extensions["sync"].messages)


def get_crm_hooks() -> CrmHooks:
    """The service's answers about what Pipeliner tells us by itself."""
    return cast(CrmHooks, current_app.extensions["sync"].crm_hooks)
