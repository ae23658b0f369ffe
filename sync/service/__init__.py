"""What pages, endpoint, worker and command line may ask of the product."""

from sync.rules.rights import may
from sync.rules.settings_form import FIELDS as STEP_FIELDS
from sync.rules.settings_form import MAPPED_FIELDS, WHOLE_FORM
from sync.service.accounts import Accounts
from sync.service.activation import Activation
from sync.service.administration import Administration
from sync.service.connecting import Connecting, LogInFailed
from sync.service.hashing import Hashing
from sync.service.hot import HotList, hot_filter
from sync.service.offers import Offers
from sync.service.operating import Operating
from sync.service.previewing import Previews
from sync.service.records import Records
from sync.service.service import Service
from sync.service.setting_up import SettingUp
from sync.service.tidying import Tidying
from sync.service.values import (
    AccountOptions,
    Bell,
    Checked,
    Connect,
    Errand,
    Imported,
    Parts,
    StartedRun,
    Vendors,
)

__all__ = [
    "MAPPED_FIELDS",
    "STEP_FIELDS",
    "WHOLE_FORM",
    "AccountOptions",
    "Accounts",
    "Activation",
    "Administration",
    "Bell",
    "Checked",
    "Connect",
    "Connecting",
    "Errand",
    "Hashing",
    "HotList",
    "Imported",
    "LogInFailed",
    "Offers",
    "Operating",
    "Parts",
    "Previews",
    "Records",
    "Service",
    "SettingUp",
    "StartedRun",
    "Tidying",
    "Vendors",
    "hot_filter",
    "may",
]
