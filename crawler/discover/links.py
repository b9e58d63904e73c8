"""The links of a page, and what tells one that leads to an article."""

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from lxml.etree import _Element as Element

from crawler.blocks import han_length, inner_text
from crawler.days import without_days
from crawler.lists import address_of, whole_title
from crawler.urls import canonical_key, host_of

_NUMBERED = re.compile(
    r"\d{3,}|[0-9a-f]{16,}|20\d{2}[/\-]?\d{2}|/\d{1,2}/\d{1,2}/|\d+\.\w*html?$|[?&]\w*id=",
    re.IGNORECASE,
)
_COLUMN = re.compile(
    r"(?:^|/)(?:index|list|default|main|home|channel|more)\w*(?:\.\w+)?$|/col/col\d+/?$|/node_\d+",
    re.IGNORECASE,
)
_DOCUMENT = re.compile(r"\.(?:pdf|docx?|xlsx?|wps|zip|rar|ofd)$", re.IGNORECASE)
_WORD = re.compile(r"[A-Za-z]{2,}")
_BUTTON = re.compile(
    r"^(?:首页|尾页|末页|上一?页|下一?页|更多|查看|详情|more|\[?更多\]?|查看详情|阅读全文|返回.*|下载|登录|注册|English|>+|»|\d+)\W*$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Link:
    """A link that leads somewhere."""

    element: Element
    url: str
    key: str
    title: str
    """Its title attribute, else its text without days."""

    @property
    def weight(self) -> int:
        """How long its title is, in Han characters; an English word counts as two."""
        return weight_of(self.title)


def leads_to_article(url: str) -> bool:
    """Whether an address has the form of an article's."""
    parts = urlsplit(url)
    path = parts.path + (f"?{parts.query}" if parts.query else "")
    if _DOCUMENT.search(parts.path):
        return True
    if path.endswith("/") and not re.search(r"\d{3,}/$", path):
        return False
    return _NUMBERED.search(path) is not None and not _COLUMN.search(parts.path)


def weight_of(title: str) -> int:
    """The length of a title in Han characters; an English word counts as two."""
    return han_length(title) + 2 * len(_WORD.findall(title))


def links_of(root: Element, base: str) -> list[Link]:
    """The links of a page that lead to another one, and are no buttons."""
    found = []
    own = canonical_key(base)
    for element in root.iter():
        if element.tag != "a" and not (isinstance(element.tag, str) and element.get("onclick")):
            continue
        url = address_of(base, attributes_of(element))
        if url is None or (key := canonical_key(url)) == own or not host_of(url):
            continue
        title = title_of(element)
        if not _BUTTON.match(title):
            found.append(Link(element, url, key, title))
    return found


def attributes_of(element: Element) -> dict[str, str]:
    """An element's attributes as text."""
    return {str(name): str(value) for name, value in element.items()}


def title_of(element: Element) -> str:
    """What a link says, whole where an attribute has it whole."""
    text = " ".join(inner_text(element).split())
    return whole_title(element.get("title") or "") or " ".join(without_days(text).split())
