"""Each planted corruption by itself: found, and repaired or named with what to do.

``python -m tests.faults.corruptions`` crawls a replica, and plants each in a copy of what came of it.
"""

import shutil
import sys
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from crawler.demo.world import World
from flows.app import App, open_app
from flows.verify.run import verify
from storage.settings import Settings
from tests.faults.cases import Cases
from tests.faults.planted import CORRUPTIONS, Corruption, corpus_of
from tests.flows.conftest import EVERYTHING, lab
from tests.flows.test_recheck import Aging


def tried(app: App, corruption: Corruption) -> tuple[str, bool]:
    """Plant one; what came of it, and whether that is what is promised."""
    before = corpus_of(app)
    corruption.plant(app)
    if corruption.kind not in {one.kind for one in verify(app).found}:
        return "not found", False
    left = verify(app, repair=True).left
    if corpus_of(app) != before:
        return "found; the corpus is another one", False
    if corruption.repaired:
        return ("found, not repaired", False) if left else ("found, repaired", True)
    return "found, named", bool(left) and all(one.advice for one in left)


def measure(articles: int = 60) -> Cases:
    """Try every corruption."""
    cases = Cases("planted corruptions")
    with (
        TemporaryDirectory() as name,
        lab(Path(name), World.build(articles=articles)) as whole,
    ):
        made = Aging(whole)
        made.crawl(EVERYTHING)
        for post in made.posts()[:2]:
            made.age("edit-silently", post)
        made.check(timedelta(hours=1))
        whole.app.database.close()
        for corruption in CORRUPTIONS:
            home = Path(name) / "copy"
            shutil.rmtree(home, ignore_errors=True)
            shutil.copytree(whole.app.settings.home, home)
            settings = Settings.for_home(home).model_copy(
                update={"replica": Path(name) / "catalogue"}
            )
            with open_app(settings) as app:
                outcome, good = tried(app, corruption)
            cases.add(corruption.name, outcome, good=good)
    return cases


def main() -> None:
    """Try every corruption; print what came of each."""
    cases = measure()
    cases.show()
    sys.exit(not cases.good)


if __name__ == "__main__":
    main()
