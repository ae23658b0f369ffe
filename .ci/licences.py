"""Writes docs/licences.md: every package of the runtime with its version and licence, from what is
installed; and what is vendored, from its manifest.

A licence that nobody has looked at ends with 1 and is named.
"""

import re
import sys
from importlib.metadata import metadata
from pathlib import Path

TOP = Path(__file__).parents[1]
FILE = TOP / "docs" / "licences.md"
PIN = re.compile(r"^([a-z0-9.-]+)(?:\[[a-z]+\])?==([^\s;]+)(?: ; (.*?))? \\$", re.MULTILINE)
# How packages write the same licence, and the identifier (SPDX) that they mean.
ACCEPTED = {
    "apache license 2.0": "Apache-2.0",
    "apache software license": "Apache-2.0",
    "apache-2.0": "Apache-2.0",
    "apache-2.0 and bsd-2-clause": "Apache-2.0 AND BSD-2-Clause",
    "apache-2.0 or bsd-2-clause": "Apache-2.0 OR BSD-2-Clause",
    "apache-2.0 or bsd-3-clause": "Apache-2.0 OR BSD-3-Clause",
    "bsd license": "BSD-3-Clause",
    "bsd": "BSD-3-Clause",
    "bsd-2-clause": "BSD-2-Clause",
    "bsd-3-clause": "BSD-3-Clause",
    "cc0 1.0 universal (cc0 1.0) public domain dedication": "CC0-1.0",
    "gnu lesser general public license v3 (lgplv3)": "LGPL-3.0-only",
    "lgpl-3.0-only": "LGPL-3.0-only",
    "gnu library or lesser general public license (lgpl)": "LGPL",
    "isc": "ISC",
    "mit": "MIT",
    "mit license": "MIT",
    "mit or apache-2.0": "MIT OR Apache-2.0",
    "mit-0": "MIT-0",
    "mozilla public license 2.0 (mpl 2.0)": "MPL-2.0",
    "mpl-2.0": "MPL-2.0",
    "psf-2.0": "PSF-2.0",
    "python software foundation license": "PSF-2.0",
    "the unlicense (unlicense)": "Unlicense",
}
# Said by the text of their licence file alone.
READ = {"huey": "MIT"}
HEAD = """# Licences

This project is licensed under [MIT](../LICENSE). What it is made with, and comes with:

| package | version | licence |
|---|---|---|
"""
TAIL = """
psycopg is under the LGPL: it is used as a library, unchanged, and can be exchanged by whoever runs
this (one pin). `./run licences` writes this page from what is installed; a licence that is new
fails a test until somebody has looked at it.
"""


def main() -> int:
    """Write the page; what is not accepted is named."""
    rows, unknown = [], []
    for name, version, condition in PIN.findall((TOP / "requirements.txt").read_text()):
        licence = licence_of(name)
        if licence is None:
            if condition:
                continue  # not for this machine, so nothing tells
            unknown.append(name)
        rows.append(f"| {name} | {version} | {licence or '?'} |")
    FILE.write_text(HEAD + "\n".join(rows) + "\n" + TAIL, encoding="utf-8")
    for name in unknown:
        print(f"{name} has a licence that nobody has looked at: see ACCEPTED in {__file__}.")
    return 1 if unknown else 0


def licence_of(name: str) -> str | None:
    """The identifier of a package's licence; None where it is unknown or not accepted."""
    try:
        told = metadata(name)
    except ImportError:
        return None
    classified = [
        one.rpartition(" :: ")[2]
        for one in told.get_all("Classifier") or []
        if one.startswith("License :: ") and not one.endswith("OSI Approved")
    ]
    words = [told.get("License-Expression"), *classified, told.get("License")]
    found = [
        ACCEPTED[word.strip().lower()]
        for word in words
        if word and word.strip().lower() in ACCEPTED
    ]
    return found[0] if found else READ.get(name)


if __name__ == "__main__":
    sys.exit(main())
