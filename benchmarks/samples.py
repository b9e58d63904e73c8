"""The pages that reading is measured on: real ones where they are at hand, else the replica's."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from crawler.demo.render import Renderer
from crawler.demo.world import World


@dataclass(frozen=True)
class Sample:
    """Pages as bytes, what they are known to say, and the folder that they are from."""

    pages: list[bytes]
    gold: list[dict[str, Any]]
    """Empty for the replica's: their truth is in another form."""
    folder: Path | None = None

    @property
    def note(self) -> str:
        """Which pages these are."""
        where = f"`{self.folder.name}`" if self.folder else "the replica, as no real ones are here"
        return f"{len(self.pages)} pages of {where}."


def sample() -> Sample:
    """The pages of ``shared/eval`` beside the checkout or above it, else 60 of the replica."""
    for above in Path(__file__).resolve().parents:
        if (above / "shared" / "eval" / "gold.jsonl").exists():
            return saved(above / "shared" / "eval")
    return replica(60)


def saved(folder: Path) -> Sample:
    """The pages of a folder that holds ``pages/`` and ``gold.jsonl``."""
    if not (folder / "gold.jsonl").exists():
        raise SystemExit(f"{folder} has no gold.jsonl: name the folder of the evaluation pages")
    lines = (folder / "gold.jsonl").read_text("utf-8").splitlines()
    gold = [json.loads(line) for line in lines]
    return Sample([(folder / known["file"]).read_bytes() for known in gold], gold, folder)


def replica(count: int) -> Sample:
    """Articles as the replica serves them."""
    world = World.build(articles=2 * count + 100)
    renderer = Renderer(world, 80)
    posts = [post for post in world.truth() if not post.file_names()][:count]
    answers = [renderer.answer(world.sites[post.site].host, post.path) for post in posts]
    return Sample([answer.body for answer in answers if answer.status == 200], [])
