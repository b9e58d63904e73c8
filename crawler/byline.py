"""Bylines without labels: ``2019-05-17 · 苏皖城市报道``, ``石佳/中国青年报``, ``聯合報 記者林宸誼``.

The pieces of text that stand beside the date are the publisher's or the writer's name once dates,
counters, buttons and crumbs are taken out; which of the two is told by how names are made.
"""

import re
from collections.abc import Iterator

from crawler.blocks import Block
from crawler.dates import WHEN
from crawler.document import Document, is_prose
from crawler.labels import Found, has_label, is_label, without_label

# What names of publishers end in or hold.
_PUBLISHER = re.compile(
    r"(?:报|報|社|网|網|台|臺|刊|在线|频道|新闻|新聞|传媒|媒体|电视|广播|日报|观察|视线|杂志|出版|中心|局|委|办|部|厅|院|政府|"
    r"公司|集团|协会|学会|大学|银行|法院|检察院|公安|消防|发布|时报|财经|资讯|报道|办事处|街道|乡|镇|区|县|市|号|人文|文化)$|"
    r"(?:日报|晚报|新闻|网|电视台|客户端|公众号|融媒|微信|微博)"
)
_SURNAMES = frozenset(
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石廖"
    "贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤常温康施文牛樊葛邢安齐易乔伍庞颜倪庄聂章鲁岳翟殷詹申"
    "欧耿关兰焦俞左柳甘祝包宁尚符舒阮柯纪梅童凌毕单季裴霍涂成苗谷盛曲翁冉骆蓝路游辛靳張劉陳楊黃趙吳孫馬羅鄭謝許韓馮鄧"
)
_NO_NAME = re.compile(
    r"^(?:原创|转载|正文|首页|主页|当前位置.*|您(?:的)?(?:当前|现在)?(?:的)?位置.*|字号|字体|大|中|小|A[+-]?|打印|关闭|分享.*|评论.*|收藏|举报|"
    r"阅读.*|浏览.*|点击.*|点赞.*|关注|订阅|企鹅号|头条号|百家号|网易号|搜狐号|参与.*|跟贴.*|听新闻|语音.*|繁体.*|简体.*|手机.*|"
    r"扫.*|微信|微博|QQ.*|返回.*|上一.*|下一.*|更多.*|责任.*|编辑.*|标签.*|来源|來源|作者|记者|時間|时间|我要.*|有话.*|来自|via|by|"
    r".*(?:发言人|主任|局长|书记|主席|教授).*|.{0,8}(?:日期|时间|分类|名称|文号)|"
    r"北京时间|星期.|周[一二三四五六日天]|第?\d*版.*|第\d+期|上午|下午|今天|昨天|发表于?|发布于?|编译|专题.*|\W+|[\d\s.,:+%]+(?:次|人|条|阅读|评论|浏览)?)$",
    re.IGNORECASE,
)
_SPLIT = re.compile(
    r"\s{2,}|\s*星期[一二三四五六日天]\s*|\s*第?\d+版\s*|[|｜丨·•/／()（）\[\]【】>＞»\n\t\xa0\u3000]+|\s+-+\s+"
)
_REPORTER = re.compile(
    r"^(.{0,16}?)\s*+(?:(?:全媒体|首席|见习|本报|本网|特约|通讯)?(?:记者|記者)|通讯员|(?<![\u4e00-\u9fff])(?:作者|撰文|文)(?=\s*[:：]))"
    r"\s*+[:：]?\s*+([\u4e00-\u9fff·、 ]{2,20})?$"
)
_LENGTH = range(2, 25)


def byline(document: Document) -> Iterator[tuple[str, Found]]:
    """(``origin`` or ``author``, value) of the names beside the date, the nearest first."""
    blocks = document.head
    for number in range(len(blocks) - 1, -1, -1):
        if len(blocks[number].text) <= 120 and WHEN.search(blocks[number].text):
            for near in (number, number - 1, number + 1):
                if 0 <= near < len(blocks) and (near == number or _beside(blocks, near, number)):
                    yield from _names(blocks[near])


def _beside(blocks: list[Block], near: int, dated: int) -> bool:
    """Whether two neighbouring blocks stand in one element that holds little else."""
    one, other = blocks[near].element.getparent(), blocks[dated].element.getparent()
    if one is None or other is None or is_prose(blocks[near].text):
        return False
    closely = one is other or one.getparent() is other or other.getparent() is one
    return closely and blocks[near].element.tag not in {"h1", "h2", "h3"}


def _names(block: Block) -> Iterator[tuple[str, Found]]:
    if has_label(block.text) or len(block.text) > 120:
        return
    for piece in block.pieces:
        for part in _SPLIT.split(WHEN.sub("  ", piece.text)):
            yield from _named(part.strip(" ,，;；。:：-—_"))


def _named(part: str) -> Iterator[tuple[str, Found]]:
    match = _REPORTER.match(part)
    if match:
        outlet, reporter = match.groups()
        if outlet and len(outlet) in _LENGTH:
            yield "origin", Found(outlet.strip(), "byline")
        if reporter:
            yield "author", Found(reporter.strip(), "byline")
        return
    if len(part) not in _LENGTH or _NO_NAME.match(part) or is_label(part):
        return
    if re.search("[，。！？；：,!?;“”《》]", part) or not re.search("[\u4e00-\u9fffA-Za-z]", part):
        return
    yield ("author" if _is_person(part) else "origin"), Found(without_label(part), "byline")


def _is_person(name: str) -> bool:
    names = name.split()
    return all(
        2 <= len(one) <= 3 and one[0] in _SURNAMES and not _PUBLISHER.search(one) for one in names
    )
