"""Ask the web service made-up questions, against its own description of itself.

    uv run --with schemathesis python -m benchmarks.fuzz_http [EXAMPLES]

Serves a small corpus on loopback, has schemathesis make up requests to every operation, right and wrong ones, and
checks each answer: no 5xx, only statuses, types, headers and bodies that the description names. Schemathesis is
no dependency of the project: its pins are its own. 820 examples an operation are some 10,000 requests.
"""

import socket
import subprocess
import sys
import tempfile
import threading
from collections import Counter
from pathlib import Path

import uvicorn
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from storage import Corpus
from storage.database import Database
from storage.web import create_app
from storage.web.api.changes import News
from tests.storage.samples import Sample, store

_ARTICLES = 60
_CHECKS = (
    *("not_a_server_error", "status_code_conformance", "content_type_conformance"),
    *("response_headers_conformance", "response_schema_conformance"),
)


class _Counting:
    """Counts requests and answers on the way."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self.statuses: Counter[int] = Counter()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def counted(message: Message) -> None:
            if message["type"] == "http.response.start":
                self.statuses[message["status"]] += 1
            await send(message)

        await self.app(scope, receive, counted)


def main(examples: int) -> int:
    """Ask so many questions an operation and kind; return schemathesis' exit code."""
    with tempfile.TemporaryDirectory() as folder:
        database = Database.open(f"sqlite:///{Path(folder) / 'fuzz.db'}", create=True)
        with database.unit_of_work() as session:
            store(session, *map(_sample, range(_ARTICLES)))
        corpus = Corpus(database)
        described = create_app(corpus, news=News(corpus, longest=0.01))
        described.openapi()  # made now: schemathesis waits ten seconds for it, whatever else runs
        app = _Counting(described)
        with socket.create_server(("127.0.0.1", 0)) as listening:
            server = uvicorn.Server(uvicorn.Config(app, log_level="error", lifespan="off"))
            thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
            thread.start()
            code = _fuzz(listening.getsockname()[1], examples)
            server.should_exit = True
            thread.join()
        database.close()
    told = ", ".join(f"{count} × {status}" for status, count in sorted(app.statuses.items()))
    print(f"{sum(app.statuses.values())} requests: {told}")
    return code


def _sample(number: int) -> Sample:
    topic = (("topic", "tech", "科技"), ("place", "suqian/sihong", "泗洪县"))
    return Sample(key=f"a.cn/{number}", title=f"第{number}号通知", tags=topic)


def _fuzz(port: int, examples: int) -> int:
    # A stream ends after an hour: what it holds is looked at in tests.
    command = [sys.executable, "-m", "schemathesis.cli", "run"]
    command += [f"http://127.0.0.1:{port}/api/openapi.json", "--exclude-path-regex", "stream$"]
    command += ["--checks", ",".join(_CHECKS), "--max-examples", str(examples), "--seed", "7"]
    command += ["--mode", "all", "--phases", "examples,coverage,fuzzing", "--request-timeout", "70"]
    return subprocess.run(command, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 820))
