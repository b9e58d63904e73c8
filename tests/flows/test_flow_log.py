"""The log of a flow run tells people what is wrong, and developers where."""

import logging

import pytest

from crawler.errors import StopRun
from flows.flow_log import RUNS, speak_plainly


@pytest.fixture(autouse=True)
def heard(caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody else hears what runs say: where Prefect is set up it would send that to a server."""
    monkeypatch.setattr(logging.getLogger(RUNS), "handlers", [caplog.handler])
    monkeypatch.setattr(logging.getLogger(RUNS), "propagate", False)


def told(
    caplog: pytest.LogCaptureFixture, error: Exception, words: str = "the run ended"
) -> logging.LogRecord:
    speak_plainly()
    speak_plainly()
    with caplog.at_level(logging.ERROR, RUNS):
        try:
            raise error
        except Exception:
            logging.getLogger(RUNS).exception(words)
    (record,) = caplog.records
    return record


def test_an_error_of_ours_is_its_own_words(caplog: pytest.LogCaptureFixture) -> None:
    record = told(caplog, StopRun("since 2026-06-30 is after until 2026-01-01"))
    assert record.exc_info is None
    assert record.getMessage() == "the run ended: since 2026-06-30 is after until 2026-01-01"


def test_what_is_said_already_is_not_said_again(caplog: pytest.LogCaptureFixture) -> None:
    record = told(caplog, StopRun("no source"), "the run ended: StopRun('no source')")
    assert record.getMessage() == "the run ended: StopRun('no source')"


def test_a_bug_keeps_its_traceback(caplog: pytest.LogCaptureFixture) -> None:
    record = told(caplog, KeyError("load"))
    assert record.exc_info is not None
    assert record.getMessage() == "the run ended"
