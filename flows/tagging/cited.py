"""What a text cites: documents by number, laws and plans in 《》, named programmes and meetings."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterator

from flows.tagging.gazetteer import Gazetteer
from flows.tagging.mentions import Mentions
from flows.tagging.records import EVIDENCE, Tag, Text, by_score
from storage.citations import find_numbers, number_of

# A long list of regulations is no reason to keep every one of them.
_MOST = 30
# What runs into a number from the sentence before: 根据宿政发〔2024〕12号.
_BEFORE_NUMBER = re.compile(
    r".*(?:根据|按照|依据|依照|遵照|印发|转发|废止|执行|落实|贯彻|参照|文件|原|的|和|及|与|以|由|在|对)"
)
# The city's, the province's and the country's papers begin so: 宿政发, 苏政办发, 国办发.
_ISSUER = re.compile(r"(?<!江)(?:[宿苏沭泗国]|中办|财[^政]|建|教|科|农|环|人社)")
# 《条例》 alone is short for one that the text has named in full.
_POLICY = re.compile(
    r"《([^《》\n]{2,60}?(?:法|条例|办法|规定|规则|细则|准则|意见|方案|规划|纲要|计划|措施|通知|公告"
    r"|通告|决定|决议|标准|规范|指南|目录|政策|解释|制度)(?:[（(][^《》\n（）()]{1,20}[）)])?)》"
)
_KINDS = "行动|计划|工程|战略|专项|产业体系|大赛|活动|品牌"
_PROGRAMME = re.compile(
    rf"“([^“”，。；：！？、\n]{{2,20}})”((?:(?![等的和与]|犯罪|违法|非法)[\u4e00-\u9fff]){{0,4}}?(?:{_KINDS}))?"
)
# Possessive: a text of nothing but 、 would be cut up in every way that there is.
_LISTED = re.compile(rf"(?:、(?:(?!等(?:{_KINDS}))[^，。；、\n]){{1,25}}+){{0,12}}+等(?:{_KINDS})")
_ENDS_AS_ONE = re.compile(rf".{{1,10}}(?:{_KINDS})")
_ORDINAL = "[一二三四五六七八九十]{1,3}"
_SESSION = re.compile(
    rf"{_ORDINAL}届(?:{_ORDINAL}次(?:全会|全体（扩大）会议|全体会议|会议)|{_ORDINAL}中全会)"
)
_MEETING = re.compile(
    r"全[市县区省国][\u4e00-\u9fff]{2,20}?(?:(?<!代表)大会|(?:工作|电视电话|座谈|推进|现场|动员|部署|现场推进)会议?)"
    r"(?!议?(?:堂|场|室|员))"
)
_Found = tuple[str, str, int, int]
"""Value, label, start, end."""


def tag_cited(text: Text, mentions: Mentions, gazetteer: Gazetteer) -> list[Tag]:
    """All citations, kind by kind."""
    finders: dict[str, Callable[[], Iterator[_Found]]] = {
        "document": lambda: _documents(text.whole),
        "policy": lambda: _policies(text.whole),
        "programme": lambda: _programmes(text.whole),
        "meeting": lambda: _meetings(text.whole, mentions, gazetteer),
    }
    return [tag for kind, find in finders.items() for tag in _tags(kind, text, find())]


def _tags(kind: str, text: Text, found: Iterator[_Found]) -> list[Tag]:
    labels: dict[str, str] = {}
    spans: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for value, label, start, end in found:
        labels.setdefault(value, label)
        spans[value].append((start, end))
    tags = (
        Tag(
            kind,
            value,
            labels[value],
            sum(text.weight(start) for start, _ in some),
            tuple(text.evidence(*span, kind) for span in some[:EVIDENCE]),
        )
        for value, some in spans.items()
    )
    return by_score(tags)[:_MOST]


def _documents(text: str) -> Iterator[_Found]:
    for found in find_numbers(text):
        lead = _BEFORE_NUMBER.match(found.code)
        start = lead.end() if lead else 0
        issuer = _ISSUER.search(found.code, start)
        start = issuer.start() if issuer else start
        if len(found.code) - start >= 2:
            value = number_of(found.code[start:], found.year, found.number)
            yield value, value, found.start + start, found.end


def _policies(text: str) -> Iterator[_Found]:
    """Laws, plans and other papers, not newspapers and songs."""
    for match in _POLICY.finditer(text):
        yield match[1], match[0], match.start(), match.end()


def _programmes(text: str) -> Iterator[_Found]:
    """“百企升级”计划, “深耕行动”, and what a list says the kind of: “校园宿迁日”等活动."""
    for match in _PROGRAMME.finditer(text):
        name, kind = match.groups()
        if kind or _ENDS_AS_ONE.fullmatch(name) or _LISTED.match(text, match.end()):
            yield name + (kind or ""), match[0], match.start(), match.end()


def _meetings(text: str, mentions: Mentions, gazetteer: Gazetteer) -> Iterator[_Found]:
    """Sessions with the body that met, and meetings of all the city or county."""
    for match in _SESSION.finditer(text):
        start, name = match.start(), match[0]
        body = mentions.by_end.get(start)
        if body and body.kind == "organisation":
            start, name = body.start, gazetteer.body(body.id).label + name
        elif name.endswith("中全会"):
            name = f"党的{name}"
        yield name, name, start, match.end()
    for match in _MEETING.finditer(text):
        yield match[0], match[0], match.start(), match.end()
