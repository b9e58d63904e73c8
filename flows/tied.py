"""A program that ends with the one that started it: ``python -m flows.tied MODULE ARGUMENT…``.

However the service ends, by a signal or because the system killed it, its parts end with it: each
reads a pipe of which the service holds the other end.
"""

import os
import runpy
import signal
import sys
import threading
import time

_SECONDS = 2.0


def end_with_pipe(number: int) -> None:
    """Send this process SIGTERM when nobody holds the other end of a pipe any more."""

    def wait() -> None:
        while os.read(number, 1024):
            pass
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=wait, name="tied", daemon=True).start()


def end_with_parent() -> None:
    """Send this process SIGTERM when its parent has died: another one has taken it over then."""
    parent = os.getppid()

    def wait() -> None:
        while os.getppid() == parent:
            time.sleep(_SECONDS)
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=wait, name="tied", daemon=True).start()


if __name__ == "__main__":
    end_with_pipe(sys.stdin.fileno())
    sys.argv = sys.argv[1:]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
