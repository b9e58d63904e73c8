"""Who cites whom by document number, from both ends."""

import asyncio
from itertools import permutations

import httpx
import pytest
from fastapi import FastAPI

from storage.citations import canonical_number
from storage.corpus import Corpus
from storage.database import Database
from storage.models import article_id
from storage.web import create_app
from tests.storage.samples import Sample, store

NUMBER = "宿政发〔2024〕12号"
CARRIER = Sample(
    key="suqian.gov.cn/a",
    title="关于印发供水办法的通知",
    fields={"document_number": "宿政发[2024]012号", "document_key": NUMBER},
    tags=(("document", NUMBER, NUMBER),),
)
CITING = Sample(
    key="fgw.suqian.gov.cn/b",
    title="关于贯彻供水办法的意见",
    tags=(("document", NUMBER, NUMBER), ("document", "苏政发〔2020〕1号", "苏政发〔2020〕1号")),
)
REPRINT = Sample(
    key="sq1996.com/c",
    title="关于印发供水办法的通知",
    story=CARRIER.key,
    fields={"document_key": NUMBER},
    tags=(("document", NUMBER, NUMBER),),
)


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("宿政发〔2024〕12号", NUMBER),
        ("宿政发[2024]12号", NUMBER),
        ("宿政发（2024）012 号", NUMBER),
        ("宿政发【2024】第12号", NUMBER),
        ("第12号", None),
        ("", None),
    ],
)
def test_a_number_has_one_form_however_it_is_written(written: str, number: str | None) -> None:
    assert canonical_number(written) == number


@pytest.mark.parametrize("order", list(permutations((CARRIER, CITING, REPRINT))))
def test_a_citation_is_found_from_both_ends_in_any_order_of_loading(
    database: Database, order: tuple[Sample, ...]
) -> None:
    with database.unit_of_work() as session:
        # A reprint's row needs its story; the others come as they like.
        for sample in sorted(order, key=lambda one: one.story is not None):
            store(session, sample)
    carrier_id, citing_id = article_id(CARRIER.key), article_id(CITING.key)
    corpus = Corpus(database)

    cited = corpus.citations(citing_id)
    assert cited is not None
    assert [(one.number, one.article_id) for one in cited.cites] == [
        ("宿政发〔2024〕12号", carrier_id),
        ("苏政发〔2020〕1号", None),
    ]
    assert cited.cites[0].evidence
    carrier = corpus.citations(carrier_id)
    assert carrier is not None
    assert carrier.cites == ()
    assert [one.article_id for one in carrier.cited_by] == [citing_id]
    assert corpus.citations("nowhere") is None


def test_citations_are_asked_for_over_http(database: Database) -> None:
    with database.unit_of_work() as session:
        carrier, citing = store(session, CARRIER, CITING)
    app = create_app(Corpus(database))
    answer = get(app, f"/api/v1/articles/{citing}/citations").json()
    assert answer["cites"][0]["article_id"] == carrier
    assert get(app, "/api/v1/articles/nowhere/citations").status_code == 404
    assert "关于贯彻供水办法的意见" in get(app, f"/articles/{carrier}").text


def get(app: FastAPI, path: str) -> httpx.Response:
    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(
            transport=transport, base_url="http://test.localhost"
        ) as client:
            return await client.get(path)

    return asyncio.run(ask())
