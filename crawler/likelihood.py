"""How likely a text is Chinese that somebody wrote, and not bytes that were read wrongly.

`common_han.txt` has the 1,000 commonest Han characters by the word frequencies of jieba's dictionary
(87% of all running text), and in its second line the traditional forms of those that have another.
Characters that a wrong charset makes of Chinese bytes are drawn from all of GBK's 21,000, so that
about one in twenty is common; of what people write nearly all are.
"""

from functools import cache
from importlib.resources import files
from itertools import repeat

_ASCII = bytes(range(128))
_PUNCTUATION = "，。、；：？！“”‘’（）《》〈〉【】〔〕「」『』·…—　～％＋－／０１２３４５６７８９"
_USUAL = 0.5
"""Of a mark, or a character of the everyday ranks of GB 2312 or Big5, against a common one's 1."""
_NEVER = -1.0
"""Of what no text has: private use, controls, the replacement character."""
_SAMPLE = 3000


def likelihood(text: str) -> float:
    """The mean weight of a text's characters beyond ASCII: near 0.9 where it is Chinese, below 0.3
    where it was read in a wrong charset; 0 where there are none."""
    characters = beyond_ascii(text)
    sample = characters[:: len(characters) // _SAMPLE + 1]
    weights = map(_weights().get, sample, repeat(0.0))
    return sum(weights) / len(sample) if sample else 0.0


def weight(character: str) -> float:
    """What one character weighs: 1 for a common one, -1 for what no text has."""
    return _weights().get(character, 0.0)


def beyond_ascii(text: str) -> str:
    """A text's characters beyond ASCII, in order; by way of bytes, which is ten times as fast."""
    return beyond_ascii_of(text.encode("utf-8", "surrogatepass"))


def beyond_ascii_of(utf8: bytes) -> str:
    """The same of a text in UTF-8."""
    return utf8.translate(None, _ASCII).decode("utf-8", "replace")


@cache
def _weights() -> dict[str, float]:
    common = (files("crawler") / "common_han.txt").read_text("utf-8")
    never = [*range(0x80, 0xA0), *range(0xE000, 0xF900), 0xFFFD]
    return (
        dict.fromkeys(map(chr, never), _NEVER)
        | dict.fromkeys(_everyday("gb2312", 0xB0, 0xD7), _USUAL)
        | dict.fromkeys(_everyday("big5", 0xA4, 0xC6), _USUAL)
        | dict.fromkeys(_PUNCTUATION, _USUAL)
        | dict.fromkeys(common.replace("\n", ""), 1.0)
    )


def _everyday(charset: str, first: int, last: int) -> str:
    """The characters that a standard ranks as everyday ones: its rows from one lead byte to another."""
    pairs = (bytes([lead, trail]) for lead in range(first, last + 1) for trail in range(0x40, 0xFF))
    return "".join(pair.decode(charset, "ignore") for pair in pairs)
