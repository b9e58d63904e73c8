"""Work in a forked process, which may die of it."""

import os
import signal
import time
import traceback
from collections.abc import Callable

from crawler.errors import CrawlerError
from storage.errors import StorageError

DONE, FAILED, BROKEN = 0, 3, 4
"""Exit codes: came to its end; met what the world may do, and said so; failed in another way."""
_PATIENCE = 300.0


def in_a_fork(work: Callable[[], None], meanwhile: Callable[[], None] = lambda: None) -> int:
    """Run something in a process of its own; its exit code, negative for the signal it died of.

    `meanwhile` is what happens to it: it is called here as soon as the process has begun.
    """
    pid = os.fork()
    if pid == 0:
        _work(work)
    meanwhile()
    deadline = time.monotonic() + _PATIENCE
    while time.monotonic() < deadline:
        done, status = os.waitpid(pid, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.01)
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    return BROKEN


def _work(work: Callable[[], None]) -> None:
    code = BROKEN
    try:
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        work()
        code = DONE
    except (StorageError, CrawlerError, OSError):
        code = FAILED
    except BaseException:  # noqa: BLE001 - a process's edge
        traceback.print_exc()
    finally:
        os._exit(code)
