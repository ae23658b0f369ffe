"""Every setting stands in the README's table and in `.env.example`, as the code has it."""

from pathlib import Path
from textwrap import wrap

from sync.settings import documented_settings

TOP = Path(__file__).resolve().parents[2]


def readme_rows() -> list[str]:
    """What stands between the two `settings` marks of the README."""
    return [
        "| Setting | Default | Meaning |",
        "|---|---|---|",
        *(
            f"| `{name}` | {_default(default)} | {meaning} |"
            for name, default, meaning in documented_settings()
        ),
    ]


def example_lines() -> list[str]:
    """What `.env.example` holds: each setting with its meaning above, commented out."""
    lines = []
    for name, default, meaning in documented_settings():
        value = "" if default == "required" else default
        comment = wrap(meaning.replace("`", ""), 96, initial_indent="# ", subsequent_indent="# ")
        lines += ["", *comment, f"#{name}={value}"]
    return lines[1:]


def _default(default: str) -> str:
    return "**required**" if default == "required" else f"`{default}`" if default else "none"


def test_the_readme_has_every_setting_as_the_code_has_it() -> None:
    text = (TOP / "README.md").read_text(encoding="utf-8")
    between = text.partition("<!-- settings -->")[2].partition("<!-- /settings -->")[0]
    expected = "\n".join(readme_rows())
    assert between.strip() == expected, f"Put this between the marks:\n\n{expected}\n"


def test_the_example_environment_has_every_setting_as_the_code_has_it() -> None:
    text = (TOP / ".env.example").read_text(encoding="utf-8")
    body = text.partition("\n\n")[2].strip()
    expected = "\n".join(example_lines())
    assert body == expected, f"Put this below the head of .env.example:\n\n{expected}\n"
