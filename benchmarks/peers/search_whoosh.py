"""Whoosh with an index of character pairs: texts and queries in, seconds out."""

import json
import sys
import time
from importlib.metadata import version

from whoosh.analysis import NgramTokenizer
from whoosh.fields import ID, TEXT, Schema
from whoosh.filedb.filestore import RamStorage
from whoosh.query import Phrase

task = json.load(sys.stdin)
pairs = NgramTokenizer(minsize=2, maxsize=2)
index = RamStorage().create_index(Schema(number=ID(stored=True), body=TEXT(analyzer=pairs)))
start = time.perf_counter()
writer = index.writer()
for number, (title, body) in enumerate(task["texts"]):
    writer.add_document(number=str(number), body=f"{title}\n{body}")
writer.commit()
indexing = time.perf_counter() - start
seconds = []
with index.searcher() as searcher:
    for words in task["queries"]:
        start = time.perf_counter()
        searcher.search(Phrase("body", [token.text for token in pairs(words)]), limit=20)
        seconds.append(time.perf_counter() - start)
json.dump(
    {"version": version("whoosh-reloaded"), "indexing": indexing, "seconds": seconds}, sys.stdout
)
