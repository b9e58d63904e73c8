"""How far reading the archive again has come, so that the same request goes on behind it."""

import json
from dataclasses import asdict, dataclass
from hashlib import blake2b
from pathlib import Path

from crawler.catalogue import Catalogue
from crawler.extract import extractor
from flows.request import Selection

Place = tuple[str, int, str]
"""Segment, offset, canonical key: where an answer stands in the order of the archive."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A note of this machine on one request. Another selection, extractor or catalogue is another
    request, and begins at the beginning."""

    file: Path
    request: str

    @classmethod
    def of(cls, home: Path, selection: Selection, catalogue: Catalogue) -> "Mark":
        """The note on a request; nothing is written yet."""
        asked = [extractor(), json.dumps(asdict(selection), default=str)]
        for part in (catalogue.sources, catalogue.lists, catalogue.articles):
            asked += [f"{name} {part[name].model_dump_json()}" for name in sorted(part)]
        digest = blake2b("\n".join(asked).encode(), digest_size=16).hexdigest()
        return cls(home / "reprocess.json", digest)

    def place(self) -> Place | None:
        """The last answer that is settled; None where the request is not begun."""
        try:
            noted = json.loads(self.file.read_text("utf-8"))
            segment, offset, key = noted["place"]
            return (segment, offset, key) if noted["request"] == self.request else None
        except (FileNotFoundError, ValueError, KeyError, TypeError):
            return None  # not there, or torn by a crash: reading again costs time, nothing else

    def move(self, place: Place) -> None:
        """Note that everything up to an answer is settled."""
        self.file.parent.mkdir(parents=True, exist_ok=True)
        partial = self.file.with_suffix(".part")
        partial.write_text(json.dumps({"request": self.request, "place": place}), "utf-8")
        partial.replace(self.file)

    def clear(self) -> None:
        """Note that the request is done."""
        self.file.unlink(missing_ok=True)
