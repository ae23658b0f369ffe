"""Zones whose clocks change in every way there is, and the hours at which they do."""

from datetime import time
from typing import Final

ZONES: Final = (
    "Europe/Berlin",
    "America/New_York",
    "America/Sao_Paulo",
    "Asia/Kolkata",
    "Australia/Lord_Howe",
    "Pacific/Apia",
)
HOURS: Final = (time(0, 0), time(1, 30), time(2, 30))
