"""The parts of `./run bench soak`: a week of a busy space, played on a clock of its own."""

from bench.soaking import moving  # first: before anything keeps the clock that is not moved

__all__ = ["moving"]
