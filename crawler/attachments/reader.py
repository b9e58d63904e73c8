"""Reads files that strangers made in a process of its own, which may die over any of them."""

import json
import subprocess
import sys
import threading
from dataclasses import asdict
from importlib.util import find_spec
from types import TracebackType
from typing import Self

import structlog

from crawler.attachments.text import NEEDS_OCR, Limits, Result
from crawler.attachments.worker import OUT_OF_MEMORY
from crawler.frames import Child

log = structlog.get_logger(__name__)


HINT = "the extra `ocr` reads pictures: pip install 'suqian[ocr]'"


def has_ocr() -> bool:
    """Whether the extra that reads pictures is installed."""
    return find_spec("rapidocr") is not None


class FileReader:
    """Reads files one after the other. Its process starts with the first and is shared by all; one
    that dies or takes too long is ended, and the next file gets another. Only a file of pictures
    is given to a second process, which knows how to read them, where the extra is installed.

    Close it, or use it as a context manager.
    """

    def __init__(self, limits: Limits | None = None, *, ocr: bool | None = None) -> None:
        self.limits = limits or Limits()
        self._plain = _Worker(self.limits, ocr=False)
        self._ocr = _Worker(self.limits, ocr=True) if (has_ocr() if ocr is None else ocr) else None
        self._hinted = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the processes."""
        self._plain.close()
        if self._ocr:
            self._ocr.close()

    def read(self, body: bytes, name: str = "", media: str = "") -> Result:
        """What a file says. Never fails: what cannot be read says why in its status."""
        if len(body) > self.limits.bytes:
            size, limit = len(body) >> 20, self.limits.bytes >> 20
            return Result("", f"unreadable: {size} MB, more than {limit}")
        result = self._plain.read(body, name, media)
        if result.status == NEEDS_OCR and self._ocr:
            recognised = self._ocr.read(body, name, media)
            result = recognised if recognised.text else result
        self._tell(name, result)
        return result

    def _tell(self, name: str, result: Result) -> None:
        if not result.status.startswith("read"):
            log.info("file not read", name=name, status=result.status)
        if result.status == NEEDS_OCR and not self._ocr and not self._hinted:
            self._hinted = True
            log.warning("a file is pictures of text", name=name, hint=HINT)


class _Worker:
    """The process, started when it is needed."""

    def __init__(self, limits: Limits, *, ocr: bool) -> None:
        self.seconds = limits.ocr_seconds if ocr else limits.seconds
        arguments = [json.dumps(asdict(limits)), json.dumps(ocr)]
        command = [sys.executable, "-m", "crawler.attachments.worker", *arguments]
        self._child = Child(command, errors=subprocess.DEVNULL)

    def read(self, body: bytes, name: str, media: str) -> Result:
        """Have a file read. What a process dies of that had read others before need not be this
        file alone: it is tried once more with a new one."""
        used = self._child.is_running
        result, died = self._ask(body, name, media)
        return self._ask(body, name, media)[0] if died and used else result

    def _ask(self, body: bytes, name: str, media: str) -> tuple[Result, bool]:
        """What came of a file, and whether the process died of it by itself."""
        process = self._child.start()  # before its time runs
        expired = threading.Event()

        def end() -> None:
            expired.set()
            process.kill()

        timer = threading.Timer(self.seconds, end)
        timer.start()
        try:
            answer = self._answer(body, {"name": name, "media": media})
        finally:
            timer.cancel()
        if answer is not None and answer.status != OUT_OF_MEMORY:
            return answer, False
        code = self._child.close()
        if expired.is_set():
            return Result("", f"unreadable: takes longer than {self.seconds:g} s"), False
        return answer or Result("", f"unreadable: its reader died ({code})"), True

    def _answer(self, body: bytes, head: dict[str, str]) -> Result | None:
        """What it says of a file; None where no answer came."""
        answer = self._child.ask(json.dumps(head).encode(), body)
        return Result(**json.loads(answer)) if answer is not None else None

    def close(self) -> None:
        """End the process, if there is one."""
        self._child.close()
