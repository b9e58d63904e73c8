"""The replica's answers: an address in, status, headers and bytes out."""

import gzip
import io
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256

from jinja2 import Environment, PackageLoader

from crawler.demo.world import Column, Post, Site, World

PER_PAGE = 16
_CHALLENGE = (
    '<html><head><meta charset="utf-8"></head><body><script>document.cookie="HWWAFSESID=replica;path=/";'
    "location.reload();</script></body></html>"
)
_ROBOTS = "User-agent: *\nDisallow: /internal/\n"
_LAST_MODIFIED = "Mon, 01 Jan 2024 00:00:00 GMT"
_MEDIA = {
    "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes over the wire."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Item:
    href: str
    title: str
    day: str


@dataclass(frozen=True)
class Renderer:
    """Renders a world as it is served at one port."""

    world: World
    port: int

    @cached_property
    def _templates(self) -> Environment:
        return Environment(loader=PackageLoader("crawler.demo"), autoescape=True, trim_blocks=False)

    @cached_property
    def _hosts(self) -> dict[str, Site]:
        """Each site by its host, with and without ``www.``."""
        sites = self.world.sites.values()
        return {
            host: site for site in sites for host in (site.host, site.host.removeprefix("www."))
        }

    def answer(self, host: str, path: str, visits: int) -> Answer:
        """What a host says to a path; `visits` is the counter that every page shows."""
        site = self._hosts.get(host)
        if site is None:
            return Answer(404, b"no such host in the replica")
        if path == "/robots.txt":
            return Answer(body=_ROBOTS.encode(), headers={"Content-Type": "text/plain"})
        how = self.world.failing.get(site.host)
        if how:
            return _failure(how)
        if path.startswith("/moved/"):
            return Answer(302, headers={"Location": path.removeprefix("/moved")})
        return (
            self._list(site, path)
            or self._article(site, path, visits)
            or self._file(site, path)
            or Answer(
                404,
                "<html><head><title>404</title></head><body>您访问的页面不存在</body></html>".encode(),
            )
        )

    def _html(self, site: Site, text: str) -> Answer:
        label = "gb2312" if site.charset == "gbk" else site.charset
        body = text.encode("gb18030" if site.charset == "gbk" else site.charset)
        headers = {"Content-Type": f"text/html; charset={label}"}
        if site.validators == "honest":
            headers["ETag"] = f'"{sha256(body).hexdigest()[:16]}"'
        elif site.validators == "lying":
            headers["Last-Modified"] = _LAST_MODIFIED
        return Answer(body=body, headers=headers)

    def _list(self, site: Site, path: str) -> Answer | None:
        folder, _, name = path.rpartition("/")
        column = next((c for c in site.columns.values() if c.path == folder), None)
        if column is None or not name.startswith(column.list) or not name.endswith(".shtml"):
            return None
        number = name.removeprefix(column.list).removesuffix(".shtml").removeprefix("_") or "1"
        posts = self.world.listed(site.id, column.id)
        pages = max(1, -(-len(posts) // PER_PAGE))
        if not number.isdigit() or not 1 <= int(number) <= pages:
            return None
        shown = posts[(int(number) - 1) * PER_PAGE : int(number) * PER_PAGE]
        text = self._templates.get_template("list.html").render(
            site=site,
            column=column,
            items=list(self._items(site, shown)),
            page=int(number),
            pages=pages,
            total=len(posts),
            charset_label="gb2312" if site.charset == "gbk" else "utf-8",
            redesigned=site.host in self.world.redesigned,
        )
        return self._html(site, text)

    def _items(self, site: Site, posts: Iterable[Post]) -> Iterable[_Item]:
        for number, post in enumerate(posts):
            title, day = post.title, post.day.isoformat()
            if post.link:
                yield _Item(post.link, title, day)
                continue
            yield _Item(self._href(site, post, number), title, day)
            if number % 8 == 3:
                # The same article again, by its other address, as careless editors link it.
                bare = site.host.removeprefix("www.")
                yield _Item(f"http://{bare}:{self.port}{post.path}", title, day)

    def _href(self, site: Site, post: Post, number: int) -> str:
        if number % 5 == 4:
            return f"https://{site.host}:{self.port}{post.path}"
        return post.path if number % 2 else f"http://{site.host}:{self.port}{post.path}"

    def _article(self, site: Site, path: str, visits: int) -> Answer | None:
        post, page = self._post(site, path)
        if post is None or post.gone or post.link:
            return None
        column = site.columns[post.column]
        stem = post.path.rpartition("/")[2].removesuffix(".shtml")
        text = self._templates.get_template("article.html").render(
            site=site,
            column=column,
            post=post,
            page=page,
            paragraphs=_part(post, page),
            minute=f"{int(sha256(post.path.encode()).hexdigest()[:4], 16) % 60:02}",
            visits=visits if site.validators != "honest" else 0,
            stem=stem,
            picture=None,
            file_url=f"{post.path.removesuffix('.shtml')}/files/{stem}.{post.attachment}",
            related=self._related(site, column, post),
            charset_label="gb2312" if site.charset == "gbk" else "utf-8",
            redesigned=site.host in self.world.redesigned,
        )
        return self._html(site, text)

    def _post(self, site: Site, path: str) -> tuple[Post | None, int]:
        """The post that a path is a page of."""
        post = self.world.post_at(site.host, path)
        if post is not None:
            return post, 1
        stem, _, number = path.removesuffix(".shtml").rpartition("_")
        first = self.world.post_at(site.host, f"{stem}.shtml")
        if first is None or not number.isdigit() or not 2 <= int(number) <= first.pages:
            return None, 0
        return first, int(number)

    def _related(self, site: Site, column: Column, post: Post) -> list[Post]:
        others = [
            p
            for p in self.world.posts
            if (p.site, p.column) == (site.id, column.id) and p is not post
        ]
        return [p for p in others if not (p.link or p.gone)][:4]

    def _file(self, site: Site, path: str) -> Answer | None:
        stem, _, name = path.partition("/files/")
        post = self.world.post_at(site.host, f"{stem}.shtml") if name else None
        if post is None or post.attachment is None:
            return None
        media = {"Content-Type": _MEDIA[post.attachment]}
        return Answer(body=_FILES[post.attachment](post), headers=media)


def _failure(how: str) -> Answer:
    if how == "challenge":
        return Answer(
            body=_CHALLENGE.encode(),
            headers={"Content-Type": "text/html", "Set-Cookie": "HWWAFSESID=replica"},
        )
    if how == "503":
        return Answer(503, b"busy", {"Retry-After": "0"})
    return Answer(int(how), b"failing, as told") if how.isdigit() else Answer(0)


def _part(post: Post, page: int) -> tuple[str, ...]:
    """The paragraphs of one page of a post."""
    size = -(-len(post.paragraphs) // post.pages)
    return post.paragraphs[(page - 1) * size : page * size]


def compress(answer: Answer) -> Answer:
    """The answer as a server sends it to who accepts gzip."""
    packed = gzip.compress(answer.body, 5, mtime=0)
    return Answer(answer.status, packed, answer.headers | {"Content-Encoding": "gzip"})


# --- attachments ----------------------------------------------------------------------------------


def _zipped(parts: dict[str, str]) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            archive.writestr(zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0)), text)
    return content.getvalue()


_TYPES = '<?xml version="1.0" encoding="UTF-8"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">{}</Types>'
_RELATIONS = '<?xml version="1.0" encoding="UTF-8"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{}</Relationships>'
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def _docx(post: Post) -> bytes:
    lines = "".join(
        f"<w:p><w:r><w:t>{line}</w:t></w:r></w:p>" for line in (post.title, *post.paragraphs)
    )
    namespace = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    media = _MEDIA["docx"] + ".main+xml"
    return _zipped(
        {
            "[Content_Types].xml": _TYPES.format(
                '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
                f'<Override PartName="/word/document.xml" ContentType="{media}"/>'
            ),
            "_rels/.rels": _RELATIONS.format(
                f'<Relationship Id="r1" Type="{_OFFICE}/officeDocument" Target="word/document.xml"/>'
            ),
            "word/document.xml": f'<w:document xmlns:w="{namespace}"><w:body>{lines}</w:body></w:document>',
        }
    )


def _xlsx(post: Post) -> bytes:
    rows = "".join(
        f'<row r="{n}"><c r="A{n}" t="inlineStr"><is><t>{line}</t></is></c></row>'
        for n, line in enumerate((post.title, *post.paragraphs), start=1)
    )
    namespace = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    media = _MEDIA["xlsx"]
    return _zipped(
        {
            "[Content_Types].xml": _TYPES.format(
                '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
                f'<Override PartName="/xl/workbook.xml" ContentType="{media}.main+xml"/>'
                f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{media.replace("sheet", "worksheet")}+xml"/>'
            ),
            "_rels/.rels": _RELATIONS.format(
                f'<Relationship Id="r1" Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/>'
            ),
            "xl/_rels/workbook.xml.rels": _RELATIONS.format(
                f'<Relationship Id="r1" Type="{_OFFICE}/worksheet" Target="worksheets/sheet1.xml"/>'
            ),
            "xl/workbook.xml": f'<workbook xmlns="{namespace}" xmlns:r="{_OFFICE}"><sheets>'
            '<sheet name="名单" sheetId="1" r:id="r1"/></sheets></workbook>',
            "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{namespace}"><sheetData>{rows}</sheetData></worksheet>',
        }
    )


def _pdf(post: Post) -> bytes:
    """One page that names the post's address; the standard fonts have no Chinese."""
    text = f"BT /F1 12 Tf 72 720 Td (Replica attachment {post.path[-12:]}) Tj ET".encode()
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
        b"<</Length %d>>stream\n%s\nendstream" % (len(text), text),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    ]
    content = b"%PDF-1.4\n"
    offsets = []
    for number, body in enumerate(objects, start=1):
        offsets.append(len(content))
        content += b"%d 0 obj%s endobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    start = len(content)
    return (
        content
        + b"xref\n0 6\n0000000000 65535 f \n"
        + table
        + b"trailer<</Size 6/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % start
    )


_FILES = {"docx": _docx, "xlsx": _xlsx, "pdf": _pdf}
