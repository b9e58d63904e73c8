"""Pages that are no articles: lists, logins, placeholders, errors that answer 200, empty shells."""

import re

from crawler.document import Document
from crawler.records import Article

MIN_BODY = 20
"""Characters below which a page without pictures or attachments says nothing."""
_SHORT = 80
_LIST_LINKS = 0.6
_PROSE = 60
_PLACEHOLDER = re.compile("未制发|暂无(?:内容|数据|信息)|内容(?:正在|建设中)|栏目(?:正在)?建设中")
_MISSING = re.compile(
    r"(?:页面|网页|文章|内容|信息|稿件|链接|您(?:要)?访问的\S{0,6})(?:不存在|已(?:被|经)?(?:删除|下线|失效|过期)|找不到|无法找到|走丢了)|"
    r"(?:找不到|无法找到|未找到)(?:您|你|该|此|相关)?\S{0,6}(?:页面|网页|文章|内容)|404\s*(?:not found|错误|页面|[-_])|^404$",
    re.IGNORECASE,
)
_LOGIN = re.compile("请(?:先)?登录|用户登录|统一身份认证|账号登录|登录页面|扫码登录")


def unarticle(document: Document, article: Article) -> str | None:
    """Why a page is no article, in one stable word; None for an article."""
    head = f"{article.title} {document.page_title}"
    short = len(article.body) < _SHORT
    if short and _PLACEHOLDER.search(head):
        return "placeholder"
    if short and (_MISSING.search(head) or _MISSING.search(article.body)):
        return "missing"
    if short and _LOGIN.search(head):
        return "login"
    if not article.attachments and _is_list(document):
        return "list"
    if len(article.body) >= MIN_BODY:
        return None
    carries = article.attachments or _has_picture(document)
    return None if article.title and (carries or article.body) else "empty"


def is_picture_only(document: Document, body: str) -> bool:
    """Whether an article's text is in its pictures."""
    return len(body) < MIN_BODY and _has_picture(document)


def _has_picture(document: Document) -> bool:
    return document.body is not None and document.body.find(".//img") is not None


def _is_list(document: Document) -> bool:
    """Whether a page is a list: no prose, links for the most part."""
    inside = document.inside
    text = sum(len(block.text) for block in inside) or 1
    linked = sum(block.link_length for block in inside)
    return (
        linked / text > _LIST_LINKS and max((block.prose for block in inside), default=0) < _PROSE
    )
