"""What the replica's sites have published before anything happens in it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from random import Random
from typing import Any

from crawler.demo import texts
from crawler.demo.damage import damage
from crawler.demo.posts import Post, repeat, write_post
from crawler.demo.sites import Column, Site
from crawler.records import CITY_TIME

FIRST_DAY = date(2023, 7, 1)
LAST_DAY = date(2026, 6, 30)
# Numbers that make addresses: far apart, so that no two kinds of posts come by the same.
_REPRINTS, _ROUNDUPS, _ODDITIES = 100_000, 200_000, 300_000
_REPRINT_EVERY = 6
_ROUNDUP_EVERY = 40


def found(seed: int, sites: Mapping[str, Site], articles: int) -> list[Post]:
    """About that many articles over three years, and the oddities of every real site."""
    homes = _news_columns(sites)
    posts = list(originals(seed, sites, round(articles * 0.88)))
    news = [post for post in posts if post.kind == texts.NEWS]
    posts += _reprints(seed, homes, news)
    posts += _roundups(seed, sites, news)
    posts += _oddities(sites, posts)
    return posts


def _news_columns(sites: Mapping[str, Site]) -> list[tuple[Site, Column]]:
    news = {form for form, entry in texts.forms().items() if entry["kind"] == texts.NEWS}
    columns = [(site, column) for site in sites.values() for column in site.columns.values()]
    return [(site, column) for site, column in columns if news & set(column.forms)]


def originals(seed: int, sites: Mapping[str, Site], articles: int) -> Iterator[Post]:
    """About that many articles over three years, each column by its share."""
    columns = [(site, column) for site in sites.values() for column in site.columns.values()]
    shares = sum(column.share for _, column in columns)
    for site, column in columns:
        first = LAST_DAY - timedelta(days=column.within) if column.within else FIRST_DAY
        for number in range(max(2, round(articles * column.share / shares))):
            random = Random(f"{seed}/{site.id}/{column.id}/{number}")
            day = first + timedelta(days=random.randint(0, (LAST_DAY - first).days))
            yield write_post(site, column, number, day, random)


# --- one text in several places ---


def _reprints(
    seed: int, homes: Sequence[tuple[Site, Column]], news: Sequence[Post]
) -> Iterator[Post]:
    """News texts on one to three other sites: as they were, under another headline, or cut."""
    for number, post in enumerate(news[::_REPRINT_EVERY]):
        random = Random(f"{seed}/reprint/{number}")
        others = [(site, column) for site, column in homes if site.id != post.site]
        for nth, (site, column) in enumerate(random.sample(others, random.randint(1, 3))):
            day = min(post.day + timedelta(days=random.randint(0, 2)), LAST_DAY)
            copy = write_post(site, column, _REPRINTS + 3 * number + nth, day, random)
            yield _repeated(copy, post, random)


def _repeated(copy: Post, post: Post, random: Random) -> Post:
    cut = random.random() < 0.3
    headline = random.choice([post.title, post.title, f"转载丨{post.title}", copy.title])
    repeated = repeat(copy, post, headline, cut=cut)
    # Whoever copies a text in a hurry passes it off as their own as often as not.
    return replace(repeated, origin=random.choice([post.origin, post.origin, copy.origin]))


def _roundups(seed: int, sites: Mapping[str, Site], news: Sequence[Post]) -> Iterator[Post]:
    """Digests: the headlines and first paragraphs of four articles, which makes none of them a
    reprint of another."""
    site = sites["demo_news"]
    column = site.columns["sqyw"]
    latest = sorted(news, key=lambda post: (post.at, post.address))
    for number, start in enumerate(range(0, len(latest) - 4, _ROUNDUP_EVERY)):
        told = latest[start : start + 4]
        random = Random(f"{seed}/roundup/{number}")
        post = write_post(site, column, _ROUNDUPS + number, told[-1].day, random)
        lines = [line for one in told for line in (one.title, one.paragraphs[0])]
        yield replace(
            post,
            kind=texts.NEWS,
            form="roundup",
            title=f"一周要闻速览（{texts.written(told[-1].day)}）",
            paragraphs=tuple(lines),
            pages=1,
            picture=False,
        )


# --- what every real site has, too ---


def _oddities(sites: Mapping[str, Site], posts: Sequence[Post]) -> Iterator[Post]:
    city = sites["demo_city"]
    notices = city.columns["sygsgg"]
    yield from _not_articles(_maker(city, notices, 0), posts)
    yield from _unusual(_maker(city, notices, 100))
    rules = sites["demo_siyang"]
    yield _maker(rules, rules.columns["xzgfxwj"], 200)(
        1, title="2025年未制发行政规范性文件", paragraphs=(), placeholder=True
    )
    county = sites["demo_shuyang"]
    theirs = next(post for post in posts if post.site == "demo_city" and post.column == "sygsgg")
    make = _maker(county, county.columns["gggs"], 300)
    yield make(2, at=datetime.combine(FIRST_DAY, time(9), tzinfo=CITY_TIME), pinned=True)
    yield make(1, title=theirs.title, link="@{}{}".format(*theirs.address))
    news = sites["demo_news"]
    yield from _broken(_maker(news, news.columns["sqyw"], 400), posts)


_Make = Callable[..., Post]


def _maker(site: Site, column: Column, first: int) -> _Make:
    def make(number: int, **changes: Any) -> Post:
        day = LAST_DAY - timedelta(days=3 * number)
        post = write_post(site, column, _ODDITIES + first + number, day, Random(first + number))
        plain = replace(post, attachments=(), pages=1, picture=False, document_number=None)
        return replace(plain, **changes)

    return make


def _not_articles(make: _Make, posts: Sequence[Post]) -> Iterator[Post]:
    """Entries that lead elsewhere: off the site, to nothing, to what robots.txt keeps, and round
    by an old address to what the list shows anyway."""
    target = next(post for post in posts if post.site == "demo_city" and post.column == "bmdt")
    yield make(1, link="https://mp.weixin.qq.com/s/replica-of-a-foreign-link")
    yield make(2, link=f"/cnsq/sygsgg/202605/{'0' * 32}.shtml")
    yield make(3, path="/internal/202606/0123456789abcdef0123456789abcdef.shtml")
    yield make(4, title=target.title, link=f"/moved{target.path}")


def _unusual(make: _Make) -> Iterator[Post]:
    """Articles that are only a file or a picture, pinned on top, long, or in traditional characters."""
    yield make(1, title="宿迁市2025年度科技创新券兑付名单", paragraphs=(), attachments=("xlsx",))
    yield make(2, title="图解：新质生产力是什么", paragraphs=(), picture=True)
    yield make(3, at=datetime.combine(FIRST_DAY, time(9), tzinfo=CITY_TIME), pinned=True)
    yield make(5, pages=3)
    yield make(
        6, title="兩岸青年創業交流活動在宿遷舉行", paragraphs=tuple(texts.load_data("traditional"))
    )


def _broken(make: _Make, posts: Sequence[Post]) -> Iterator[Post]:
    """Damaged texts: one that stands nowhere else, and a copy of one that stands undamaged as well."""
    elsewhere = next(post for post in posts if post.form == "tech" and post.original is None)
    clean = [*texts.load_data("clean")["paragraphs"]], [*elsewhere.paragraphs]
    titles = texts.load_data("clean")["title"], elsewhere.title
    sources = None, elsewhere.address
    for number, (title, lines, source) in enumerate(zip(titles, clean, sources, strict=True)):
        broken = damage("\n".join(lines), Random(number), loss=0.7)
        yield make(
            number,
            kind=texts.NEWS,
            form="tech",
            title=title,
            paragraphs=tuple(broken.split("\n")),
            clean=tuple(lines),
            original=source,
        )
