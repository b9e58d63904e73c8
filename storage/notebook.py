"""Answers as a notebook shows them. Everything that comes from a page is escaped."""

from collections.abc import Iterable, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any

from markupsafe import Markup, escape

from storage.diff import Line, Mark, excerpt
from storage.records import Article, Counts, Hit, SearchResult

if TYPE_CHECKING:
    from storage.corpus import Corpus
    from storage.history import History
    from storage.listing import Articles

_SHOWN = 10
"""Articles of a longer list."""
_MOST_COUNTS = 60
_BODY = 1200
"""Characters of an article's text."""
_MARKS = {Mark.ADDED: Markup("<ins>{}</ins>"), Mark.REMOVED: Markup("<del>{}</del>")}


def corpus_html(corpus: "Corpus") -> str:
    """How a corpus stands."""
    found = corpus.totals()
    rows = (
        (one.source, f"{one.articles:,}", (one.latest or "")[:10], one.last_new or "")
        for one in corpus.sources()
    )
    said = f"{found.articles:,} articles in {found.stories:,} stories, {found.revisions:,} earlier versions"
    return _paragraph(said) + _table(("source", "articles", "newest", "last new"), rows)


def articles_html(articles: "Articles") -> str:
    """How many there are, and the first of them."""
    total = articles.count()
    shown = list(islice(articles, _SHOWN))
    more = f", the first {len(shown)} shown" if total > len(shown) else ""
    return list_html(f"{total:,} articles{more}", shown)


def list_html(said: str, articles: Iterable[Article]) -> str:
    """Some articles, a row each, under a line that says what they are."""
    rows = (
        ((one.published_at or "")[:10], _linked(one), one.origin or one.source, one.id)
        for one in articles
    )
    return _paragraph(said) + _table(("published", "title", "from", "id"), rows)


def search_html(found: SearchResult) -> str:
    """How many were found, and each hit with its snippet."""
    about = "" if found.exact else "about "
    shown = f", {len(found.hits)} shown" if len(found.hits) < found.total else ""
    rows = (
        ((hit.article.published_at or "")[:10], _hit(hit), hit.article.origin or hit.article.source)
        for hit in found.hits
    )
    said = _paragraph(f"{about}{found.total:,} found{shown}")
    return said + _table(("published", "what was found", "from"), rows)


def _hit(hit: Hit) -> Markup:
    mark = Markup("<mark>{}</mark>")
    snippet = Markup("").join(
        mark.format(piece.text) if piece.hit else piece.text for piece in hit.snippet
    )
    return Markup("{}<br><small>{}</small>").format(_linked(hit.article), snippet)


def article_html(article: Article) -> str:
    """One article: its title, where it is from, what it is about and how it begins."""
    facts = (article.published_at, article.origin or article.source, article.document_number)
    about = (*article.topics, *article.places)
    lines = Markup("<br>").join(article.body[:_BODY].split("\n"))
    more = Markup("…") if len(article.body) > _BODY else ""
    return str(
        Markup("<h4>{}</h4><p><small>{}<br>{}</small></p><p>{}{}</p>").format(
            _linked(article), "  ".join(filter(None, facts)), "、".join(about), lines, more
        )
    )


def counts_html(counts: Counts) -> str:
    """Counts as a table with bars."""
    most = max((one.count for one in counts), default=1)
    rows = (
        (
            *("–" if part is None else part for part in one.key),
            f"{one.count:,}",
            _bar(one.count / most),
        )
        for one in islice(counts, _MOST_COUNTS)
    )
    left = len(counts) - _MOST_COUNTS
    more = _paragraph(f"and {left:,} more") if left > 0 else ""
    return _table((*counts.by, "articles", ""), rows) + more


def history_html(history: "History") -> str:
    """What happened to an article, and what its versions changed."""
    events = ((one.at, one.kind, one.version or "", one.reason or "") for one in history.events)
    parts = [
        _paragraph(history.title),
        _table(("when", "what", "version", "how it showed"), events),
    ]
    for one in history.differences:
        fields = ((name, _line(line)) for name, line in one.fields.items())
        body = (("", "…" if line is None else _line(line)) for line in excerpt(one.body))
        parts.append(_table((f"version {one.older} → {one.newer}", ""), [*fields, *body]))
    return "".join(parts)


def _line(line: Line) -> Markup:
    return Markup("").join(
        _MARKS.get(part.mark, Markup("{}")).format(part.text) for part in line.parts
    )


def _linked(article: Article) -> Markup:
    if not article.url.startswith(("http://", "https://")):
        return escape(article.title)
    return Markup('<a href="{}" rel="noopener noreferrer">{}</a>').format(
        article.url, article.title
    )


def _bar(share: float) -> Markup:
    form = '<div style="background:#4c78a8;height:.8em;width:{}px"></div>'
    return Markup(form).format(max(1, round(200 * share)))  # noqa: S704 - a constant of ours


def _paragraph(said: str) -> str:
    return str(Markup("<p>{}</p>").format(said))


def _table(heads: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    head = Markup("").join(Markup("<th>{}</th>").format(one) for one in heads)
    body = Markup("").join(
        Markup("<tr>{}</tr>").format(
            Markup("").join(
                Markup('<td style="text-align:left">{}</td>').format(one) for one in row
            )
        )
        for row in rows
    )
    return str(
        Markup("<table><thead><tr>{}</tr></thead><tbody>{}</tbody></table>").format(head, body)
    )
