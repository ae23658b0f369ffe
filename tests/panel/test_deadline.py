"""Nobody waits for ever: a slow vendor behind a real socket, and a panel that answers in time."""

import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from sync.clock import utcnow
from sync.factory import Application
from sync.keyring import generate_key
from sync.model import PersonRecord, ReadBy, ScoreSource
from sync.panel import Panel, PanelState, Pass, Trouble, TroubleKind
from sync.rules.keys import person_digest
from sync.sandbox import RunningSandbox, SandboxOptions
from sync.settings import Settings
from sync.space_file import parse_space_file

SPACE = "demo_space"
SLOW = 4.0  # seconds that a vendor takes
PATIENCE = 1.0  # seconds that a person waits
UNREACHABLE = Trouble(kind=TroubleKind.UNREACHABLE)
