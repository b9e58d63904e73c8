"""How well and how fast reprints are found and templates kept apart.

    uv run python -m benchmarks.dedupe [quality] [siblings] [cost] [family] [--quick] [--postgresql]

Without names all four are run. `quality` loads a labelled set and compares the stories with what is
known of it; `siblings` compares 10,000 pairs of notices; `cost` measures an article's dedupe with
10,000 to 1,000,000 stored; `family` with 100,000 notices of one template stored. `--quick` takes a
tenth of everything, and of `cost` all but the largest. Times are CPU times of this process and, on PostgreSQL, of the server's that
works for it: on a busy machine the clock on the wall measures the neighbours.
"""

import os
import statistics
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, timedelta
from itertools import combinations, islice
from pathlib import Path
from random import Random

from sqlalchemy import select, text

from benchmarks.labelled import Labelled, labelled_set, siblings
from benchmarks.measuring import Scale
from benchmarks.results import Curve, Figure, Findings, Goal, ratios
from benchmarks.stored import article_rows, databases, filled, keys_of, size_of, write
from crawler.demo import texts
from flows.steps import dedupe
from flows.steps.dedupe import Text, text_digest
from storage import fingerprints
from storage.database import Database
from storage.models import Article, Link, Wording
from storage.search import fold

BATCH = 100
_STORED = (10_000, 100_000, 1_000_000)
"""Quick or not: the smaller the stock, the fewer texts of it share anything with a new one, down to none."""
Folded = tuple[str, str]


def main() -> None:
    """Print what was asked for."""
    quick, backend = "--quick" in sys.argv, "sqlite"
    if "--postgresql" in sys.argv:
        backend = "postgresql"
    parts: dict[str, Callable[[str, int], None]] = {
        "quality": quality,
        "siblings": pairs_of_siblings,
        "cost": cost,
        "family": family,
    }
    chosen = [name for name in parts if name in sys.argv] or list(parts)
    for name in chosen:
        print(f"== {name}, {backend}")
        parts[name](backend, 10 if quick else 1)


# --- how well ---


