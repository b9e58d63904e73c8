"""Which language a text is in, as a BCP 47 tag; the same answer on every machine."""

import re
from functools import cache
from operator import ne

from opencc import OpenCC

_HAN = re.compile(r"[\u3400-\u9fff]")
_KANA_OR_HANGUL = re.compile(r"[\u3040-\u30ff\uac00-\ud7af]")
# A Han character says about as much as a word: 新iPhone 11发布 is Chinese, however many letters
# its product has.
_WORD = re.compile(r"[^\W\d_\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]+")
_MOSTLY = 0.5
# Beyond this the answer doesn't change, the time does.
_PREFIX = 1000
# More than this share of characters that only one script has decides between the two.
_SCRIPT_SHARE = 0.02
# Of less, langdetect makes Finnish of "Hello" and Vietnamese of "Q3 GDP". The one foreign language
# that the city's sites have headlines in is English.
_SHORT_WORDS = 5
_SURE = 0.8


def language(text: str) -> str:
    """``zh-Hans``, ``zh-Hant``, ``en`` …; ``und`` where there is nothing to tell by.

    Text that is mostly Han without kana or hangul is Chinese by rule: langdetect takes short
    Chinese titles for Korean.
    """
    text = text[:_PREFIX]
    han, words = _HAN.findall(text), _WORD.findall(text)
    others = len(_KANA_OR_HANGUL.findall(text))
    units = len(han) + len(words) + others
    if not units:
        return "und"
    if len(han) >= _MOSTLY * units and others < 0.05 * units:
        return _script("".join(han))
    if units == len(words) < _SHORT_WORDS and text.isascii():
        return "en"
    detected = _detected(text)
    return _script("".join(han)) if detected.startswith("zh") else detected


def _script(han: str) -> str:
    """Whether more characters are such as only traditional script has, or only simplified."""
    traditional = _differing(han, "t2s")
    # The other way takes ten times as long.
    if traditional <= _SCRIPT_SHARE * len(han) or traditional <= _differing(han, "s2t"):
        return "zh-Hans"
    return "zh-Hant"


def _differing(han: str, conversion: str) -> int:
    """How many characters of a text become others."""
    return sum(map(ne, han, _converter(conversion).convert(han)))


@cache
def _converter(name: str) -> OpenCC:
    return OpenCC(name)


def _detected(text: str) -> str:
    from langdetect import DetectorFactory, LangDetectException, detect_langs

    DetectorFactory.seed = 0
    try:
        best = detect_langs(text)[0]
    except LangDetectException:
        return "und"
    return str(best.lang) if best.prob >= _SURE else "und"
