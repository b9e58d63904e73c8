"""The text of an article: which blocks of its element are the article's own, and how they read."""

import re
from collections.abc import Iterable, Sequence
from itertools import groupby
from urllib.parse import urljoin

import nh3
from lxml import etree
from lxml.etree import _Element as Element

from crawler.blocks import Block, han_length
from crawler.dates import WHEN
from crawler.document import Document, is_prose
from crawler.labels import has_label
from crawler.titles import folded

# Lines that are the page's furniture, not the article's; only whole short lines are taken away.
_FURNITURE = re.compile(
    r"^[\s【\[（(<《|]*(?:[\d\s|<>«»‹›…]*(?:首页|上一?页|下一?页|尾页|末页)|原标题|原题|您的浏览器.{0,24}|点击进入(?:专题|下一页).{0,20}|分享(?:到|至)?|打印(?:本页|页面|此页)?|关闭(?:本页|页面|窗口|此页)?|收藏|返回(?:顶部|列表|首页)?|TOP|字号|字体|调整字体|"
    r"扫(?:一扫|码|描).{0,24}|浏览(?:次数|量)?|阅读(?:次数|量|原文|全文)?|点击(?:数|率|量)?|访问(?:次数|量)|(?:网络|本文|执行|值班|责任)?编辑|责编|校对|校核|审签|审核|"
    r"上一篇|下一篇|上一条|下一条|上一页|下一页|相关(?:信息|阅读|链接|新闻|文章|报道|专题|解读)|延伸阅读|推荐阅读|热门推荐|猜你喜欢|为您推荐|大家都在看|"
    r"更多(?:新闻|精彩|内容|资讯).{0,20}|我要(?:评论|纠错|投稿)|网友评论|最新评论|发表评论|已有\d*条?评论|打开APP.{0,12}|"
    r"来源|來源|信息来源|文章来源|(?:版权|免责|特别)声明|声明|标签|关键词|语音播报|听新闻|微信扫.{0,20}|关注.{0,12}(?:公众号|微信|微博)|"
    r"手机(?:看新闻|扫一扫|浏览).{0,12}|用微信.{0,20}|点赞|举报|纠错|订阅|"
    r"(?:初审|复审|终审|一审|二审|三审|编审|监制|值班主任|值班编委)|END|完)"
    r"(?:[\s】\]）)>》:：|｜/].{0,60})?[】\]）)>》|\s]*$",
    re.IGNORECASE,
)
_EDITOR = re.compile(r"(?:责任编辑|责编|責任編輯)\s*[：:\s]")
# What is appended to the last sentence of a paragraph.
_APPENDED = re.compile(
    r"(?<=[。！？”…）])\s*(?:返回.{0,8}?[,，]?\s*查看更多|查看(?:更多|原文|全文)|阅读(?:原文|全文)|[（(\[【]?\s*(?:责任编辑|责编)\s*[：:].{0,14})\s*$"
)
_DISCLAIMER = re.compile(
    r"(?:版权归|版权所有|转载请注明|未经.{0,12}(?:授权|许可|同意).{0,12}(?:不得|禁止|严禁)|仅代表作者(?:本人|个人)?观点|不代表本(?:网|站|平台)|如有侵权|"
    r"本(?:网|站)(?:转载|刊登|发布).{0,30}(?:目的|观点)|违法(?:和|与)?不良信息举报|ICP备|公网安备|许可证(?:编号|号)?[:：]|"
    r"请(?:在\d+日内)?(?:与|跟)?(?:我们|本网|本站).{0,6}联系(?:删除|处理))"
)
_NOISE = re.compile(
    r"(?:^|[-_ ])(?:share|bdshare\w*|bshare|social|related?|relevant|recommend\w*|copyright|comments?|ewm|qr-?code|erweima|wx-?code|tools?|toolbar|print\w*|"
    r"pager|pagination|page-?nav|fenye|statement|disclaimer|mianze|editors?|prev|next|prenext|pre-next|subscribe|follow|advert\w*|ads?|adbox|"
    r"xgxx|xgyd|xgwz|xgnews|fenxiang|dayin|tags?|hot-?news|breadcrumbs?|crumbs?|read-?count|views?|like|praise|feedback|jiucuo|voice|audio-?\w*)(?:$|[-_ ])",
    re.IGNORECASE,
)
_SIGNATURE = re.compile(
    r"^(?:\S{2,30}(?:办公室|局|政府|委员会|委|部|厅|院|中心|公司|协会|大队|支队|法院|检察院|银行|学校|大学|集团|[处科室])|附件.*|抄送.*|（此件.*|联系人.*|联系电话.*|电话.*|特此.*)$"
)
_LEAD = 8
_LONG = 60
_LONG_CELL = 300
_MOSTLY_LINK = 2
_TOLERATED = 0.3
"""Share of a text that names of classes may call noise; where it is more the names mean another thing."""
_WORDS = re.compile(r"\W+")
_DROPPED = "dropped-by-suqian"
_TAGS = {
    *("p", "br", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "li", "dl", "dt", "dd", "blockquote", "pre"),
    *("table", "caption", "thead", "tbody", "tfoot", "tr", "th", "td", "a", "img", "figure", "figcaption"),
    *("strong", "b", "em", "i", "u", "sub", "sup", "div", "section", "video", "audio", "source"),
}  # fmt: skip
_ATTRIBUTES = {
    "a": {"href", "title"},
    "img": {"src", "alt", "title", "width", "height"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan"},
    "video": {"src", "poster"},
    "audio": {"src"},
    "source": {"src"},
    "ol": {"start"},
}
_LAZY = ("data-src", "data-original", "data-url", "data-echo", "original", "_src")
"""Attributes that hold a picture's address until it is scrolled to."""


def own_blocks(document: Document, title: str, cleaned: str) -> list[Block]:
    """The blocks of the body's element that are the article's text.

    `cleaned` is the same element's text after trafilatura: what it took away and looks doubtful
    itself (links, stray lines behind the text) goes; a signature or a table does not.
    """
    inside = document.inside
    noise = _noise(document, inside)
    seen = _WORDS.sub("", cleaned)
    end = max((n for n, block in enumerate(inside) if is_prose(block.text)), default=len(inside))
    own: list[Block] = []
    for number, block in enumerate(inside):
        if block in noise or is_furniture(block):
            continue
        if number < _LEAD and not own and _is_head(block, title):
            continue
        if _is_doubtful(block, behind=number > end) and _WORDS.sub("", block.text) not in seen:
            continue
        own.append(block)
    return own


def is_furniture(block: Block) -> bool:
    """Whether a block is a button, a counter, an editor's line, a disclaimer."""
    text = block.text
    if len(text) <= _LONG and (_FURNITURE.match(text) or _EDITOR.search(text)):
        return True
    return bool(_DISCLAIMER.search(text)) and (len(text) <= 4 * _LONG)


def _is_head(block: Block, title: str) -> bool:
    """Whether one of the first blocks is the title again, or the line of date and source."""
    text = block.text
    if folded(text) == folded(title):
        return True
    if len(text) > 2 * _LONG or is_prose(text):
        return False
    if has_label(text):
        return True
    rest, dates = WHEN.subn("", text)
    return dates > 0 and len(rest.strip(" |｜-—·:：")) <= 12 and not text.startswith(("（", "("))


def _is_doubtful(block: Block, *, behind: bool) -> bool:
    if block.link_length * _MOSTLY_LINK > len(block.text):
        return True
    if not behind or WHEN.search(block.text) or _SIGNATURE.match(block.text):
        return False
    return block.element.tag not in {"td", "th", "figcaption"}


def _noise(document: Document, inside: Sequence[Block]) -> set[Block]:
    """The blocks whose elements are named for something beside the text."""
    known: dict[Element, bool] = {}
    if document.body is not None:
        known[document.body] = False

    def is_noise(element: Element) -> bool:
        found = known.get(element)
        if found is None:
            parent = element.getparent()
            named = _NOISE.search(f"{element.get('class') or ''} {element.get('id') or ''}")
            found = bool(named) or (parent is not None and is_noise(parent))
            known[element] = found
        return found

    marked = {block for block in inside if is_noise(block.element)}
    if marked:
        share = sum(han_length(block.text) for block in marked)
        whole = sum(han_length(block.text) for block in inside)
        if share > _TOLERATED * whole:
            return set()
    return marked


# --- as text ---------------------------------------------------------------------------------------


def as_text(own: Iterable[Block]) -> str:
    """Blocks as plain text: a line a block, a table row as ``| cell | cell |``."""
    lines: list[str] = []
    for row, together in groupby(own, key=lambda block: _row(block.element)):
        blocks = list(together)
        cells = _cells(row, blocks) if row is not None else []
        if len([cell for cell in cells if cell]) > 1 and max(map(len, cells)) <= _LONG_CELL:
            lines.append(f"| {' | '.join(cells)} |")
        else:
            lines += [_APPENDED.sub("", block.text) for block in blocks]
    return "\n".join(lines)


def _row(element: Element | None) -> Element | None:
    """The table row that an element stands in."""
    while element is not None and element.tag not in {"table", "body"}:
        if element.tag == "tr":
            return element
        element = element.getparent()
    return None


def _cells(row: Element, blocks: Iterable[Block]) -> list[str]:
    texts: dict[Element, list[str]] = {cell: [] for cell in row if cell.tag in {"td", "th"}}
    for block in blocks:
        element: Element | None = block.element
        while element is not None and element not in texts:
            element = element.getparent()
        if element is not None:
            texts[element].append(block.text.replace("\n", " "))
    return [" ".join(parts) for parts in texts.values()]


# --- as HTML ---------------------------------------------------------------------------------------


def as_html(document: Document, own: Iterable[Block]) -> str:
    """The article's own blocks as HTML that is safe to show, with absolute addresses.

    Takes what is not the article's out of the page's tree: nothing can be read from it afterwards.
    """
    body = document.body
    if body is None:
        return ""
    kept = {ancestor for block in own for ancestor in _upto(block.element, body)}
    for block in document.inside:
        if block.element not in kept:
            block.element.tag = _DROPPED
    etree.strip_elements(body, _DROPPED, with_tail=False)
    _make_absolute(body, document.url)
    text = etree.tostring(body, encoding="unicode", method="html", with_tail=False)
    return nh3.clean(
        text, tags=_TAGS, attributes=_ATTRIBUTES, url_schemes={"http", "https"}, link_rel=None
    )


def _upto(element: Element | None, root: Element) -> Iterable[Element]:
    while element is not None:
        yield element
        if element is root:
            return
        element = element.getparent()


def _make_absolute(body: Element, url: str) -> None:
    for element in body.iter("a", "img", "video", "audio", "source"):
        name = "href" if element.tag == "a" else "src"
        lazy = (element.get(other) for other in _LAZY) if element.tag == "img" else ()
        address = next(filter(None, lazy), None) or element.get(name)
        if address:
            element.set(name, _absolute(url, address.strip()))


def _absolute(url: str, address: str) -> str:
    """The absolute form of an address; nothing where it is none."""
    try:
        return urljoin(url, address)
    except ValueError:
        return ""
