"""A crawl child that lives on another day: `python -m benchmarks.shifted SECONDS PLAN.json`.

What pages are noted to be fetched at decides by which layout they are read, and only a crawl writes that down.
"""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta, tzinfo
from pathlib import Path
from typing import IO, Self
from unittest.mock import patch


@contextmanager
def crawling_at(moment: datetime) -> Iterator[None]:
    """Let the crawls that begin in the block believe that it is then."""
    ahead = (moment - datetime.now(moment.tzinfo)).total_seconds()

    def started(plan_file: Path, log: IO[bytes]) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "benchmarks.shifted", str(ahead), str(plan_file)]
        return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log)

    with patch("crawler.crawl._started", started):
        yield


def main() -> int:
    """Crawl the plan, so many seconds ahead."""
    ahead = timedelta(seconds=float(sys.argv.pop(1)))

    class Shifted(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> Self:
            return super().now(tz) + ahead

    from crawler import crawl
    from crawler.middlewares import recording
    from crawler.spiders import listing, walk

    for module in (recording, listing, walk):
        vars(module)["datetime"] = Shifted
    return crawl.main()


if __name__ == "__main__":
    sys.exit(main())
