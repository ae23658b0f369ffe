"""Messages: what is told of spaces, put on its way, sent; and the page on which admins choose."""

from sync.service.messaging.delivering import Delivering
from sync.service.messaging.digesting import Digesting
from sync.service.messaging.judging import Judging
from sync.service.messaging.managing import Messages
from sync.service.messaging.values import Carriers, MessagePage, Sample

__all__ = [
    "Carriers",
    "Delivering",
    "Digesting",
    "Judging",
    "MessagePage",
    "Messages",
    "Sample",
]
