"""What every test shares."""

from collections.abc import Iterator

import pytest
import structlog
from hypothesis import settings

from tests.warm import COLD, Template

# A test judges no times: the first example may load a dictionary, and the machine may be busy.
settings.register_profile("suqian", deadline=None)
settings.load_profile("suqian")


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
