"""How often who gave a wrong key: whoever does so too often waits."""

import time
from collections import OrderedDict
from collections.abc import Callable

MOST = 10
"""Wrong keys of one address in `SECONDS`…"""
SECONDS = 300.0
_ADDRESSES = 10_000


class Attempts:
    """Wrong keys by address, in memory; of the addresses only the latest are kept."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._failed: OrderedDict[str, list[float]] = OrderedDict()

    def wait(self, address: str) -> int:
        """Seconds for which an address is to give no key; 0: it may."""
        recent = self._recent(address)
        return int(recent[0] + SECONDS - self._clock()) + 1 if len(recent) >= MOST else 0

    def fail(self, address: str) -> None:
        """Note a wrong key."""
        self._failed[address] = [*self._recent(address), self._clock()][-MOST:]
        self._failed.move_to_end(address)
        while len(self._failed) > _ADDRESSES:
            self._failed.popitem(last=False)

    def _recent(self, address: str) -> list[float]:
        since = self._clock() - SECONDS
        return [at for at in self._failed.get(address, ()) if at > since]
