"""HTML that is meant to be read by nobody."""

from tests.faults.hostile.case import Case, article_html, says
from tests.faults.server import Answer

_ENTITIES = "".join(f'<!ENTITY l{number} "{f"&l{number - 1};" * 10}">' for number in range(1, 10))
_LAUGHS = f'<!DOCTYPE html [<!ENTITY l0 "哈">{_ENTITIES}]>'
_READS_FILE = '<!DOCTYPE html [<!ENTITY x SYSTEM "file:///etc/passwd">]>'


def _holding(name: str, inside: str, head: str = "") -> Answer:
    return says(article_html(name, inside, head))


def _xml(name: str, doctype: str, entity: str) -> Answer:
    page = article_html(name, f"<p>{entity}</p>")
    return says(f"{doctype}{page}", "200 OK", "Content-Type: application/xhtml+xml")


CASES = (
    Case("nested-10000", "new", _holding("nested-10000", "<div>" * 10_000 + "深" + "</div>" * 10_000)),
    Case("nested-inline-10000", "new", _holding("nested-inline-10000", "<b><i>" * 5_000 + "深")),
    Case("nested-lists-5000", "new", _holding("nested-lists-5000", "<ul><li>" * 5_000 + "深")),
    Case("nested-behind-a-link", "parked:too complex: nested too deeply", _holding("nested-behind-a-link", '<p><a href="/a.html">深处的链接</a></p>' + "<ul><li>" * 5_000 + "深")),
    Case("nested-before-body", "dropped:empty", says("<div>" * 5_000 + article_html("nested-before-body"))),
    Case("attributes-50000", "parked:too complex: more than 8000 attributes in one tag", _holding("attributes-50000", f"<p {' '.join(f'a{n}=1' for n in range(50_000))}>多</p>")),
    Case("breaks-100000", "parked:too complex: 100000 line breaks", _holding("breaks-100000", "<br>" * 100_000)),
    Case("links-50000", "parked:too complex: 50000 links", _holding("links-50000", "".join(f'<a href="/x/{n}.html">链接{n}</a>' for n in range(50_000)))),
    Case("attribute-of-1-mb", "new", _holding("attribute-of-1-mb", f'<p class="{"a" * 2**20}">长</p>')),
    Case("classes-100000", "new", _holding("classes-100000", f'<p class="{" ".join(f"c{n}" for n in range(100_000))}">多</p>'), heavy=True),
    Case("style-of-1-mb", "new", _holding("style-of-1-mb", f'<p style="{"color:red;" * 100_000}">长</p>')),
    Case("unclosed-everything", "new", says(article_html("unclosed-everything").replace("</p>", "").replace("</div></body></html>", "<p><b><i><table><tr><td>完"))),
    Case("unclosed-comment", "new", _holding("unclosed-comment", "<!-- 注释" + "x" * 50_000)),
    Case("unclosed-script", "new", _holding("unclosed-script", "<script>var a = '" + "x" * 50_000)),
    Case("unclosed-attribute", "new", _holding("unclosed-attribute", '<a href="/x' + "y" * 50_000)),
    Case("entity-bomb", "new", _xml("entity-bomb", _LAUGHS, "&l9;")),
    Case("entity-of-a-file", "new", _xml("entity-of-a-file", _READS_FILE, "&x;")),
    Case("entities-100000", "new", _holding("entities-100000", "<p>" + "&amp;&#20013;" * 50_000 + "</p>"), heavy=True),
    Case("script-of-1-mb", "new", _holding("script-of-1-mb", f"<script>{'a=1;' * 2**18}</script>")),
    Case("data-picture-of-1-mb", "new", _holding("data-picture-of-1-mb", f'<img src="data:image/png;base64,{"A" * 2**20}">')),
    Case("cells-20000", "new", _holding("cells-20000", f"<table>{'<tr><td>1</td><td>2</td></tr>' * 10_000}</table>"), heavy=True),
    Case("spaces-1-mb", "new", _holding("spaces-1-mb", "<p>" + " " * 2**20 + "完</p>")),
    Case("one-line-of-1-mb", "new", _holding("one-line-of-1-mb", f"<p>{'宿迁市' * 100_000}</p>"), heavy=True),
    Case("brackets-100000", "new", _holding("brackets-100000", f"<p>{'《（【' * 33_000}</p>"), heavy=True),
    Case("dates-100000", "new", _holding("dates-100000", f"<p>{'2026年7月1日' * 50_000}</p>"), heavy=True),
    Case("labels-50000", "new", _holding("labels-50000", f"<p>{'来源：发布时间：作者：' * 25_000}</p>"), heavy=True),
    Case("frames-in-frames", "dropped:frames", says("<html><frameset><frame src='/a/1.shtml'></frameset></html>")),
    Case("title-of-1-mb", "new", says(article_html("title-of-1-mb").replace("<title>", "<title>" + "题" * 300_000)), heavy=True),
    Case("nuls-in-it", "new", _holding("nuls-in-it", "<p>零\0零</p>")),
)  # fmt: skip
