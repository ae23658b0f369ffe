"""What a WSGI server loads: `gunicorn wsgi:app`."""

import gc
import sys

from app import create_app
from sync.errors import IntegrationError

try:
    app = create_app()
except IntegrationError as error:
    sys.stderr.write(f"The service cannot start.\n{error}\n")
    # gunicorn reads 3 as "this worker cannot boot" and ends instead of trying again for ever.
    sys.exit(3)

# What was made so far stays for good: collecting garbage need not look through it with every page,
# nor write into memory that the processes share.
gc.collect()
gc.freeze()
