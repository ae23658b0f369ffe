"""The catalogues hold every text of the code, translated; templates hold no text beside them."""

import re
from collections.abc import Iterator
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from types import ModuleType

import pytest
from babel.messages import Catalog, Message
from babel.messages.mofile import read_mo
from jinja2 import Environment, nodes

from sync.languages import ENGLISH, FOLDER, LANGUAGES
from tests.pure.test_dependencies import script

OTHERS = sorted(set(LANGUAGES) - {ENGLISH})
TEMPLATES = sorted((Path(__file__).parents[2] / "templates").rglob("*.html"))
PLACEHOLDER = re.compile(r"%\(\w+\)[sr]|%%|\{\w+\}")
TAG = re.compile(r"<[^>]+>|&(?!amp;)\w+;")
# Names that are the same in every language.
NAMES = ("Act-On Integration for Pipeliner CRM", "Act-On Integration", "Act-On", "Pipeliner")
# What stands in expressions of templates for machines: words of HTML and of addresses, the kinds of
# records.
NOT_SAID = re.compile(r"""[a-z0-9_./:*#–-]*|\s+[a-z=_-]+|\W*|.*="?\w+"?|[%HM:]+|Lead|Contact""")


@cache
def extraction() -> ModuleType:
    return script("languages")


@cache
def texts() -> frozenset[tuple[str, str | tuple[str, str], str | None]]:
    return frozenset(extraction().found())


@cache
def catalogue(language: str) -> Catalog:
    return extraction().read_catalogue(language)


def messages(language: str) -> Iterator[Message]:
    return (one for one in catalogue(language) if one.id)


def pairs(message: Message) -> Iterator[tuple[str, str]]:
    """Each form in English with that of the language."""
    if isinstance(message.id, str):
        yield message.id, message.string
        return
    for place, text in enumerate(message.string):
        yield message.id[min(place, 1)], text


@pytest.mark.parametrize("language", OTHERS)
def test_a_catalogue_has_the_texts_of_the_code_and_no_others(language: str) -> None:
    """Else: ./run languages, and translate what is new."""
    there = {(one.id, one.context) for one in messages(language)}
    assert there == {(message, context) for _, message, context in texts()}


@pytest.mark.parametrize("language", OTHERS)
def test_everything_is_translated_and_nothing_is_guessed(language: str) -> None:
    assert extraction().untranslated(catalogue(language)) == []
    for one in messages(language):
        forms = one.string if one.pluralizable else (one.string,)
        assert len(forms) == (catalogue(language).num_plurals if one.pluralizable else 1), one.id


@pytest.mark.parametrize("language", OTHERS)
def test_a_translation_has_the_same_values_and_the_same_markup(language: str) -> None:
    for one in messages(language):
        for english, text in pairs(one):
            for parts in (PLACEHOLDER, TAG):
                assert sorted({*parts.findall(text)}) == sorted({*parts.findall(english)}), text


@pytest.mark.parametrize("language", OTHERS)
def test_a_translation_breaks_out_of_no_attribute_and_ends_as_the_english_does(
    language: str,
) -> None:
    for one in messages(language):
        for english, text in pairs(one):
            outside = TAG.sub("", text)
            assert '"' not in outside, text
            assert text == text.strip(), text
            assert (text[-1] in ".?!") == (english[-1] in ".?!"), text


@pytest.mark.parametrize("language", OTHERS)
def test_what_is_read_at_run_time_is_what_is_edited(language: str) -> None:
    """Else: ./run languages."""
    with (FOLDER / language / "LC_MESSAGES/messages.mo").open("rb") as file:
        compiled = {_as_one(one) for one in read_mo(file) if one.id}
    assert compiled == {_as_one(one) for one in messages(language)}


def _as_one(message: Message) -> tuple[str | None, tuple[str, ...], tuple[str, ...]]:
    context = message.context  # which the reader of compiled files gives as bytes
    context = context.decode() if isinstance(context, bytes) else context
    return context, _plain(message.id), _plain(message.string)


def _plain(text: str | tuple[str, ...] | list[str]) -> tuple[str, ...]:
    return (text,) if isinstance(text, str) else tuple(text)


@pytest.mark.parametrize("language", OTHERS)
def test_the_files_are_as_the_command_writes_them(language: str) -> None:
    """Sorted, without places and dates, so that a change shows what was changed."""
    written = extraction().as_po(extraction().updated(language))
    assert (FOLDER / language / "LC_MESSAGES/messages.po").read_bytes() == written


