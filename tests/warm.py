"""Crawls whose process comes from one that has imported everything: a fork in the place of a start.

A crawl of the replica takes a fifth of a second, and starting Python with Scrapy two. So each worker of the
suite keeps one process, which is run as a program here, and forks it for each crawl. What is forked gets
the descriptors, the folder and the environment that a started child would have, and runs its `main`.
Tests whose subject is the process itself ask for `cold_child`.
"""

import gc
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from threading import Lock
from typing import IO, Any, Self

from crawler import crawl

COLD = crawl._started
"""How a crawl is started outside of tests."""
_PACKET = 1 << 18
_PRELOADED = (
    "scrapy.core.downloader.tls",
    "scrapy.core.downloader.contextfactory",
    "scrapy.crawler",
    "crawler.middlewares.turns",
    "crawler.spiders.listing",
)


class Template:
    """The process of which the others are copies; it starts with the first."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._control, self._theirs = socket.socketpair(type=socket.SOCK_SEQPACKET)
        self._lock = Lock()

    def start(self, plan_file: Path, log: IO[bytes]) -> "Forked":
        """A crawl of that plan, as `crawler.crawl` starts it."""
        status, told = socket.socketpair(type=socket.SOCK_SEQPACKET)
        (stdin, to_stdin), (from_stdout, stdout) = os.pipe(), os.pipe()
        given = {"plan": str(plan_file), "folder": str(Path.cwd()), "environ": dict(os.environ)}
        descriptors = [told.fileno(), stdin, stdout, log.fileno()]
        with self._lock:
            self._run()
            socket.send_fds(self._control, [json.dumps(given).encode()], descriptors)
        told.close()
        os.close(stdin)
        os.close(stdout)
        return Forked(status, os.fdopen(to_stdin, "wb"), os.fdopen(from_stdout, "rb"))

    def _run(self) -> None:
        if self._process is None:
            theirs = self._theirs.fileno()
            command = [sys.executable, "-m", "tests.warm", str(theirs)]
            self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL, pass_fds=(theirs,))
            self._theirs.close()

    def close(self) -> None:
        self._control.close()
        self._theirs.close()
        if self._process is not None:
            self._process.wait()


class Forked:
    """What `crawler.crawl` uses of a `subprocess.Popen`."""

    def __init__(self, status: socket.socket, stdin: IO[bytes], stdout: IO[bytes]) -> None:
        self.stdin, self.stdout = stdin, stdout
        self._status = status
        self.pid = self._told()
        self.returncode: int | None = None

    def _told(self) -> int:
        said = self._status.recv(_PACKET)
        if not said:
            raise ChildProcessError("the template of the crawls is gone")
        return int(said)

    def wait(self, timeout: float | None = None) -> int:
        if self.returncode is None:
            self._status.settimeout(timeout)
            try:
                self.returncode = self._told()
            except (TimeoutError, BlockingIOError) as error:
                raise subprocess.TimeoutExpired("crawl", timeout or 0) from error
        return self.returncode

    def kill(self) -> None:
        if self.returncode is None:
            os.kill(self.pid, signal.SIGKILL)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stdout.close()
        self.stdin.close()
        self.wait()
        self._status.close()


# --- the template ---------------------------------------------------------------------------------


def main(control: socket.socket) -> int:
    """Fork for each task, until nobody is there to give one."""
    for name in _PRELOADED:
        import_module(name)
    gc.collect()
    gc.freeze()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    while True:
        task, descriptors, *_ = socket.recv_fds(control, _PACKET, 4)
        if not task:
            return 0
        if os.fork() == 0:
            control.close()
            return _watched(json.loads(task), descriptors)
        for one in descriptors:
            os.close(one)


def _watched(task: dict[str, Any], descriptors: Sequence[int]) -> int:
    """Fork the crawl, and tell whoever asked for it its number and how it ended."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    told, *standard = descriptors
    pid = os.fork()
    if pid == 0:
        os.close(told)
        return _crawl(task, standard)
    for one in standard:
        os.close(one)
    with socket.socket(fileno=told) as status:
        status.send(str(pid).encode())
        _, how = os.waitpid(pid, 0)
        status.send(str(os.waitstatus_to_exitcode(how)).encode())
    os._exit(0)


def _crawl(task: dict[str, Any], standard: Sequence[int]) -> int:
    """Be the child that `python -m crawler.crawl PLAN` is."""
    for number, one in enumerate(standard):
        os.dup2(one, number)
        os.close(one)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.chdir(task["folder"])
    os.environ.clear()
    os.environ.update(task["environ"])
    sys.argv[1:] = [task["plan"]]
    return crawl.main()


if __name__ == "__main__":
    sys.exit(main(socket.socket(fileno=int(sys.argv[1]))))
