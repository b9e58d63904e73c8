"""The flow that writes the corpus into a file, by hand."""

from pathlib import PurePath

from prefect import flow

from crawler.errors import StopRun
from flows.flow_log import speak_plainly
from flows.flow_signs import signed
from flows.under_prefect import Bar
from storage import Corpus
from storage.export import FORMATS, Exported
from storage.export import export as write
from storage.settings import Settings


@flow(name="export", persist_result=False)
def export(
    name: str = "corpus.jsonl", query: str = "", canonical: bool = False, by_month: bool = False
) -> str:
    """Write the articles into a file in `export/` of SUQIAN_HOME. Stopped half-way and started again,
    it goes on.

    Args:
        name: Name of the file, without a folder; it ends in .parquet, .jsonl or .csv.
        query: Only what this finds, in the language of `suqian search`; empty: every article.
        canonical: One article a story, without its reprints.
        by_month: Parquet as a folder with a part for each month.
    """
    speak_plainly()
    if PurePath(name).name != name or PurePath(name).suffix not in FORMATS:
        raise StopRun(f"{name!r} is no file name that ends in one of {', '.join(FORMATS)}")
    settings = Settings.load()
    target = settings.home / "export" / name
    target.parent.mkdir(parents=True, exist_ok=True)
    bar = Bar("progress")
    with signed(settings), Corpus.open(settings=settings) as corpus:
        articles = corpus.articles(query=query, canonical=canonical)
        done = write(articles, target, by_month=by_month, on_part=lambda n, of: _move(bar, n, of))
    return _said(done)


def _move(bar: Bar, done: int, whole: int) -> None:
    bar.move(done / whole if whole else 1.0, f"{done:,} of {whole:,} articles")


def _said(done: Exported) -> str:
    return f"{done.articles:,} articles in {done.path}"
