"""What the demo needs in its folder and in the environment of its processes."""

import base64
import json
import os
import secrets
from pathlib import Path
from typing import Final

from sync.keyring import generate_key
from sync.settings import environment_without_ours

FOLDER: Final = Path("instance/demo")
SPACE_FILE: Final = FOLDER / "space.json"
SANDBOX_STATE: Final = FOLDER / "sandbox.state"
SECRETS_FILE: Final = FOLDER / "secrets.json"
SPACE: Final = "demo_space"
FRESH_SPACE: Final = "space_0001"  # nothing is activated there
OPERATOR: Final = "operator@example.com"
PASSWORD: Final = "OPERATOR_PASSWORD"  # noqa: S105 - its name in the file, and no setting
WEBHOOK: Final = "ACTON_WEBHOOK"  # the same
NO_SETTINGS: Final = frozenset({PASSWORD, WEBHOOK})
THRESHOLD: Final = 40


def demo_environment(sandbox_url: str) -> dict[str, str]:
    """The environment of the demo's processes: the machine's own, and the settings they need."""
    settings = {name: one for name, one in _lasting_secrets().items() if name not in NO_SETTINGS}
    return environment_without_ours() | {
        **settings,
        "DATABASE_URL": f"sqlite:///{FOLDER / 'sync.db'}",
        "QUEUE_URL": f"sqlite:///{FOLDER / 'queue.db'}",
        "ACTON_CLIENT_ID": "sandbox-client",
        "ACTON_CLIENT_SECRET": "sandbox-secret",
        "ACTON_BASE_URL": sandbox_url,
        "ALLOWED_API_HOSTS": sandbox_url.removeprefix("http://"),
        # The sandbox's contact pages stand in for Pipeliner's.
        "FRAME_ANCESTORS": sandbox_url,
        "PIPELINER_RECORD_URL": f"{sandbox_url}/demo/{{collection}}/{{id}}",
        # The sandbox forgets its tokens when it ends, so each demo logs in once more.
        "ACTON_LOGINS_PER_HOUR": "1000",
    }


def write_space_file(sandbox_url: str) -> None:
    """The space of the demo, ready to be imported; the same one for whatever port was free."""
    space = {
        "space_id": SPACE,
        "name": "Demo",
        "time_zone": "Europe/Berlin",
        "status": "running",
        "pipeliner": {
            "service_url": sandbox_url,
            "username": "sandbox_app",
            "password": "sandbox_key",
        },
        "acton": {
            "account_id": "12345",
            "marketing_domain_url": "https://a12345.actonsoftware.com",
            "username": "marketing@example.com",
            "password": "sandbox-password",
        },
        "settings": {
            "threshold": THRESHOLD,
            "sync_time": "02:00",
            "owner": "anna@example.com",
        },
    }
    SPACE_FILE.write_text(json.dumps({"spaces": [space]}, indent=2) + "\n", encoding="utf-8")


def webhook_secret() -> str:
    """What the sandbox's Act-On signs its webhooks with, the same in every demo of this folder."""
    return _lasting_secrets()[WEBHOOK]


def operator_password() -> str:
    """The password of the demo's operator, the same in every demo of this folder."""
    return _lasting_secrets()[PASSWORD]


def _lasting_secrets() -> dict[str, str]:
    """Made at the first demo and kept, since the database of the demo is sealed with them."""
    kept: dict[str, str] = {}
    if SECRETS_FILE.exists():
        kept = json.loads(SECRETS_FILE.read_text(encoding="utf-8"))
    if not kept.keys() >= NO_SETTINGS:  # a folder of an earlier version has the others
        made = {
            "SECRET_KEYS": generate_key(),
            "SYNC_TOKEN": secrets.token_urlsafe(32),
            PASSWORD: secrets.token_urlsafe(12),
            WEBHOOK: f"whsec_{base64.b64encode(secrets.token_bytes(24)).decode()}",
        }
        kept = made | kept
        handle = os.open(SECRETS_FILE, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(kept, file)
    return kept