def quality(backend: str, divisor: int) -> None:
    """Pairwise precision, recall and F1 of the stories, and the excerpts found."""
    labelled = labelled_set(news=110 // divisor + 20, notices=480 // divisor + 20)
    folded = [(fold(one.title), fold(one.body)) for one in labelled]
    with databases(backend) as make:
        database = filled(make("quality"), 0, [0])
        started = _cpu(database)
        for start, batch in _batches(folded):
            _store(database, batch, start + 1)
        spent = (_cpu(database) - started) / len(folded)
        stories, links = _found(database)
    truth = _pairs([one.story for one in labelled])
    found = _pairs([stories[number] for number in range(1, len(labelled) + 1)])
    right = len(truth & found)
    print(f"{len(labelled)} texts: {dict(Counter(one.case for one in labelled))}")
    print(
        f"pairs: {len(truth)} true, {len(found)} found; precision {right / len(found):.4f}, "
        f"recall {right / len(truth):.4f}, F1 {2 * right / (len(truth) + len(found)):.4f}"
    )
    for name, pairs in (("missed", truth - found), ("wrong", found - truth)):
        kinds = Counter((labelled[a].case, labelled[b].case) for a, b in pairs)
        print(f"{name}: {dict(kinds.most_common(8))}")
    print(f"excerpts: {_excerpts(labelled, links)}; {spent * 1e6:.0f} µs a text")


def _found(database: Database) -> tuple[dict[int, str], set[tuple[int, int]]]:
    with database.reading() as session:
        stories = {row[0]: row[1] for row in session.execute(select(Article.pk, Article.story_id))}
        digests = {row[0]: row[1] for row in session.execute(select(Wording.pk, Wording.digest))}
        owners: defaultdict[str, list[int]] = defaultdict(list)
        for pk, digest in session.execute(select(Article.pk, Article.text_digest)):
            owners[digest].append(pk)
        links = {
            (min(a, b), max(a, b))
            for link in session.scalars(select(Link))
            for a in owners[digests[link.a_pk]]
            for b in owners[digests[link.b_pk]]
        }
    return stories, links


def _pairs(labels: Sequence[str]) -> set[tuple[int, int]]:
    groups: defaultdict[str, list[int]] = defaultdict(list)
    for number, label in enumerate(labels):
        groups[label].append(number)
    return {pair for members in groups.values() for pair in combinations(members, 2)}


def _excerpts(labelled: Sequence[Labelled], links: set[tuple[int, int]]) -> str:
    """Of the texts made as an excerpt, how many are linked to the text that they quote."""
    first = {one.story: number for number, one in reversed(list(enumerate(labelled, start=1)))}
    wanted = [
        tuple(sorted((number, first[story])))
        for number, one in enumerate(labelled, start=1)
        if one.case == "excerpt"
        for story in one.quotes
    ]
    return f"{sum(pair in links for pair in wanted)} of {len(wanted)} linked"


def pairs_of_siblings(backend: str, divisor: int) -> None:
    """How many pairs of notices that differ would be merged."""
    count = 10_000 // divisor
    merged = 0
    for one, other in siblings(11, count):
        found = dedupe.compare(*(Text(fold(title), fold(body)) for title, body in (one, other)))
        if found is not None and found.kind is not dedupe.Kind.EXCERPT:
            merged += 1
            print("merged:", one[0], "|", other[0], found.differs)
    print(f"{merged} merged of {count} pairs of siblings")


# --- how fast ---


def cost(backend: str, divisor: int) -> None:
    """An article's dedupe with so many stored: ordinary news, in batches, turn by turn."""
    spent, size = growth(backend, quick=divisor > 1)
    least = statistics.median(next(iter(spent.values())))
    for stored, seconds in spent.items():
        each = statistics.median(seconds)
        print(f"{stored:>9} stored: {each * 1e6:5.0f} µs an article, {each / least:.2f}×")
    print(f"{1 / least:.0f} articles a second; {size}")


def growth(backend: str, *, quick: bool) -> tuple[dict[int, list[float]], str]:
    """How many are stored → the CPU time an article of each batch; and what the largest takes."""
    sizes = _STORED[:-1] if quick else _STORED
    stock = keys_of(list(_news(1500, 1)))
    fresh = list(_news(400 if quick else 4000, 2))
    with databases(backend) as make:
        stored = {size: filled(make(f"n{size}"), size, stock) for size in sizes}
        spent: dict[int, list[float]] = {size: [] for size in sizes}
        for start, batch in _batches(fresh):
            for size, database in stored.items():
                spent[size].append(_store(database, batch, size + start + 1) / len(batch))
        return spent, size_of(stored[sizes[-1]], sizes[-1])


def row(scale: Scale) -> Findings:
    """An article's dedupe with 10⁴, 10⁵ and, unless it is to be quick, 10⁶ stored, on SQLite."""
    spent, _ = growth("sqlite", quick=scale.quick)
    first, *others = spent
    figures = [
        ratios(
            f"cost with {size:,} stored by {first:,}",
            spent[size],
            spent[first],
            Goal(1.5, at_least=False),
        )
        for size in others
    ]
    each = tuple(seconds * 1e6 for seconds in spent[first])
    points = tuple((float(size), 1e6 * statistics.median(some)) for size, some in spent.items())
    return Findings(
        (*figures, Figure(f"an article with {first:,} stored", each, "µs")),
        (Curve("an article's dedupe", "articles stored", "µs", {"suqian": points}),),
        notes=("Processor time; the values are those of batches, turn by turn.",),
    )


def family(backend: str, divisor: int) -> None:
    """The same with a family of siblings stored; and whether reprints among them are found."""
    count = 100_000 // divisor
    with databases(backend) as make:
        database = filled(make("family"), 0, [0])
        known = list(islice(_notices(5), count))
        for start, batch in _batches(known, 2000):
            _store_unseen(database, batch, start + 1)
        ordinary = filled(make("ordinary"), 10_000 // divisor, keys_of(list(_news(1500, 1))))
        news, fresh = list(_news(1000, 3)), list(islice(_notices(6), 1000))
        spent: dict[str, list[float]] = {"sibling": [], "ordinary": []}
        for (start, batch), (_, some) in zip(_batches(fresh), _batches(news), strict=True):
            spent["sibling"].append(_store(database, batch, count + start + 1) / len(batch))
            spent["ordinary"].append(_store(ordinary, some, 2 * count + start + 1) / len(some))
        each = {name: statistics.median(times) for name, times in spent.items()}
        print(
            f"{count} siblings stored: {each['sibling'] * 1e6:.0f} µs a sibling, "
            f"{each['sibling'] / each['ordinary']:.2f}× ordinary news with {10_000 // divisor} stored"
        )
        _reprints_among(database, known, 3 * count)


def _reprints_among(database: Database, known: Sequence[Folded], first: int) -> None:
    chosen = Random(7).sample(range(len(known)), 300)
    copies = [
        (fold(f"转发：{known[at][0]}"), known[at][1] + "来源:宿迁市人民政府网站 编辑:王璐")
        for at in chosen
    ]
    for start, batch in _batches(copies):
        _store(database, batch, first + start + 1)
    stories, _ = _found(database)
    right = sum(stories[at + 1] == stories[first + 1 + n] for n, at in enumerate(chosen))
    sizes = Counter(stories.values())
    wrong = sum(sizes[stories[first + 1 + number]] > 2 for number in range(len(chosen)))
    print(f"{right} of {len(chosen)} reprints among them found, {wrong} in a wrong story")


def _news(count: int, seed: int) -> Iterator[Folded]:
    forms = sorted(form for form, entry in texts.forms().items() if entry["kind"] == "news")
    return islice(_written(forms, Random(seed)), count)


def _notices(seed: int) -> Iterator[Folded]:
    return _written(["assessment"], Random(seed))


def _written(forms: Sequence[str], random: Random) -> Iterator[Folded]:
    while True:
        day = date(2023, 7, 1) + timedelta(days=random.randint(0, 1000))
        text_ = texts.write(random.choice(forms), day, random)
        yield fold(text_.title), fold("\n".join(text_.paragraphs))


def _batches(items: Sequence[Folded], size: int = BATCH) -> Iterator[tuple[int, Sequence[Folded]]]:
    for start in range(0, len(items), size):
        yield start, items[start : start + size]


def _store(database: Database, batch: Sequence[Folded], first: int) -> float:
    """Write articles, then find their relatives and settle their stories: the CPU time of that."""
    digests = [text_digest(*one) for one in batch]
    rows = [
        article_rows(first + number, *one, digest)
        for number, (one, digest) in enumerate(zip(batch, digests, strict=True))
    ]
    write(database, rows)
    by_digest = {digest: Text(*one) for digest, one in zip(digests, batch, strict=True)}
    started = _cpu(database)
    with database.unit_of_work() as session:
        dedupe.settle(session, by_digest, new=range(first, first + len(batch)))
    return _cpu(database) - started


def _store_unseen(database: Database, batch: Sequence[Folded], first: int) -> None:
    """Write articles with their keys, without comparing them: each is a story of its own."""
    rows, keys = [], {}
    for number, one in enumerate(batch, start=first):
        digest = text_digest(*one)
        wording = {"pk": number, "digest": f"{digest}", "version": 1}
        rows.append(article_rows(number, *one, digest) | {Wording: wording})
        keys[number] = dedupe.signature(*one).keys
    write(database, rows)
    with database.unit_of_work() as session:
        fingerprints.add(session, keys)
        if session.get_bind().dialect.name == "postgresql":
            session.execute(
                text("SELECT setval(pg_get_serial_sequence('wording', 'pk'), 10000000)")
            )


def _cpu(database: Database) -> float:
    """CPU seconds of this process and of the server's that answers it."""
    return time.process_time() + sum(map(_seconds, _servers(database)))


def _servers(database: Database) -> Iterable[int]:
    if database.engine.dialect.name == "sqlite":
        return []
    with database.reading() as session:
        return [session.scalar(text("SELECT pg_backend_pid()")) or 0]


def _seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text("ascii").rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    main()