def test_texts_are_found_in_python_in_templates_and_in_errors(tmp_path: Path) -> None:
    code = """
raise NotFound("There is none.", hint="Look elsewhere." if x else "Ask.")
lazy_gettext("Hello %(name)s", name=name)
said = f"{ngettext('%(num)s bird', '%(num)s birds', number)}"
pgettext("sky", "Open")
raise ValueError("not for people")
raise NotFound("Gone.", hint="See: python -m sync runs")
"""
    assert {message for _, message, _ in extraction().in_python(code)} == {
        *("There is none.", "Look elsewhere.", "Ask.", "Hello %(name)s", "Open", "Gone."),
        ("%(num)s bird", "%(num)s birds"),
    }
    page = tmp_path / "page.html"
    page.write_text("""{{ _("One") }}{% trans %}Two{% endtrans %}{{ pgettext("a", "Three") }}""")
    assert [(message, context) for _, message, context in extraction().in_template(page)] == [
        ("One", None),
        ("Two", None),
        ("Three", "a"),
    ]


# --- templates -----------------------------------------------------------------------------------


class _Texts(HTMLParser):
    """What of a template people read that stands there as it is."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._skipped = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._skipped += tag in ("script", "style", "code", "svg")
        for name, value in attrs:
            if name in ("aria-label", "placeholder", "title", "alt") and value:
                self.found.append(value)

    def handle_endtag(self, tag: str) -> None:
        self._skipped -= tag in ("script", "style", "code", "svg")

    def handle_data(self, data: str) -> None:
        if not self._skipped:
            self.found.append(data)


def said_in(source: str) -> list[str]:
    """The words of a template outside of `_`, `gettext`, `ngettext` and `pgettext`."""
    parts = re.split(r"(\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\})", source, flags=re.DOTALL)
    reader = _Texts()
    reader.feed("".join(parts[::2]))
    found = [one for text in reader.found if (one := _without_names(text))]
    spoken = (text for text in _constants(source) if not NOT_SAID.fullmatch(text))
    return found + [text for text in spoken if _without_names(text)]


def _without_names(text: str) -> str:
    for name in NAMES:
        text = text.replace(name, "")
    # An address is an example everywhere.
    text = re.sub(r"https?://\S+|&\w+;", "", text)
    return text.strip() if re.search("[A-Za-z]{2}", text) else ""


def _constants(source: str) -> Iterator[str]:
    """The texts in the expressions of a template that are given to nobody to translate."""
    tree = Environment(extensions=["jinja2.ext.i18n"], autoescape=True).parse(source)
    given = {
        id(text)
        for call in tree.find_all(nodes.Call)
        if isinstance(call.node, nodes.Name)
        and call.node.name in ("_", "gettext", "ngettext", "pgettext", "icon", "url_for")
        for text in call.find_all(nodes.Const)
    }
    for text in tree.find_all(nodes.Const):
        if isinstance(text.value, str) and id(text) not in given:
            yield text.value


# What a hint of ours begins with; a field of ours in a drawing; an icon; composed attributes.
ALLOWED = ("Press Mend", "Score", "data:image", "every 2s", "every 5s", "aria-describedby=")


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_a_template_says_nothing_that_is_not_given_to_be_translated(path: Path) -> None:
    found = said_in(path.read_text(encoding="utf-8"))
    assert [one for one in found if not one.startswith(ALLOWED)] == []


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_a_template_translates_what_stands_there_and_no_value(path: Path) -> None:
    """What `_` is given is markup; what may come from somebody goes through `translated`."""
    tree = Environment(extensions=["jinja2.ext.i18n"], autoescape=True).parse(
        path.read_text(encoding="utf-8")
    )
    for call in tree.find_all(nodes.Call):
        if isinstance(call.node, nodes.Name) and call.node.name in ("_", "gettext", "ngettext"):
            texts = call.args[: 2 if call.node.name == "ngettext" else 1]
            assert all(isinstance(one, nodes.Const) for one in texts), path


def test_a_bare_text_in_a_template_is_noticed() -> None:
    assert said_in('<p>{{ _("Said") }} and {{ x }} more</p>') == ["and  more"]
    assert said_in('<a title="Read on">{{ "Next page" if x else "" }}</a>') == [
        "Read on",
        "Next page",
    ]
