"""The catalogues: every text of the pages by its key, in Chinese and in English.

A text is plain, with `{name}` where a value goes; there is no HTML in it. A key that no catalogue has stops the page,
so that nobody ever reads a key: tests/web/test_texts.py finds each of them first.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, NewType

from babel import Locale
from babel.messages.pofile import read_po
from markupsafe import Markup, escape

from kit.errors import EN, ZH

LANGUAGES = (ZH, EN)
FOLDER = Path(__file__).parent.parent / "texts"

Key = NewType("Key", str)
"""A key that Python hands to a template; written out, so that the test of the catalogues finds it."""


class TextUnknown(LookupError):
    """A page asks for a text that the catalogue does not have."""


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The texts of one language."""

    language: str
    locale: Locale
    texts: Mapping[str, tuple[str, ...]]
    """By key: the text, or its forms for one and for more."""

    def text(self, key: str, **values: Any) -> str:
        """A text as plain text, for titles, messages and files."""
        return self._forms(key)[0].format_map(values)

    def plural(self, key: str, number: int, **values: Any) -> str:
        """A text that counts something, as plain text; `{n}` is the number."""
        return self._form(key, number).format_map({"n": f"{number:,}", **values})

    def markup(self, key: str, **values: Any) -> Markup:
        """A text for a template, everything in it escaped."""
        return Markup(escape(self._forms(key)[0])).format(**values)  # noqa: S704 - escaped just here

    def plural_markup(self, key: str, number: int, **values: Any) -> Markup:
        """A text that counts something, for a template."""
        return Markup(escape(self._form(key, number))).format(**{"n": f"{number:,}", **values})  # noqa: S704 - the same

    def below(self, prefix: str) -> list[str]:
        """What stands behind a prefix in the keys that begin with it, in order."""
        return sorted(key.removeprefix(prefix) for key in self.texts if key.startswith(prefix))

    def _form(self, key: str, number: int) -> str:
        forms = self._forms(key)
        return forms[0] if self.locale.plural_form(number) == "one" else forms[-1]

    def _forms(self, key: str) -> tuple[str, ...]:
        try:
            return self.texts[key]
        except KeyError:
            raise TextUnknown(key) from None


@cache
def catalogue(language: str) -> Catalogue:
    """The catalogue of a language, read once a process."""
    with (FOLDER / f"{language}.po").open("rb") as file:
        read = read_po(file, locale=language.replace("-", "_"), abort_invalid=True)
    texts: dict[str, tuple[str, ...]] = {}
    for message in read:
        if message.id:
            key = message.id if isinstance(message.id, str) else message.id[0]
            texts[key] = (message.string,) if isinstance(message.string, str) else tuple(message.string or ())
    return Catalogue(language, Locale.parse(language, sep="-"), texts)
