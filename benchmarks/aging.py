"""A replica in a process of its own, on which something happens whenever somebody says so.

Run as a program this module is that process: each line of its standard input is an operation.
"""

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import datetime
from random import Random

from crawler.demo.aging import Operation, apply
from crawler.demo.server import serve
from crawler.demo.world import Post, World
from crawler.urls import canonical_key

_HAPPENS = {
    "publish": 30,
    "edit": 10,
    "edit-silently": 10,
    "noise": 10,
    "withdraw": 3,
    "restore": 3,
    "nothing": 34,
}
"""What happens before a cycle, and how often of a hundred times."""


@dataclass
class Aging:
    """A replica in a process of its own, and what is known of it here."""

    world: World
    random: Random
    process: "subprocess.Popen[str]"
    port: int
    happened: Counter[str] = field(default_factory=Counter)

    def age(self, now: datetime) -> None:
        """Let something happen."""
        op = self.random.choices(list(_HAPPENS), list(_HAPPENS.values()))[0]
        operation = self._operation(op, now)
        if operation is not None:
            self.world = apply(self.world, [operation])
            self._tell(operation)
            self.happened[op] += 1

    def _operation(self, op: str, now: datetime) -> Operation | None:
        if op == "publish":
            return Operation(op, day=str(now.date()))
        posts = [post for post in self.world.posts if _is_plain(self.world, post)]
        posts = [post for post in posts if post.gone is (op == "restore")]
        if op == "nothing" or not posts:
            return None
        post = self.random.choice(posts)
        return Operation(op, site=post.site, path=post.path)

    def _tell(self, operation: Operation) -> None:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps(asdict(operation)) + "\n")
        self.process.stdin.flush()
        if not self.process.stdout.readline():
            raise RuntimeError("the replica has ended")

    def keys(self, posts: Iterable[Post]) -> set[str]:
        """The keys under which posts are stored."""
        return {canonical_key(self.world.url(post.address, self.port)) for post in posts}


def _is_plain(world: World, post: Post) -> bool:
    """Whether a post is an article, or was one."""
    plain = not post.placeholder and post.link is None and not post.unlisted
    return plain and not post.path.startswith(world.sites[post.site].disallow)


@contextmanager
def aging(articles: int, seed: int) -> Iterator[Aging]:
    """Start a replica; end it when the block is left."""
    command = [sys.executable, "-m", "benchmarks.aging", str(articles)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            port = int(process.stdout.readline())
            yield Aging(World.build(articles=articles), Random(seed), process, port)
        finally:
            process.stdin.close()


def main(articles: int) -> None:
    """Serve a replica; tell the port, then that something has happened."""
    with serve(World.build(articles=articles)) as served:
        print(served.port, flush=True)
        for line in sys.stdin:
            served.age(Operation(**json.loads(line)))
            served.requests.clear()
            print("done", flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]))
