"""What every crawler's script does: addresses in, seconds out."""

import json
import logging
import sys
import time
from collections.abc import Callable
from importlib.metadata import version


def run(package: str, fetch: Callable[[list[str]], int]) -> None:
    """Fetch the addresses of the task on standard input, ``{"urls": […], "rounds": int}``."""
    logging.disable(logging.CRITICAL)
    task = json.load(sys.stdin)
    seconds, got = [], 0
    for _ in range(task["rounds"]):
        start = time.perf_counter()
        got = fetch(task["urls"])
        seconds.append(time.perf_counter() - start)
    json.dump({"version": version(package), "got": got, "seconds": seconds}, sys.stdout)
