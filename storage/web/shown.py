"""An article's HTML as the web page shows it: nothing in it is loaded from anywhere."""

import nh3
from lxml import etree, html
from lxml.etree import _Element as Element
from markupsafe import Markup

_REL = "noopener noreferrer nofollow"
# Pictures and films stand as links: to look at a page here asks nothing of the site it is from.
_MEDIA = {"img": "picture", "video": "video", "audio": "audio"}
_TAGS = {
    *("p", "br", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "li", "dl", "dt", "dd", "blockquote"),
    *("pre", "table", "caption", "thead", "tbody", "tfoot", "tr", "th", "td", "a", "figure"),
    *("figcaption", "strong", "b", "em", "i", "u", "sub", "sup", "div", "section"),
}
_ATTRIBUTES = {"a": {"href"}, "td": {"colspan", "rowspan"}, "th": {"colspan", "rowspan"}}


def shown(
    body_html: str, *, picture: str = "图片", video: str = "视频", audio: str = "音频"
) -> Markup:
    """Stored HTML, made safe once more, with a link in the place of each picture and film, which
    the other arguments name in the reader's language."""
    names = {"picture": picture, "video": video, "audio": audio}
    root = html.fragment_fromstring(body_html, create_parent="div")
    for element in list(root.iter(*_MEDIA)):
        _as_link(element, names[_MEDIA[str(element.tag)]])
    for heading in root.iter("h1"):  # the page has one already
        heading.tag = "h2"
    for paragraph in root.iter("p"):  # the page indents by itself
        paragraph.text = (paragraph.text or "").lstrip()
    text = etree.tostring(root, encoding="unicode", method="html")
    clean = nh3.clean(
        text, tags=_TAGS, attributes=_ATTRIBUTES, url_schemes={"http", "https"}, link_rel=_REL
    )
    return Markup(clean)  # noqa: S704 - this is where it is made safe


def _as_link(element: Element, kind: str) -> None:
    source = element.find("source")
    address = element.get("src") or (source.get("src") if source is not None else None)
    alt = (element.get("alt") or element.get("title") or "").strip()
    tail = element.tail
    for child in list(element):
        element.remove(child)
    element.attrib.clear()
    element.tag = "a"
    if address:
        element.set("href", address)
    element.text = f"〔{kind}：{alt}〕" if alt else f"〔{kind}〕"
    element.tail = tail
