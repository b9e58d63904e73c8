"""Chinese or English: what a reader asked for, and the words of the pages in it.

The templates are written in Chinese; `locale/en.po` holds the English of every message, in the
format that gettext and all editors of translations know. Babel reads it at the start, so that no
compiled file has to be kept beside it.
"""

from collections.abc import Iterator, Mapping
from functools import cache
from io import BytesIO
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations

LANGUAGES: Mapping[str, str] = {"zh": "zh-CN", "en": "en"}
"""What ``?lang=`` and the cookie say, and the tag of the language for ``<html lang>``."""
DEFAULT = "zh"
COOKIE = "lang"
COOKIE_SECONDS = 365 * 24 * 3600
_LOCALE = Path(__file__).parents[1] / "locale"


def choose(asked: str | None, cookie: str | None, accepted: str) -> str:
    """The language of an answer: as asked for in the address, else as remembered, else the first
    in the browser's list that the pages speak, else Chinese."""
    for wanted in (asked, cookie, *_preferred(accepted)):
        if wanted is not None and wanted in LANGUAGES:
            return wanted
    return DEFAULT


def _preferred(header: str) -> Iterator[str]:
    """The primary languages of an ``Accept-Language``, the dearest first."""
    weighed = []
    for entry in header.split(","):
        tag, _, parameters = entry.partition(";")
        weighed.append((_weight(parameters), tag.strip().lower().partition("-")[0]))
    yield from (tag for weight, tag in sorted(weighed, key=lambda one: -one[0]) if weight > 0)


def _weight(parameters: str) -> float:
    name, _, value = parameters.strip().partition("=")
    try:
        return float(value) if name.strip() == "q" else 1.0
    except ValueError:
        return 0.0


@cache
def translations(language: str) -> NullTranslations:
    """The messages of a language; those of Chinese stand in the templates."""
    if language == DEFAULT:
        return NullTranslations()
    with (_LOCALE / f"{language}.po").open("rb") as file:
        catalogue = read_po(file, locale=language)
    compiled = BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return Translations(compiled)
