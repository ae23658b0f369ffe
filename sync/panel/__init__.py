"""What a sales user sees of one person: score, crossings and activity, and who may see them."""

from sync.panel.access import Closed, PanelClosed, Pass
from sync.panel.options import PanelOptions
from sync.panel.panel import Panel
from sync.panel.stream import PAGE
from sync.panel.values import (
    Change,
    Crossing,
    Mark,
    PanelState,
    PanelView,
    Refreshed,
    ScoredRule,
    StreamEntry,
    StreamQuery,
    StreamView,
    Trouble,
    TroubleKind,
)

__all__ = [
    "PAGE",
    "Change",
    "Closed",
    "Crossing",
    "Mark",
    "Panel",
    "PanelClosed",
    "PanelOptions",
    "PanelState",
    "PanelView",
    "Pass",
    "Refreshed",
    "ScoredRule",
    "StreamEntry",
    "StreamQuery",
    "StreamView",
    "Trouble",
    "TroubleKind",
]
