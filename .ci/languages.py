"""Keep the catalogues of `sync/translations` in step with the code: `./run languages`.

Texts are found in three places: what stands in `gettext` and its kin in Python, what stands in them
in templates, and the sentences of our errors, which are said in the language of whoever reads them.
Only catalogues are written, and always alike: sorted, without places and dates.
"""

import ast
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any, Final

from babel.messages import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from jinja2.ext import babel_extract

from sync.languages import ENGLISH, FOLDER, LANGUAGES

TOP: Final = Path(__file__).resolve().parent.parent
ERRORS: Final = TOP / "sync/errors.py"
ALWAYS: Final = datetime(2026, 1, 1, tzinfo=UTC)  # no date that changes with nothing else
HEADER: Final = "# Kept in step with the code by ./run languages; the translations are edited here."

# Of the headers those that say nothing here, or change with nothing else.
NO_HEADERS: Final = tuple(
    f'"{name}:'
    for name in (
        *("Report-Msgid-Bugs-To", "POT-Creation-Date", "PO-Revision-Date"),
        *("Last-Translator", "Language-Team", "Generated-By"),
    )
)

SAYS: Final = {
    "_": "gettext",
    "gettext": "gettext",
    "lazy_gettext": "gettext",
    "ngettext": "ngettext",
    "pgettext": "pgettext",
}
# What carries a sentence for people besides our errors: values that keep what an error said.
CARRY: Final = frozenset({"FieldProblem", "Problem", "Finding", "LogInFailed"})
SENTENCES: Final = ("message", "hint")
# For people at the shell, who read English.
AT_THE_SHELL: Final = frozenset(
    {"cli", "demo", "sandbox", "settings", "space_file"}
    | {f"{name}.py" for name in ("keyring", "metrics", "queue", "scrape", "sentry", "tracing")}
)
FOR_THE_SHELL: Final = "python -m sync"

Found = Iterator[tuple[str, str | tuple[str, str], str | None]]  # (kind, message or both, context)


def main() -> int:
    """Bring all catalogues up to date; 1 where something is not translated yet."""
    missing = 0
    for language in sorted(set(LANGUAGES) - {ENGLISH}):
        catalogue = updated(language)
        folder = FOLDER / language / "LC_MESSAGES"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "messages.po").write_bytes(as_po(catalogue))
        with (folder / "messages.mo").open("wb") as file:
            write_mo(file, catalogue)
        left = untranslated(catalogue)
        missing += len(left)
        print(f"{language}: {len(catalogue)} texts, {len(left)} to be translated")
    return 1 if missing else 0


def updated(language: str) -> Catalog:
    """The catalogue of a language with exactly the texts of the code."""
    kept = read_catalogue(language)
    catalogue = _empty(language)
    for kind, message, context in found():
        known = kept.get(message if isinstance(message, str) else message[0], context)
        text = known.string if known and known.id == message else ""
        catalogue.add(message, text or ("" if kind != "ngettext" else ("", "")), context=context)
    return catalogue


def read_catalogue(language: str) -> Catalog:
    """The catalogue as it is kept; an empty one where there is none yet."""
    path = FOLDER / language / "LC_MESSAGES/messages.po"
    if not path.exists():
        return _empty(language)
    with path.open("rb") as file:
        return read_po(file, locale=language)


def as_po(catalogue: Catalog) -> bytes:
    """The catalogue as its file."""
    text = BytesIO()
    write_po(text, catalogue, width=100, sort_output=True, no_location=True)
    lines = text.getvalue().decode().splitlines(keepends=True)
    return "".join(one for one in lines if not one.startswith(NO_HEADERS)).encode()


def untranslated(catalogue: Catalog) -> list[str]:
    """The messages that have no text in the language, or one that may be wrong."""
    return [
        str(one.id)
        for one in catalogue
        if one.id and (one.fuzzy or not all(one.string if one.pluralizable else [one.string]))
    ]


def _empty(language: str) -> Catalog:
    return Catalog(
        locale=language,
        project="Act-On Integration for Pipeliner CRM",
        version="1",
        header_comment=HEADER,
        creation_date=ALWAYS,
        revision_date=ALWAYS,
        fuzzy=False,
    )


# --- finding texts -------------------------------------------------------------------------------


def found() -> Found:
    """All texts of the code, each of them once for each place."""
    for path in sorted((TOP / "templates").rglob("*.html")):
        yield from in_template(path)
    for folder in ("app", "sync"):
        for path in sorted((TOP / folder).rglob("*.py")):
            if not any(part in AT_THE_SHELL for part in path.relative_to(TOP).parts):
                yield from in_python(path.read_text(encoding="utf-8"))


def in_template(path: Path) -> Found:
    """The texts of a template."""
    options: dict[str, Any] = {"newstyle_gettext": "true", "silent": "false", "trimmed": "true"}
    keywords = ("_", "gettext", "ngettext", "pgettext")
    with path.open("rb") as file:
        for _line, name, message, _comments in babel_extract(file, keywords, (), options):
            yield from _as_found(name or "gettext", message)


def in_python(source: str) -> Found:
    """The texts of a module."""
    errors = error_names()
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call):
            continue
        name = _name(node.func)
        if name in SAYS:
            texts = [text for one in node.args if (text := _constant(one)) is not None]
            yield from _as_found(name, tuple(texts))
        elif name in errors | CARRY:
            for text in _sentences(node):
                yield "gettext", text, None


def error_names() -> frozenset[str]:
    """The names of our errors."""
    tree = ast.parse(ERRORS.read_text(encoding="utf-8"))
    return frozenset(one.name for one in tree.body if isinstance(one, ast.ClassDef))


def _as_found(name: str, message: Any) -> Found:
    kind = SAYS[name]
    texts = (message,) if isinstance(message, str) else tuple(one for one in message if one)
    if kind == "ngettext" and len(texts) >= 2:
        yield kind, (texts[0], texts[1]), None
    elif kind == "pgettext" and len(texts) >= 2:
        yield kind, texts[1], texts[0]
    elif kind == "gettext" and texts:
        yield kind, texts[0], None


def _sentences(call: ast.Call) -> Iterator[str]:
    places = [*call.args[:1], *(one.value for one in call.keywords if one.arg in SENTENCES)]
    for place in places:
        branches = [place.body, place.orelse] if isinstance(place, ast.IfExp) else [place]
        for text in map(_constant, branches):
            if text and FOR_THE_SHELL not in text:
                yield text


def _constant(node: ast.expr) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def _name(function: ast.expr) -> str:
    if isinstance(function, ast.Name):
        return function.id
    return function.attr if isinstance(function, ast.Attribute) else ""


if __name__ == "__main__":
    sys.exit(main())
