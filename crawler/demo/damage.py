"""Breaks a text as mirror sites have broken real ones, so that the undamaged text is known.

Three steps, in this order: full-width punctuation is narrowed; before some fullstops one byte of
the GBK text is lost, so that the bytes behind it pair up wrongly until the next ASCII character;
simplified characters become traditional one by one, and pinyin is put behind some of them.
"""

import unicodedata
from random import Random

from opencc import OpenCC

_PINYIN = {
    "創": "chuàng", "發": "fā", "質": "zhì", "產": "chǎn", "調": "diào", "驅": "qū", "設": "shè",
    "統": "tǒng", "關": "guān", "優": "yōu", "經": "jīng", "術": "shù", "區": "qū", "學": "xué",
    "習": "xí", "構": "gòu", "務": "wù", "轉": "zhuǎn", "據": "jù", "導": "dǎo", "徹": "chè",
}  # fmt: skip
_NARROWED = "，：；！？（）"


def damage(text: str, random: Random) -> str:
    """The text as a mirror site would have served it."""
    narrowed = "".join(unicodedata.normalize("NFKC", c) if c in _NARROWED else c for c in text)
    shifted = "".join(_shift(line, random) for line in narrowed.splitlines(keepends=True))
    converter = OpenCC("s2t")
    traditional = (converter.convert(character) for character in shifted)
    return "".join(f"{c}({_PINYIN[c]})" if c in _PINYIN else c for c in traditional)


def _shift(line: str, random: Random) -> str:
    """Lose a byte before one full-width mark of a line, if it has one."""
    marks = [at for at, character in enumerate(line) if character in "。“”"]
    if not marks or random.random() < 0.5:
        return line
    start = random.choice(marks)
    end = next((at for at in range(start, len(line)) if line[at].isascii()), len(line))
    broken = line[start:end].encode("gb18030")[1:].decode("gb18030", errors="replace")
    return f"{line[:start]}?{broken.replace(chr(0xFFFD), '?')}{line[end:]}"
