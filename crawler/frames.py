"""A child that answers frames, in a process of its own, and what a frame is."""

import contextlib
import subprocess
from collections.abc import Sequence
from typing import IO

_LENGTHS = 4


def read_frame(stream: IO[bytes]) -> bytes | None:
    """The next frame; None at the end, or where it breaks off."""
    head = stream.read(_LENGTHS)
    if len(head) < _LENGTHS:
        return None
    size = int.from_bytes(head)
    body = stream.read(size)
    return body if len(body) == size else None


def write_frame(stream: IO[bytes], body: bytes) -> None:
    """A frame: its length in four bytes, most significant first, and its bytes."""
    stream.write(len(body).to_bytes(_LENGTHS))
    stream.write(body)
    stream.flush()


class Child:
    """A process that is started when it is asked first, and anew once it was closed."""

    def __init__(self, command: Sequence[str], errors: int | None = None) -> None:
        """`errors` is where its standard error goes, as for `subprocess.Popen`."""
        self._command = command
        self._errors = errors
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def is_running(self) -> bool:
        """Whether it was started and not closed since; it may have died."""
        return self._process is not None

    def start(self) -> subprocess.Popen[bytes]:
        """The process, started where there is none."""
        if self._process is None:
            self._process = subprocess.Popen(
                self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._errors
            )
        return self._process

    def ask(self, *frames: bytes) -> bytes | None:
        """Its answer to some frames; None where none came: it is dead, or dying."""
        self.tell(*frames)
        return self.hear()

    def tell(self, *frames: bytes) -> None:
        """Send frames, and wait for no answer; whether they arrive shows in the answer."""
        process = self.start()
        assert process.stdin is not None  # pipes were asked for  # noqa: S101
        with contextlib.suppress(OSError):
            for frame in frames:
                write_frame(process.stdin, frame)

    def hear(self) -> bytes | None:
        """Its next answer; None where none comes: it is dead, or dying."""
        process = self.start()
        assert process.stdout is not None  # pipes were asked for  # noqa: S101
        try:
            return read_frame(process.stdout)
        except OSError:
            return None

    def end(self) -> int:
        """End the process, which is still to be closed; its exit code."""
        process = self.start()
        process.kill()
        return process.wait()

    def close(self) -> int | None:
        """End the process, if there is one; its exit code."""
        if self._process is None:
            return None
        process, self._process = self._process, None
        process.kill()
        process.communicate()
        return process.returncode
