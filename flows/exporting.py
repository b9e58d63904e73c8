"""The flow that writes the corpus into a file, by hand."""

from pathlib import PurePath

from prefect import flow

from crawler.errors import StopRun
from storage import Corpus
from storage.export import export_jsonl
from storage.settings import Settings


@flow(name="export", persist_result=False)
def export(name: str = "corpus.jsonl") -> str:
    """Write every article as a line of JSON, reprints included, into `export/` of SUQIAN_HOME.

    Args:
        name: Name of the file, without a folder.
    """
    if PurePath(name).name != name or not name.endswith(".jsonl"):
        raise StopRun(f"{name!r} is no file name that ends in .jsonl")
    settings = Settings.load()
    target = settings.home / "export" / name
    target.parent.mkdir(parents=True, exist_ok=True)
    with Corpus.open(settings=settings) as corpus:
        count = export_jsonl(corpus, target)
    return f"{count:,} articles in {target}"
