"""Both vendors' APIs on this machine, with a made-up world, for the demo, tests and benchmarks.

Written from the vendors' documents and sharing no code with the clients, so that the two check each
other. Never part of the product's real path.
"""

from sync.sandbox.options import SandboxOptions
from sync.sandbox.serve import RunningSandbox, create_sandbox, serve

__all__ = ["RunningSandbox", "SandboxOptions", "create_sandbox", "serve"]
