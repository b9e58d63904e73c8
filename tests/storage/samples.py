"""Rows to ask for: a page, its article, its folded text and its index entry, in one call."""

from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import insert
from sqlalchemy.orm import Session

from storage import changes, search
from storage.models import Article, FoldedText, Outcome, Page, Run, Story, Tag, article_id

NOW = datetime(2026, 11, 24, 4, tzinfo=UTC)
RUN = "run-of-samples"


@dataclass(frozen=True, kw_only=True)
class Sample:
    """What a test says of an article; the rest does not matter to it."""

    key: str
    title: str = "宿迁市人民政府办公室关于做好防汛工作的通知"
    body: str = "各县区人民政府，市各委办局：\n现将有关事项通知如下。"
    source: str = "suqian-gov"
    published_at: datetime | None = NOW
    published_precision: str = "minute"
    story: str | None = None
    """Key of the canonical article, where this is a reprint of it."""
    tags: tuple[tuple[str, str, str], ...] = ()
    """(kind, value, label)"""
    attached: str = ""
    """What its attachments say."""
    fields: dict[str, Any] = field(default_factory=dict)


def store(session: Session, *samples: Sample) -> list[str]:
    """Write articles as a load does; return their ids."""
    if session.get(Run, RUN) is None:
        session.add(Run(id=RUN, kind="import", parameters={}, state="completed", started_at=NOW))
        session.flush()
    return [_store(session, sample) for sample in samples]


def _store(session: Session, sample: Sample) -> str:
    own_id, story_id = article_id(sample.key), article_id(sample.story or sample.key)
    if sample.story is None:
        session.add(Story(id=story_id, canonical_id=own_id))
    page = Page(
        key=sample.key,
        url=f"https://www.{sample.key}",
        source=sample.source,
        discovered_at=NOW,
        outcome=Outcome.DUPLICATE if sample.story else Outcome.NEW,
        outcome_at=NOW,
        run_id=RUN,
    )
    session.add(page)
    session.flush()
    article = Article(
        id=own_id,
        page_id=page.id,
        key=sample.key,
        url=page.url,
        source=sample.source,
        title=sample.title,
        body=sample.body,
        published_at=sample.published_at,
        published_precision=sample.published_precision if sample.published_at else None,
        keywords=[],
        provenance={"title": "meta:ArticleTitle"},
        lang="zh-Hans",
        story_id=story_id,
        duplicate_of=story_id if sample.story else None,
        authority=1,
        text_digest=sha256(search.fold(sample.body).encode()).hexdigest(),
        digest=sha256(sample.body.encode()).hexdigest(),
        first_seen=NOW,
        revised_at=NOW,
        warc="20261124T040000Z-ab12cd34@0",
    )
    for name, value in sample.fields.items():
        setattr(article, name, value)
    session.add(article)
    session.flush()
    _describe(session, article, sample)
    return own_id


def _describe(session: Session, article: Article, sample: Sample) -> None:
    texts = (search.searchable(text) for text in (sample.title, sample.body, sample.attached))
    entry = search.Entry(article.pk, *texts)
    session.execute(insert(FoldedText), [asdict(entry)])
    for kind, value, label in sample.tags:
        evidence = {"field": "title", "start": 0, "end": 2, "text": label, "rule": value}
        tag = Tag(article_pk=article.pk, kind=kind, value=value, label=label, taxonomy="t1")
        tag.score, tag.evidence = 1.0, [evidence]
        session.add(tag)
    session.flush()
    search.index(session, [entry])
    changes.record_changes(session, [(article.id, "added")], NOW)
