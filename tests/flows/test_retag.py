"""Tagging stored articles again."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from random import Random
from typing import Any

import pytest
from sqlalchemy import select

from crawler.demo import texts
from crawler.records import Article as Record
from crawler.records import Moment
from flows.app import App, open_app
from flows.reprocessing import as_dict, markdown, summary, tag_again
from flows.steps.load import Tagged, load
from flows.steps.retag import Report
from flows.steps.tag import Tagger
from flows.taxonomy import Taxonomy
from storage import ledger
from storage.corpus import Article, Corpus
from storage.ledger import Sighting
from storage.models import Tag as TagRow
from storage.settings import Settings
from tests.flows.conftest import Lab
from tests.storage.fresh import with_tables
from tests.storage.in_step import in_step

NOW = datetime(2026, 1, 1, tzinfo=UTC)
FACTORIES = {"topics": "gongchang: {label: 工厂, terms: {工厂: 3, 生产线: 3, 车间: 3}}\n"}


def record(key: str, form: str) -> Record:
    text = texts.write(form, date(2024, 7, 1), Random(key))
    return Record(
        url=f"http://{key}",
        key=key,
        source="s",
        title=text.title,
        body="\n".join(text.paragraphs),
        published=Moment.local(date(2024, 7, 1)),
        fetched_at=NOW,
        warc="seg@0",
    )


@dataclass(frozen=True)
class Stored:
    """A system with one article of each form that the replica knows."""

    app: App

    @property
    def corpus(self) -> Corpus:
        return Corpus(self.app.database)

    def having(self, topic: str) -> list[Article]:
        return [article for article in self.corpus.articles() if topic in article.topics]

    def tags(self) -> set[tuple[Any, ...]]:
        with self.app.database.reading() as session:
            columns = (TagRow.article_pk, TagRow.kind, TagRow.value, TagRow.score, TagRow.taxonomy)
            return {tuple(row) for row in session.execute(select(*columns))}

    def with_taxonomy(self, folder: Path, files: Mapping[str, str]) -> "Stored":
        """The same with an operator's files over the shipped ones."""
        (folder / "taxonomy").mkdir()
        for name, text in files.items():
            (folder / "taxonomy" / f"{name}.yaml").write_text(text, "utf-8")
        tagger = Tagger(Taxonomy.load(folder))
        return Stored(replace(self.app, open_tagger=lambda: tagger))

    def retag(self, *, dry_run: bool = False) -> Report:
        return tag_again(self.app, dry_run=dry_run)


@pytest.fixture
def stored(settings: Settings) -> Iterator[Stored]:
    with open_app(with_tables(settings)) as app:
        records = [record(f"a.cn/{form}", form) for form in texts.forms()]
        with app.database.unit_of_work() as session:
            run = ledger.start_run(session, "test", {}, NOW)
            seen = [Sighting(key=one.key, url=one.url, source=one.source) for one in records]
            ids = ledger.sight(session, run, seen, NOW)
            load(session, [_tagged(app.tagger, one, ids) for one in records], NOW)
        yield Stored(app)


def _tagged(tagger: Tagger, article: Record, ids: Mapping[str, int]) -> Tagged:
    day = article.published.day if article.published else None
    tags = tagger.tag(article.title, article.body, day)
    return Tagged(article, ids[article.key], 0, "zh-Hans", tags, tagger.taxonomy.version)


def test_the_same_taxonomy_changes_nothing(stored: Stored) -> None:
    tags, changes = stored.tags(), stored.corpus.changes()
    report = stored.retag()
    assert (report.articles, report.changed) == (stored.corpus.count(), 0)
    assert (stored.tags(), stored.corpus.changes()) == (tags, changes)


def test_a_new_topic_touches_only_the_articles_that_it_fits(stored: Stored, tmp_path: Path) -> None:
    tags, last = stored.tags(), stored.corpus.changes()[-1].seq
    edited = stored.with_taxonomy(tmp_path, FACTORIES)

    planned = edited.retag(dry_run=True)
    assert 0 < planned.changed < planned.articles
    assert planned.gained["topic", "工厂"] == planned.changed
    assert stored.tags() == tags

    done = edited.retag()
    assert as_dict(done) == as_dict(planned) | {"dry_run": False}
    told = stored.corpus.changes(last)
    assert {change.kind for change in told} == {"retagged"}
    assert {change.article_id for change in told} == {one.id for one in stored.having("工厂")}
    assert edited.retag().changed == 0
    with stored.app.database.reading() as session:
        assert in_step(session)
    found = stored.corpus.search("topic:gongchang", reprints=True, limit=100).items
    assert {one.id for one in found} == {one.id for one in stored.having("工厂")}


def test_each_tag_keeps_the_version_that_gave_it(stored: Stored, tmp_path: Path) -> None:
    edited = stored.with_taxonomy(tmp_path, FACTORIES)
    edited.retag()
    new = edited.app.tagger.taxonomy.version
    given = {(kind, value) for _, kind, value, _, version in stored.tags() if version == new}
    assert given == {("topic", "gongchang")}


def test_a_topic_that_is_switched_off_is_lost(stored: Stored, tmp_path: Path) -> None:
    had = len(stored.having("乡村振兴"))
    report = stored.with_taxonomy(tmp_path, {"topics": "xiangcun: {enabled: false}\n"}).retag()
    assert report.lost["topic", "乡村振兴"] == had > 0
    assert stored.having("乡村振兴") == []


def test_a_report_is_for_a_person_and_for_a_program(stored: Stored, tmp_path: Path) -> None:
    report = stored.with_taxonomy(tmp_path, FACTORIES).retag(dry_run=True)
    assert "would change" in summary(report)
    assert "| topic | 工厂 |" in markdown(report)
    assert "topic:工厂" in json.loads(json.dumps(as_dict(report)))["samples"][0]["gained"]


def test_roles_and_amounts_are_stored_beside_their_tags(stored: Stored) -> None:
    tags = [tag for article in stored.corpus.articles() for tag in article.tags]
    assert any(tag.roles and tag.roles[0].title for tag in tags if tag.kind == "person")
    assert all(tag.amount for tag in tags if tag.kind in {"money", "area"})


def test_every_stored_tag_shows_where_it_stands(crawled_corpus: Corpus) -> None:
    for article in crawled_corpus.articles():
        fields = {"title": article.title, "body": article.body}
        for tag in article.tags:
            assert tag.evidence
            for one in tag.evidence:
                assert fields[one.field][one.start : one.end] == one.text != ""


@pytest.fixture
def crawled_corpus(known_lab: Lab) -> Corpus:
    return known_lab.corpus()
