"""What pages, endpoint, worker and command line may ask of the product."""

from sync.rules.heat import RANGES
from sync.rules.rights import may
from sync.rules.settings_form import FIELDS as STEP_FIELDS
from sync.rules.settings_form import MAPPED_FIELDS, WHOLE_FORM
from sync.service.accounts import Accounts
from sync.service.activation import Activation
from sync.service.administration import Administration
from sync.service.connecting import Connecting, LogInFailed
from sync.service.crm_hooks import CrmHooks
from sync.service.following import Following
from sync.service.handing_off import HandOffs
from sync.service.hashing import Hashing
from sync.service.hot import HotList, hot_filter
from sync.service.messaging import (
    Carriers,
    Delivering,
    Digesting,
    Judging,
    MessagePage,
    Messages,
    Sample,
)
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
from sync.service.webhooks import WebhookPage, Webhooks

__all__ = [
    "MAPPED_FIELDS",
    "RANGES",
    "STEP_FIELDS",
    "WHOLE_FORM",
    "AccountOptions",
    "Accounts",
    "Activation",
    "Administration",
    "Bell",
    "Carriers",
    "Checked",
    "Connect",
    "Connecting",
    "CrmHooks",
    "Delivering",
    "Digesting",
    "Errand",
    "Following",
    "HandOffs",
    "Hashing",
    "HotList",
    "Imported",
    "Judging",
    "LogInFailed",
    "MessagePage",
    "Messages",
    "Offers",
    "Operating",
    "Parts",
    "Previews",
    "Records",
    "Sample",
    "Service",
    "SettingUp",
    "StartedRun",
    "Tidying",
    "Vendors",
    "WebhookPage",
    "Webhooks",
    "hot_filter",
    "may",
]
