"""Which language a text is in, as a BCP 47 tag; the same answer on every machine."""

import re
from functools import cache

from opencc import OpenCC

_HAN = re.compile(r"[\u3400-\u9fff]")
_KANA_OR_HANGUL = re.compile(r"[\u3040-\u30ff\uac00-\ud7af]")
_LETTER = re.compile(r"[^\W\d_]")
_MOSTLY = 0.5
# Beyond this the answer doesn't change, the time does.
_PREFIX = 2000
# More than this share of characters that only one script has decides between the two.
_SCRIPT_SHARE = 0.02


def language(text: str) -> str:
    """``zh-Hans``, ``zh-Hant``, ``en`` …; ``und`` where there is nothing to tell by.

    Text that is mostly Han without kana or hangul is Chinese by rule: langdetect takes short
    Chinese titles for Korean.
    """
    text = text[:_PREFIX]
    letters = len(_LETTER.findall(text))
    if not letters:
        return "und"
    han = _HAN.findall(text)
    if len(han) >= _MOSTLY * letters and len(_KANA_OR_HANGUL.findall(text)) < 0.05 * letters:
        return _script("".join(han))
    detected = _detected(text)
    return _script("".join(han)) if detected.startswith("zh") else detected


def _script(han: str) -> str:
    """Whether more characters are such as only traditional script has, or only simplified."""
    traditional = sum(a != b for a, b in zip(han, _converter("t2s").convert(han), strict=False))
    simplified = sum(a != b for a, b in zip(han, _converter("s2t").convert(han), strict=False))
    return (
        "zh-Hant"
        if traditional > simplified and traditional > _SCRIPT_SHARE * len(han)
        else "zh-Hans"
    )


@cache
def _converter(name: str) -> OpenCC:
    return OpenCC(name)


def _detected(text: str) -> str:
    from langdetect import DetectorFactory, LangDetectException, detect

    DetectorFactory.seed = 0
    try:
        return str(detect(text))
    except LangDetectException:
        return "und"
