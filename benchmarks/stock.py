"""Articles in any number, with the tags of the real tagger.

Each begins as a text of the replica's generator and goes on in words that come as often as in Chinese:
the generator's phrases alone would make every article resemble a thousand others.
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from functools import cache
from random import Random

from benchmarks.search_corpus import texts as words
from crawler.demo import texts
from crawler.records import Article, Moment
from flows.steps.load import Tagged
from flows.steps.tag import Tag, Tagger
from flows.taxonomy import Taxonomy

NOW = datetime(2026, 6, 1, tzinfo=UTC)
_FIRST_DAY, _DAYS = date(2016, 1, 1), 3_800
_TAGGED = 400
"""Articles whose tags are found; the others have theirs in turn."""


def articles(first: int, count: int) -> list[Tagged]:
    """Articles with numbers from `first` on; the same for the same number."""
    return [_tagged(number) for number in range(first, first + count)]


def _tagged(number: int) -> Tagged:
    title, body, day = written(number)
    key = f"pages.example/{number}.shtml"
    article = Article(
        url=f"http://{key}",
        key=key,
        source=f"source-{number % 30:02}",
        column="news",
        title=title,
        body=body,
        body_html="".join(f"<p>{line}</p>" for line in body.split("\n")),
        published=Moment.local(day),
        origin="宿迁日报",
        provenance={"title": "meta:ArticleTitle", "body": "container", "published": "meta:PubDate"},
        fetched_at=NOW,
        warc=f"20260601T000000Z-00000000@{number}",
    )
    taxonomy, tags = _tags()
    return Tagged(article, 0, 1, "zh-Hans", tags[number % _TAGGED], taxonomy)


def written(number: int) -> tuple[str, str, date]:
    """Title, body and day."""
    random = Random(number)
    day = _FIRST_DAY + timedelta(days=random.randrange(_DAYS))
    begun = texts.write(random.choice(_forms()), day, random)
    _, rest = next(words(number, 1))
    return f"{begun.title}（{number}）", "\n".join([*begun.paragraphs, rest]), day


@cache
def _forms() -> Sequence[str]:
    return sorted(form for form, entry in texts.forms().items() if entry["kind"] == "news")


@cache
def _tags() -> tuple[str, list[tuple[Tag, ...]]]:
    tagger = Tagger(Taxonomy.load())
    found = (written(number) for number in range(_TAGGED))
    return tagger.taxonomy.version, [tagger.tag(title, body, day) for title, body, day in found]
