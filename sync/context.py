"""What goes with the work of a thread: the name of the web request that it answers."""

from contextvars import ContextVar
from typing import Final

REQUEST: Final[ContextVar[str]] = ContextVar("request", default="")
