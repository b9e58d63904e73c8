"""What a difference between two aligned texts says: the same text edited, or another one.

A copy is cut, lengthened and given another beginning or end by whole clauses; notices of one
template differ *inside* of their clauses, in a number, a name, a place. Two kinds of mistake are
not alike: a reprint that is not found is told apart and shown twice, two notices that are merged
hide one of the two. So whatever cannot be explained as the work of an editor counts as another text.
"""

import re
from enum import IntEnum

from rapidfuzz.distance import Indel

from flows.steps.dedupe.align import Span
from flows.steps.dedupe.skeleton import Skeleton

PASSAGE = 20
"""Letters from which a stretch is a passage, not a slot: names and sums are shorter."""
_LONG = 40
_SENTENCE = 8
_BY_CHANCE = 3
PARALLEL = 0.5
"""Two passages this alike were made from one template; unrelated ones of a kind reach 0.35."""

_NUMERALS = frozenset("-.0123456789〇零二两三四五六七八九十百千万亿")
_NAMING = frozenset("省市县区镇乡村路街巷河湖号第期届次季甲乙丙丁上中下东南西北")
_DENYING = frozenset("不未无非没免副前原拟")
_PARTICLES = frozenset("的了着过在于和与及等也都就还又将已把被地得们个")
_DAY = re.compile(r"[^\W_]{0,4}[0-9]{1,2}月[0-9]{1,2}日?[^\W_]{0,2}")
# How a paper says when and where, in its own town and on the day.
_WHEN = frozenset(
    {"近", "昨", "今", "昨天", "今天", "日前", "近期", "近日", "昨日", "今日", "前天"}
)
_HERE = frozenset({"我", "本", "全", "该"})
_HERE_OF = frozenset("省市县区镇乡村校院局")
_DAMAGE = re.compile(r"[?\ufffd□]")
_RARE_SHARE = 0.2
_WRITER = re.compile(".?(?:记者|通讯员|编辑|作者)")
_AT = frozenset("从在到对向")
_SUBHEAD = re.compile(r"[。!?)”\"]*\(?[一二三四五六七八九十]{1,3}[、)][^,。、;]{2,20}$")
# The hundred commonest family names, and what a body's name ends in.
_SURNAMES = frozenset(
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林罗高梁郑谢宋唐许邓冯韩曹曾彭萧蔡潘田董袁于余叶蒋杜苏魏程吕"
    "丁任沈姚卢姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤"
)
_PLACE = frozenset("省市县区镇乡村路街巷河湖庄组桥局办委所站")
_BODY = re.compile("公司|集团|工厂|中心|医院|学校|小学|中学|学院|银行|协会|合作社")


class Weight(IntEnum):
    """What a difference counts for."""

    FREE = 0
    """An editor's doing: cut, added, rewritten as a whole; or damage."""
    SLIGHT = 1
    """A word less, a wrong character put right: a few of them are an editor's doing, too."""
    REWRITTEN = 2
    """A passage in the place of another, in the midst of a text: no copy, perhaps a quotation."""
    TELLING = 3
    """Another number, name, place or word: another text."""


def weigh(a: Skeleton, b: Skeleton, gap: Span) -> Weight:
    """What one difference between two texts counts for."""
    if _is_a_byline(a, b, gap):
        return Weight.FREE
    if gap.a == gap.a_end:
        return Weight.FREE if _was_lost(a, gap.a) else _one_sided(b, gap.b, gap.b_end)
    if gap.b == gap.b_end:
        return Weight.FREE if _was_lost(b, gap.b) else _one_sided(a, gap.a, gap.a_end)
    return _two_sided(a, b, gap)


def _is_a_byline(a: Skeleton, b: Skeleton, gap: Span) -> bool:
    """Whether a difference at the beginning says who wrote the copy, without brackets around."""
    if max(gap.a_end, gap.b_end) > _LONG:
        return False
    one, other = a.text[gap.a : gap.a_end], b.text[gap.b : gap.b_end]
    if (_NUMERALS | _AT).intersection(one + other):
        return False
    name = max(gap.lengths) <= 4 and _WRITER.fullmatch(a.text[max(0, gap.a - 3) : gap.a])
    paper = gap.a == gap.b == 0 and _WRITER.search(a.text[gap.a_end : gap.a_end + 6])
    return bool(name or paper or _WRITER.search(one + other))


def _was_lost(text: Skeleton, at: int) -> bool:
    """Whether a mark stands where characters may have been lost."""
    return bool(_DAMAGE.search(text.between(at, at)))


def _one_sided(text: Skeleton, start: int, end: int) -> Weight:
    """Something that one text has more than the other."""
    span = text.text[start:end]
    if (
        end - start >= _LONG
        or start == 0
        or end == len(text.text)
        or _whole_clauses(text, start, end)
        or _is_damaged(text, start, end)
        or span in _PARTICLES
    ):
        return Weight.FREE
    around = text.between(start, end)
    if start in text.stops and _SUBHEAD.match(around):
        return Weight.FREE
    doubled = span in {text.text[2 * start - end : start], text.text[end : 2 * end - start]}
    if doubled and not _NUMERALS.intersection(span):
        return Weight.FREE
    if end - start >= PASSAGE and {start, end} & text.pauses and "、" not in around:
        return Weight.FREE  # a line without a full stop: folding has joined it to its neighbour
    telling = "、" in around or (_NUMERALS | _NAMING | _DENYING).intersection(span)
    return Weight.TELLING if telling or _in_a_name(text, start, end) else Weight.SLIGHT


