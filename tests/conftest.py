"""What every test shares."""

from collections.abc import Iterator

import pytest
import structlog
from hypothesis import settings

# A test judges no times: the first example may load a dictionary, and the machine may be busy.
settings.register_profile("suqian", deadline=None)
settings.load_profile("suqian")


@pytest.fixture(autouse=True)
def _own_log() -> Iterator[None]:
    """A command that is run in a test points the log at that test's output, which ends with it."""
    yield
    structlog.reset_defaults()
