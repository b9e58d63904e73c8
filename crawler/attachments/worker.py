"""The process that reads files which strangers made: little memory, no network, nothing written.

``python -m crawler.attachments.worker LIMITS.json``: on standard input come frames of a JSON head
and the file, on standard output goes a frame of JSON for each. It may die over any file: who asked
starts another.
"""

import contextlib
import ctypes
import json
import os
import sys
from dataclasses import asdict
from typing import Any

from crawler.attachments.read import read_file
from crawler.attachments.text import Limits, Ocr, Result
from crawler.frames import read_frame, write_frame

_NEW_NETWORK, _NEW_USER = 0x40000000, 0x10000000  # CLONE_NEWNET, CLONE_NEWUSER
_FORBIDDEN = (
    *("socket.connect", "socket.bind", "socket.sendto", "socket.getaddrinfo"),
    *("subprocess.Popen", "os.exec", "os.fork", "os.posix_spawn", "os.system"),
)


def main() -> int:
    """Read files until the input ends. A file that takes all the memory is the last one."""
    limits = Limits(**json.loads(sys.argv[1]))
    with contextlib.ExitStack() as stack:
        answers = stack.enter_context(os.fdopen(os.dup(1), "wb"))
        os.dup2(2, 1)  # what a library prints is no answer
        ocr = _recogniser() if json.loads(sys.argv[2]) else None
        _confine(limits.ocr_memory if ocr else limits.memory)
        while (head := read_frame(sys.stdin.buffer)) is not None:
            body = read_frame(sys.stdin.buffer)
            if body is None:
                break
            result = _read(body, json.loads(head), limits, ocr)
            write_frame(answers, json.dumps(asdict(result)).encode())
            if result.status == OUT_OF_MEMORY:
                return 1
    return 0


OUT_OF_MEMORY = "unreadable: takes too much memory"


def _read(body: bytes, head: dict[str, Any], limits: Limits, ocr: Ocr | None) -> Result:
    try:
        return read_file(body, head["name"], head["media"], limits, ocr)
    except MemoryError:
        return Result("", OUT_OF_MEMORY)


def _recogniser() -> Ocr | None:
    """What reads pictures, where the extra ``ocr`` is installed."""
    try:
        from crawler.attachments.ocr import recogniser
    except ImportError:
        return None
    return recogniser()


def _confine(memory: int) -> None:
    """Give up what a reader of files does not need; the rest is the caller's clock."""
    try:
        import resource
    except ImportError:  # not on Windows: there the caller's clock is all
        pass
    else:
        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        # Where the kernel lets anybody have a network of his own, with nothing in it.
        libc = ctypes.CDLL(None)
        if libc.unshare(_NEW_NETWORK):
            libc.unshare(_NEW_NETWORK | _NEW_USER)
    sys.dont_write_bytecode = True
    sys.addaudithook(_refuse)


def _refuse(event: str, _: tuple[object, ...]) -> None:
    if event in _FORBIDDEN:
        raise PermissionError(f"a reader of files asked for {event}")


if __name__ == "__main__":
    sys.exit(main())
