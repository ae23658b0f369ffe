"""How large the sandbox's world is, and where it listens."""

from dataclasses import dataclass
from pathlib import Path

CLIENT_ID = "sandbox-client"
CLIENT_SECRET = "sandbox-secret"  # noqa: S105 - documented, opens nothing but the sandbox
USERNAME = "marketing@example.com"
PASSWORD = "sandbox-password"  # noqa: S105 - of a made-up world
OTHER_USERNAME = "other@example.com"
ACCOUNT_ID = "12345"
OTHER_ACCOUNT_ID = "67890"
SPACE_ID = "demo_space"
OTHER_SPACE_ID = "other_space"
APP_USERNAME = "sandbox_app"
APP_PASSWORD = "sandbox_key"  # noqa: S105 - of a made-up world
FIRST_OWN_ACCOUNT = 1_000_000  # the account of space_0001 is one more
HOT = 40  # the score from which the world's hits count


@dataclass(frozen=True, kw_only=True)
class SandboxOptions:
    """The world to make. `hits` people of the generated part have a score of 40 or more."""

    host: str = "127.0.0.1"
    port: int = 8765
    rows: int = 60
    lists: int = 4
    people: int = 40
    hits: int = 8
    seed: int = 1
    hostile: bool = True
    panel: bool = False  # with the list "Panel examples"
    crm_contacts: int = 12
    spaces: int = 0  # further spaces, space_0001 and so on
    own_accounts: bool = False  # each of those with an Act-On account of its own
    limits: bool = True
    calls_per_second: int = 5
    daily_quota: int = 30_000
    log_ins_per_hour: int = 5
    state_path: Path | None = None

    @property
    def identity(self) -> dict[str, object]:
        """What has to be the same for a saved state to fit."""
        values: dict[str, object] = {
            name: getattr(self, name)
            for name in ("rows", "lists", "people", "hits", "seed", "hostile", "crm_contacts")
        }
        if self.panel:  # named only then: states from before there was this part still fit
            values["panel"] = True
        if self.own_accounts:
            values["own_accounts"] = self.spaces
        return values


def further_space(number: int) -> str:
    """The id of the further space of this number, from 1 on."""
    return f"space_{number:04d}"
