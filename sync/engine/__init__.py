"""The order of work of one run. Decides nothing: that is what `sync.rules` is for."""

from sync.engine.options import EngineOptions
from sync.engine.runner import Runner

__all__ = ["EngineOptions", "Runner"]