def _in_a_name(text: Skeleton, start: int, end: int) -> bool:
    """Whether a few letters may belong to a name: 王明 and 王小明, 大兴镇 and 大新镇 are two."""
    beside = text.text[max(0, start - 2) : end]
    return (
        bool(_SURNAMES.intersection(beside))
        or bool(_PLACE.intersection(text.text[end : end + 2]))
        or bool(_BODY.search(text.text[end : end + 12]))
    )


def _whole_clauses(text: Skeleton, start: int, end: int) -> bool:
    """Whether a stretch begins and ends where the text pauses, or could be said to.

    In ``A, B, C`` against ``A, C`` what is missing is "B," as much as ", B": where a stretch
    begins as the text behind it goes on, it can be moved.
    """
    letters, pauses = text.text, text.pauses
    shift = 0
    while True:
        if start + shift in pauses and end + shift in pauses:
            return True
        if end + shift >= len(letters) or letters[start + shift] != letters[end + shift]:
            break
        shift += 1
    shift = 0
    while start + shift > 0 and letters[start + shift - 1] == letters[end + shift - 1]:
        shift -= 1
        if start + shift in pauses and end + shift in pauses:
            return True
    return False


def _two_sided(a: Skeleton, b: Skeleton, gap: Span) -> Weight:
    """Something that stands in the place of something else."""
    one, other = a.text[gap.a : gap.a_end], b.text[gap.b : gap.b_end]
    if same_in_other_words(one, other, a.text[gap.a_end : gap.a_end + 1]):
        return Weight.FREE
    if _is_damaged(a, gap.a, gap.a_end) or _is_damaged(b, gap.b, gap.b_end):
        return Weight.FREE
    if len(one) == len(other) == 1 and sound_alike(one, other):
        named = _in_a_name(a, gap.a, gap.a_end) or _in_a_name(b, gap.b, gap.b_end)
        return Weight.TELLING if named else Weight.SLIGHT
    if _parallel(one, other):
        return Weight.TELLING
    if _another_end(a, b, gap):
        return Weight.FREE
    # Where one text begins or ends with a long passage of its own, the other may be quoted in it.
    starts = gap.a == gap.b == 0
    ends = (gap.a_end, gap.b_end) == (len(a.text), len(b.text))
    around_a_quotation = (starts or ends) and max(gap.lengths) >= _LONG
    passages = min(gap.lengths) >= PASSAGE
    return Weight.REWRITTEN if passages or around_a_quotation else Weight.TELLING


def _parallel(one: str, other: str) -> bool:
    """Whether two passages were made from one template."""
    return (
        min(len(one), len(other)) >= PASSAGE and Indel.normalized_similarity(one, other) >= PARALLEL
    )


def _another_end(a: Skeleton, b: Skeleton, gap: Span) -> bool:
    """Whether the texts begin, or end, with sentences of their own: another lead, another tail."""
    few, many = sorted((a.text[gap.a : gap.a_end], b.text[gap.b : gap.b_end]), key=len)
    if len(few) < PASSAGE and _NUMERALS.intersection(few):
        return False
    at_the_start = gap.a == gap.b == 0
    if not at_the_start and (gap.a_end, gap.b_end) != (len(a.text), len(b.text)):
        return False
    at, step = ((gap.a_end, gap.b_end), 1) if at_the_start else ((gap.a, gap.b), -1)
    if len(few) >= PASSAGE or len(many) >= _LONG:
        return _near(a.pauses, b.pauses, at, step)
    # Shorter ones might be the two names of a template, unless they are sentences.
    whole = at_the_start or len(a.text) in a.stops or len(b.text) in b.stops
    return len(many) >= _SENTENCE and whole and _near(a.stops, b.stops, at, step)


def _near(marks: frozenset[int], others: frozenset[int], at: tuple[int, int], step: int) -> bool:
    """Whether both are marked here, or a few letters on: two sentences may end alike by chance."""
    return any(
        at[0] + shift in marks and at[1] + shift in others
        for shift in range(0, step * (_BY_CHANCE + 1), step)
    )


def same_in_other_words(one: str, other: str, following: str) -> bool:
    """Whether one says 昨 or 我 where the other gives the day or the place."""
    for said, meant in ((one, other), (other, one)):
        if said in _WHEN and _DAY.fullmatch(meant):
            return True
        if said in _HERE and following in _HERE_OF and len(meant) <= 4 and not said.isascii():
            return not _NUMERALS.intersection(meant)
    return False


def _is_damaged(text: Skeleton, start: int, end: int) -> bool:
    """Whether characters were lost here: a mark in their place, and rare ones beside it."""
    span = text.text[start:end]
    if "锟斤拷" in span:
        return True
    if not _DAMAGE.search(text.between(start, end)):
        return False
    rare = sum(_index(character) is None for character in span)
    return len(span) <= 1 or rare >= _RARE_SHARE * len(span)


def sound_alike(one: str, other: str) -> bool:
    """Whether two characters are read alike, as those are that typing confuses (帐 and 账).

    The common characters of GB 2312 are ordered by their reading: 16 places hold about two
    syllables. Numerals and words of naming are never a slip.
    """
    if {one, other} & (_NUMERALS | _NAMING | _DENYING):
        return False
    places = (_index(one), _index(other))
    return None not in places and abs((places[0] or 0) - (places[1] or 0)) <= 16


def _index(character: str) -> int | None:
    """The place of a character among the 3755 common ones of GB 2312; None for any other."""
    try:
        code = character.encode("gb2312")
    except UnicodeEncodeError:
        return None
    if len(code) != 2 or not 0xB0 <= code[0] <= 0xD7:
        return None
    return (code[0] - 0xB0) * 94 + code[1] - 0xA1
