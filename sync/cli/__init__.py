"""The command line: `python -m sync`. It asks the service and prints; it decides nothing.

stdout carries the result and nothing else; progress, problems and logs go to stderr.
"""

from sync.cli.commands import main

__all__ = ["main"]
