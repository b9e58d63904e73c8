"""Made-up requests to every operation and page of the web service, by the ten thousand.

``python -m tests.faults.requests --requests 20000`` asks an application over a small corpus, without a network
in between. No answer may be a 5xx, take two seconds of the processor, or say who serves it.
`benchmarks/fuzz_http.py` does the like with schemathesis, over a socket and against the description.
"""

import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Annotated, Any
from urllib.parse import quote

import typer

from storage.corpus import Corpus
from storage.database import Database
from storage.web import create_app
from storage.web.api.changes import News
from tests.faults.cases import Cases
from tests.faults.fuzz import PIECES, tried
from tests.storage.asking import Client
from tests.storage.samples import Sample, store

_ARTICLES = 60
_VALUES = (
    *("", "0", "-1", "1e308", "nan", "9" * 30, "0001-01-01", "9999-12-31", "2026-02-30", "true"),
    *("zh", "en", "csv", "jsonl", "date", "new", "防汛", "a" * 300, "../../etc/passwd", "\r\nX: y"),
    *("topic:tech", "'; DROP TABLE article; --", "<script>", "=1+1", "%00", "\ud7ff\U0010ffff"),
)
_HEADERS = ("Accept", "Accept-Language", "If-None-Match", "Range", "Cookie", "Last-Event-ID")


class Asking:
    """An application, and requests to it."""

    def __init__(self, corpus: Corpus) -> None:
        self.statuses: Counter[int] = Counter()
        app = create_app(corpus, news=News(corpus, longest=0.0))
        self._client = Client(app)
        described = app.openapi()["paths"].items()
        # A stream has no end to wait for.
        self._asked = [
            (p, one["get"].get("parameters", [])) for p, one in described if "stream" not in p
        ]
        pages = {getattr(route, "path", "") for route in app.routes}
        self._asked += [(page, []) for page in sorted(pages) if not page.startswith("/api/")]
        self._names = sorted({one["name"] for _, known in self._asked for one in known})
        self._ids = [one.id for one in corpus.articles()]

    def ask(self, random: Random) -> None:
        """Make a request and look at the answer."""
        path, known = random.choice(self._asked)
        names = [one["name"] for one in known if one["in"] == "query"] or self._names
        query = {random.choice(names): self._value(random) for _ in range(random.randrange(4))}
        headers = {}
        if random.random() < 0.2:
            headers[random.choice(_HEADERS)] = quote(self._value(random))
        answer = self._client.get(self._filled(path, random), params=query, headers=headers)
        self.statuses[answer.status_code] += 1
        assert answer.status_code < 500, (answer.status_code, path, query, answer.text[:200])
        assert "server" not in answer.headers, path

    def _filled(self, path: str, random: Random) -> str:
        parts = path.split("/")
        made = (self._value(random) if one.startswith("{") else one for one in parts)
        return "/".join(quote(one, safe="") for one in made)

    def _value(self, random: Random) -> str:
        match random.randrange(4):
            case 0:
                return random.choice(self._ids)
            case 1:
                return "".join(random.choices(PIECES, k=random.randrange(1, 8)))
            case 2:
                return str(random.randrange(200))
        return random.choice(_VALUES)


@contextmanager
def small_corpus() -> Iterator[Corpus]:
    """A corpus in a folder that goes again."""
    with TemporaryDirectory() as folder:
        database = Database.open(f"sqlite:///{Path(folder) / 'asked.db'}", create=True)
        with database.unit_of_work() as session:
            store(session, *(_sample(number) for number in range(_ARTICLES)))
        yield Corpus(database)
        database.close()


def _sample(number: int) -> Sample:
    tags: Any = (("topic", "tech", "科技"), ("place", "suqian/sihong", "泗洪县"))
    return Sample(key=f"a.cn/{number}", title=f"第{number}号通知", tags=tags)


def measure(requests: int, *, seed: int = 1, first: int = 0) -> Cases:
    """Make so many requests."""
    cases = Cases("requests")
    with small_corpus() as corpus:
        one = Asking(corpus)
        one.ask(Random(0))  # what is made once is made now
        began = time.process_time()
        failures = list(tried(one.ask, range(first, first + requests), seed))
        seconds = time.process_time() - began
    for failure in failures[:20]:
        cases.add(f"request {failure.number} of seed {seed}", failure.said, good=False)
    told = ", ".join(f"{count:,} × {status}" for status, count in sorted(one.statuses.items()))
    cases.add(f"{requests:,} of seed {seed}", f"{told}; {seconds:.0f} s", good=not failures)
    return cases


def main(
    requests: Annotated[int, typer.Option(help="How many.")] = 20_000,
    seed: Annotated[int, typer.Option(help="Of what is asked.")] = 1,
    first: Annotated[int, typer.Option(help="The number of the first.")] = 0,
) -> None:
    """Ask, and print what broke."""
    cases = measure(requests, seed=seed, first=first)
    cases.show()
    sys.exit(not cases.good)


if __name__ == "__main__":
    typer.run(main)
