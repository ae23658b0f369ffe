"""Looks for known vulnerabilities in every pin, with pip-audit; never content with seeing nothing.

Exit codes: 0 every pin was looked at and none has one; 1 some have; 69 (EX_UNAVAILABLE) the
database could not be reached, or pins were left out.
"""

import json
import subprocess
import sys
from pathlib import Path

TOP = Path(__file__).parents[1]
FILES = ("requirements.txt", "requirements-dev.txt")
UNAVAILABLE = 69


def main() -> int:
    """Look, and say what was seen."""
    wanted = sum((TOP / name).read_text().count("==") for name in FILES)
    command = [sys.executable, "-m", "pip_audit", "--format", "json", "--progress-spinner", "off"]
    files = [word for name in FILES for word in ("--requirement", str(TOP / name))]
    done = subprocess.run(
        [*command, "--require-hashes", "--disable-pip", *files],
        capture_output=True,
        text=True,
        check=False,
    )
    try:
        found = json.loads(done.stdout)["dependencies"]
    except (ValueError, KeyError):
        last = done.stderr.strip().splitlines()[-1:] or ["nothing was said"]
        print(f"The database of vulnerabilities could not be asked: {last[0][:200]}")
        return UNAVAILABLE
    return judge(found, wanted)


def judge(found: list[dict[str, object]], wanted: int) -> int:
    """What the answers mean. A pin that was left out is no good news."""
    looked_at = [one for one in found if "vulns" in one]
    bad = [one for one in looked_at if one["vulns"]]
    for one in bad:
        ids = ", ".join(vuln["id"] for vuln in one["vulns"])  # type: ignore[attr-defined]
        print(f"{one['name']} {one['version']}: {ids}")
    left_out = [one for one in found if "skip_reason" in one]
    if left_out:
        print(f"{len(left_out)} were left out, the first since: {left_out[0]['skip_reason']}")
    print(
        f"{len(looked_at)} of {wanted} pins were looked at; {len(bad)} have known vulnerabilities."
    )
    if bad:
        return 1
    return 0 if looked_at and len(looked_at) >= wanted else UNAVAILABLE


if __name__ == "__main__":
    sys.exit(main())
