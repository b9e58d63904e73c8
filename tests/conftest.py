"""What every test shares."""

from collections.abc import Iterator
from typing import Any

import pytest
import structlog
from hypothesis import settings
from xdist.scheduler import LoadFileScheduling

from tests.warm import COLD, Template

# Where the most time goes: they begin first, so that no worker is left alone with one at the end.
_LONGEST = (
    "test_service", "test_many_machines", "test_recheck", "test_backfilling", "test_ingest",
    "test_coverage", "test_deployments", "test_dedupe_stories", "test_kills", "test_commands",
    "test_search", "test_browser", "test_hostile", "test_samples", "test_transfer", "test_http",
    "test_catch_up", "test_moves", "test_attachments", "test_walking", "test_kinds", "test_reread",
)  # fmt: skip
# Files that are one to whoever hands them out: both want the whole replica crawled.
_TOGETHER = {"tests/flows/test_coverage.py": "tests/flows/test_ingest.py"}

# A test judges no times: the first example may load a dictionary, and the machine may be busy.
settings.register_profile("suqian", deadline=None)
settings.load_profile("suqian")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A worker takes whole files (`--dist loadfile`), in this order."""
    rank = {name: place for place, name in enumerate(_LONGEST)}
    items.sort(key=lambda item: rank.get(item.path.stem, len(rank)))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    if config.getvalue("dist") != "loadfile":
        return None
    made = LoadFileScheduling(config, log)
    file_of = made._split_scope
    made._split_scope = lambda test: _TOGETHER.get(file_of(test), file_of(test))
    return made


@pytest.fixture(autouse=True)
def _own_log() -> Iterator[None]:
    """A command that is run in a test points the log at that test's output, which ends with it."""
    yield
    structlog.reset_defaults()


@pytest.fixture(scope="session", autouse=True)
def _warm_child() -> Iterator[None]:
    """A crawl is a copy of a process that has imported everything, where that is not what is tested."""
    template = Template()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("crawler.crawl._started", template.start)
        yield
    template.close()


@pytest.fixture
def cold_child(monkeypatch: pytest.MonkeyPatch) -> None:
    """Crawls start a process of their own, as they do outside of tests."""
    monkeypatch.setattr("crawler.crawl._started", COLD)
