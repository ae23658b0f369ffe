"""How gunicorn serves pages and panel: `Procfile`, `./run serve`, the demo and the benchmark.

Gunicorn's settings, not ours, which `sync.settings` alone reads. What a platform says goes
before this file: `PORT`, `WEB_CONCURRENCY` (processes), `GUNICORN_CMD_ARGS`, and the command line.
"""

import os
import socket
import struct
from typing import Any

# Whoever presses Refresh mostly waits for Act-On. A thread that waits costs next to nothing, one
# more process at least 20 MB.
worker_class = "gthread"
threads = 8

# Two, so that while one that died is replaced another answers. More only for more processors.
if "WEB_CONCURRENCY" not in os.environ:
    workers = 2

# bind: gunicorn's own. 0.0.0.0:$PORT where a platform names a port, else 127.0.0.1:8000, which
# only a proxy on the same machine reaches; a socket handed over by systemd goes before both.

# No limit for a request: the main loop of a threaded process reports, not the request. It replaces
# a process that hangs as a whole. What somebody waits for a vendor ends by PANEL_DEADLINE_SECONDS.
timeout = 60

# After SIGTERM requests are answered to their end. Less than the 30 s after which platforms kill;
# more than twice PANEL_DEADLINE_SECONDS (10), which connecting Act-On from a page may take.
graceful_timeout = 25

# Longer than load balancers keep an idle connection (60 s is common, some routers 90), so that we
# never close one just when a request comes. A connection that waits holds no thread.
keepalive = 100

# TRUSTED_PROXIES alone decides what a proxy may tell. By itself gunicorn takes the scheme, and even
# the path, from whoever connects from this machine.
forwarded_allow_ips = ""
secure_scheme_headers: dict[str, str] = {}
forwarder_headers = ""

# The application is made once, before the processes: two take 140 MB instead of 210, and a start
# that fails ends at once. Safe, because making it opens no connection and starts no thread, which a
# test sees to. The price: changed settings and code need a restart, a SIGHUP does nothing.
preload_app = True

# A request that comes slowly holds a thread. Whoever falls silent for so long in the middle of one
# is hung up on; against those that trickle a proxy in front helps, which takes whole requests.
SILENCE_SECONDS = 5


def when_ready(server: Any) -> None:
    """Connections inherit this from the socket that listens (Linux, socket(7))."""
    silence = struct.pack("ll", SILENCE_SECONDS, 0)
    for listener in server.LISTENERS:
        listener.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, silence)


# max_requests: none. Memory does not grow with requests: 124 MB after 12,000, 126 MB after 24,000.

# A way to steer gunicorn over a socket in the home folder, which nobody here uses.
control_socket_disable = True

# A process shows that it lives by touching a file each second. On a busy disk that can take so long
# that it is taken for dead; in memory it cannot.
# gunicorn makes up a name there and takes it away at once.
MEMORY = "/dev/shm"  # nosec B108 # noqa: S108
if os.access(MEMORY, os.W_OK):
    worker_tmp_dir = MEMORY

# accesslog: none, since the proxy or platform writes one. `--access-logfile -` writes this and no
# more: codes of log-ins stand behind the question mark, and a Referer is somebody else's.
access_log_format = '%(h)s %(t)s "%(m)s %(U)s" %(s)s %(B)s %(M)sms'
