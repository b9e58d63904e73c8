"""Which stored texts are related: candidates by shared keys, each verified on the texts."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import chain
from operator import itemgetter
from typing import Any

from sqlalchemy import ScalarSelect, delete, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from flows.steps.dedupe.comparison import Kind, Relation, Text, compare
from flows.steps.dedupe.signatures import VERSION, signature
from storage import fingerprints
from storage.among import parts
from storage.bulk import insert_rows
from storage.models import Article, FoldedText, Link, Wording

MERGING = (Kind.EXACT, Kind.REPRINT)
"""The kinds that make one story of two texts."""
CROWDED = 32
"""Texts with one key, beyond which the key tells a template or a set phrase, not a text."""
TRIES, FAINT_TRIES = 16, 6
"""Texts that one is compared with, the most promising first; and of those with a faint trace."""
_FAINT = 1.0
"""Up to this score: one key that nobody else has, or five that many have. An excerpt may be among
them; where there are more of them than are tried, what they share are set phrases."""
_LEAST = 0.2
"""What a key counts for at least, if it is not crowded: three are no coincidence."""
_ENOUGH = 3
"""Verified relations to one stored story; more would join what is joined."""


def enter(session: Session, texts: Mapping[str, Text]) -> None:
    """Store the texts that no article had before, given by digest, and link them to their relatives.

    What is found depends on the texts alone. It is a function of two texts whether they are
    related; and related texts share keys, of which the rare ones are followed without exception.
    """
    known = _pks(session, texts)
    fresh = {digest: text for digest, text in texts.items() if digest not in known}
    if not fresh:
        return
    rows = [{"digest": digest, "version": VERSION} for digest in fresh]
    insert_rows(session, Wording, rows)
    by_pk = {
        pk: fresh[digest] for digest, pk in sorted(_pks(session, fresh).items(), key=itemgetter(1))
    }
    keys = {pk: signature(text.title, text.body).keys for pk, text in by_pk.items()}
    _relate(session, by_pk, keys, _Stored(session, keys))
    fingerprints.add(session, keys)


def again(session: Session, pks: Collection[int]) -> set[str]:
    """Look for the relatives of stored wordings once more: one that held them together is gone.

    Returns their digests.
    """
    if not pks:
        return set()
    texts = _texts(session, pks)
    keys = {pk: signature(text.title, text.body).keys for pk, text in texts.items()}
    _relate(session, texts, keys, _Stored(session, keys, anew=True))
    return set(_digests(session, pks).values())


def abandon(session: Session, digests: Collection[str]) -> list[int]:
    """Forget wordings that no article has any more, while their text still stands in `folded_text`.

    Returns the wordings that they were one story with.
    """
    gone = _pks(session, digests)
    texts = _texts(session, gone.values())
    keys = {pk: signature(text.title, text.body).keys for pk, text in texts.items()}
    left = sorted(connected(session, gone.values()) - set(gone.values()))
    fingerprints.remove(session, keys)
    for part in parts(sorted(gone.values())):
        session.execute(delete(Link).where(or_(Link.a_pk.in_(part), Link.b_pk.in_(part))))
        session.execute(delete(Wording).where(Wording.pk.in_(part)))
    return left


def connected(session: Session, pks: Iterable[int]) -> set[int]:
    """These wordings, and all that merging links lead to from them."""
    found: set[int] = set()
    edge = set(pks)
    while edge:
        found |= edge
        edge = {pk for pair in _merging(session, sorted(edge)) for pk in pair} - found
    return found


def components(session: Session, digests: Collection[str]) -> list[list[str]]:
    """The texts that make one story with each of these, as digests; each text in one list."""
    start = _pks(session, digests)
    pks = connected(session, start.values())
    joined = {pk: {pk} for pk in pks}
    for a, b in _merging(session, sorted(pks)):
        if joined[a] is not joined[b]:
            small, large = sorted((joined[a], joined[b]), key=len)
            large |= small
            joined |= dict.fromkeys(small, large)
    digest_of = _digests(session, pks)
    alone = [[digest] for digest in sorted(digests) if digest not in start]
    sets = {id(members): members for members in joined.values()}
    return alone + [sorted(digest_of[pk] for pk in members) for members in sets.values()]


class _Stored:
    """What is stored already of the candidates: who shares a key, and which pairs are linked."""

    def __init__(
        self, session: Session, keys: Mapping[int, frozenset[int]], *, anew: bool = False
    ) -> None:
        """With `anew` the texts asked for are stored themselves, and stories count for nothing."""
        wanted = {key for own in keys.values() for key in own}
        self.holders = fingerprints.sharing(session, wanted, CROWDED + 1)
        self.linked = _linked(session, keys) if anew else set()
        self.anew = anew


def _relate(
    session: Session, texts: Mapping[int, Text], keys: Mapping[int, frozenset[int]], stored: _Stored
) -> None:
    """Compare each text with its candidates and store how they are related."""
    candidates = dict(_candidates(keys, stored))
    others = {pk for found in candidates.values() for pk in found} - texts.keys()
    known = dict(texts) | _texts(session, others)
    stories = {} if stored.anew else _stories(session, others)
    rows = [
        {"a_pk": a, "b_pk": b, "kind": found.kind.value, "evidence": found.evidence()}
        for pk, found_of in candidates.items()
        for a, b, found in _related(pk, found_of, known, stories)
    ]
    insert_rows(session, Link, rows)


def _candidates(
    keys: Mapping[int, frozenset[int]], stored: _Stored
) -> Iterator[tuple[int, list[int]]]:
    """For each text the stored ones and the ones before it that share keys, the rarest keys first."""
    before: defaultdict[int, list[int]] = defaultdict(list)
    # One key in forty has a second text.
    often = Counter(chain.from_iterable(keys.values()))
    shared = {key for key, texts in often.items() if texts > 1} | stored.holders.keys()
    for pk, own in keys.items():
        scores: defaultdict[int, float] = defaultdict(float)
        for key in filter(shared.__contains__, own):
            sharers = {*stored.holders.get(key, ()), *before[key][-CROWDED - 1 :]} - {pk}
            before[key].append(pk)
            says = max(1 / (len(sharers) or 1), _LEAST)
            if len(sharers) > CROWDED:
                says = _LEAST / CROWDED
            for sharer in sharers:
                scores[sharer] += says
        # Of two that are both looked up anew, the second one meets the first.
        met = {one: score for one, score in scores.items() if one not in keys or one < pk}
        yield pk, _ranked(pk, met, stored)


def _ranked(pk: int, scores: Mapping[int, float], stored: _Stored) -> list[int]:
    ranked = sorted(scores, key=lambda one: (-scores[one], one))
    fresh = [one for one in ranked if (min(one, pk), max(one, pk)) not in stored.linked]
    faint = next((at for at, one in enumerate(fresh) if scores[one] <= _FAINT), len(fresh))
    clear = fresh[:faint] if stored.anew else fresh[: min(faint, 2 * TRIES)]
    return clear + fresh[faint : faint + FAINT_TRIES]


def _related(
    pk: int, candidates: Sequence[int], texts: Mapping[int, Text], stories: Mapping[int, str]
) -> Iterator[tuple[int, int, Relation]]:
    joined: Counter[str] = Counter()
    tries = 0
    for other in candidates:
        story = stories.get(other)
        if other not in texts or (story is not None and joined[story] >= _ENOUGH):
            continue
        if tries == TRIES:
            return
        tries += 1
        a, b = sorted((pk, other))
        found = compare(texts[a], texts[b])
        if found is None:
            continue
        if story is not None and found.kind in MERGING:
            joined[story] += 1
        yield a, b, found


def _pks(session: Session, digests: Collection[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for part in parts(sorted(digests)):
        query = select(Wording.digest, Wording.pk).where(Wording.digest.in_(part))
        found |= {row[0]: row[1] for row in session.execute(query)}
    return found


def _digests(session: Session, pks: Collection[int]) -> dict[int, str]:
    found: dict[int, str] = {}
    for part in parts(sorted(pks)):
        query = select(Wording.pk, Wording.digest).where(Wording.pk.in_(part))
        found |= {row[0]: row[1] for row in session.execute(query)}
    return found


def _holder(column: InstrumentedAttribute[Any]) -> ScalarSelect[Any]:
    """Something of one of the articles that have a wording."""
    return (
        select(column)
        .where(Article.text_digest == Wording.digest)
        .limit(1)
        .correlate(Wording)
        .scalar_subquery()
    )


def _texts(session: Session, pks: Collection[int]) -> dict[int, Text]:
    """The texts of wordings, each from one of the articles that have it."""
    found: dict[int, Text] = {}
    for part in parts(sorted(pks)):
        query = (
            select(Wording.pk, FoldedText.title, FoldedText.body, FoldedText.attachments)
            .join(FoldedText, FoldedText.article_pk == _holder(Article.pk))
            .where(Wording.pk.in_(part))
        )
        found |= {pk: Text.of(*folded) for pk, *folded in session.execute(query)}
    return found


def _stories(session: Session, pks: Collection[int]) -> dict[int, str]:
    found: dict[int, str] = {}
    for part in parts(sorted(pks)):
        query = select(Wording.pk, _holder(Article.story_id)).where(Wording.pk.in_(part))
        found |= {row[0]: row[1] for row in session.execute(query)}
    return found


def _merging(session: Session, pks: Sequence[int]) -> Iterator[tuple[int, int]]:
    """The pairs of wordings that merging links join, of which one is given."""
    for part in parts(pks):
        for column in (Link.a_pk, Link.b_pk):
            query = select(Link.a_pk, Link.b_pk).where(column.in_(part), Link.kind.in_(MERGING))
            yield from ((a, b) for a, b in session.execute(query))


def _linked(session: Session, pks: Iterable[int]) -> set[tuple[int, int]]:
    pairs: set[tuple[int, int]] = set()
    for part in parts(sorted(pks)):
        for column in (Link.a_pk, Link.b_pk):
            query = select(Link.a_pk, Link.b_pk).where(column.in_(part))
            pairs |= {(a, b) for a, b in session.execute(query)}
    return pairs
