"""The commands of the README, typed as they stand there, in their order, by somebody new."""

import re
import shlex

from tests.acceptance.conftest import TOP, Shell

LINE = re.compile(r"^ *(?:export \w+=…\s+# )?(python -m sync [^#`\n]*)", re.MULTILINE)


def commands() -> list[list[str]]:
    """What stands in the README's blocks of commands below "Connect real accounts"."""
    text = (TOP / "README.md").read_text("utf-8")
    part = text.partition("## Connect real accounts")[2].partition("## Settings")[0]
    blocks = "\n".join(re.findall(r"```sh\n(.*?)```", part, re.DOTALL))
    return [shlex.split(one)[3:] for one in LINE.findall(blocks)]


def test_they_lead_from_nothing_to_a_run(shell: Shell) -> None:
    shell.write_space_file("acme.json")
    typed = commands()
    assert ["db", "upgrade"] in typed
    assert ["run", "acme_sales"] in typed
    for words in typed:
        told = ["demo_space" if word == "acme_sales" else word for word in words]
        # It says what to mend: the custom fields are made by the next command.
        found = shell.run(*told, expect=1 if words == ["check"] else 0)
        assert words != ["check"] or "fields provision demo_space" in found.out
    assert shell.run("runs", "demo_space", "--json").json[0]["status"] == "succeeded"
