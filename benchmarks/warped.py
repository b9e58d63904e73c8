"""An event loop whose clock jumps to what is due next: an hour of waiting takes no time.

Who asks and who answers run on the same loop and loopback delivers at once, so that where nothing can be read
nothing is on its way either.
"""

import asyncio
import selectors
from typing import Any


class Warped(asyncio.SelectorEventLoop):
    """Its time is nobody's: it stands still while something is done, and passes while nothing is."""

    def __init__(self) -> None:
        self.now = 0.0
        super().__init__(_Selector(self))

    def time(self) -> float:
        """Seconds since it was made."""
        return self.now


class _Selector(selectors.DefaultSelector):
    def __init__(self, loop: Warped) -> None:
        super().__init__()
        self._loop = loop

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """What can be read now; where nothing can, let the time pass until the next timer."""
        ready = super().select(None if timeout is None else 0)
        if not ready and timeout is not None and timeout > 0:
            self._loop.now += timeout
        return ready


def use(loop: Any, *modules: Any) -> None:
    """Let modules that read the system's clock as ``monotonic`` read this loop's."""
    for module in modules:
        module.monotonic = loop.time
