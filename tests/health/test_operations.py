"""What machines ask: /livez, /healthz and /metrics."""

import asyncio
from datetime import UTC, datetime

import httpx
from prometheus_client.parser import text_string_to_metric_families

from storage.checks import Check, Checks, Level
from storage.corpus import Corpus
from storage.database import Database
from storage.health import Judgement, write_health
from storage.heartbeats import RUNNER, beat
from storage.records import HealthState
from storage.web import create_app
from tests.storage.samples import NOW, Sample, store


def ask(database: Database, path: str, checks: Checks | None = None) -> httpx.Response:
    transport = httpx.ASGITransport(create_app(Corpus(database), checks=checks))

    async def get() -> httpx.Response:
        async with httpx.AsyncClient(transport=transport, base_url="http://x.localhost") as client:
            return await client.get(path)

    return asyncio.run(get())


def disk(level: Level = Level.OK) -> Checks:
    return lambda: [Check("disk", level, "3 GB are free", "make room")]


def test_healthz_is_200_while_nothing_fails_and_503_when_something_does(
    database: Database,
) -> None:
    with database.unit_of_work() as session:
        store(session, Sample(key="a.cn/1"))
    answers = {level: ask(database, "/healthz", disk(level)) for level in Level}
    assert {level: a.status_code for level, a in answers.items()} == {
        Level.OK: 200,
        Level.WARN: 200,
        Level.FAIL: 503,
    }
    assert answers[Level.WARN].json() == {
        "status": "warn",
        "articles": 1,
        "checks": [{"name": "disk", "level": "warn", "found": "3 GB are free"}],
    }
    assert ask(database, "/livez", disk(Level.FAIL)).status_code == 200


def test_metrics_are_what_the_reference_parser_reads(database: Database) -> None:
    with database.unit_of_work() as session:
        store(session, Sample(key="a.cn/1"), Sample(key="a.cn/2"))
        one = Judgement(source="suqian-gov", state=HealthState.SILENT, evidence=(), last_new=NOW)
        write_health(session, [one], NOW)
        beat(session, RUNNER, datetime.now(UTC), {"late": 3})
    answer = ask(database, "/metrics", disk())
    assert answer.headers["content-type"].startswith("text/plain; version=")
    found = {
        (sample.name, *sorted(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }
    assert found["suqian_articles", "suqian-gov"] == 2
    assert found["suqian_pages", "new"] == 2
    assert found["suqian_source_state", "silent", "suqian-gov"] == 1
    assert found["suqian_source_state", "ok", "suqian-gov"] == 0
    assert found["suqian_source_last_new_age_seconds", "suqian-gov"] > 0
    assert found["suqian_late_flow_runs",] == 3
    assert found["suqian_check", "disk"] == 0
    assert 0 <= found["suqian_heartbeat_age_seconds", "runner"] < 600


def test_without_checks_of_the_system_the_database_speaks_for_itself(database: Database) -> None:
    answer = ask(database, "/healthz")
    assert {check["name"] for check in answer.json()["checks"]} >= {"database", "scheduler"}
