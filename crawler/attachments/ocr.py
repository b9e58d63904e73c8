"""Pictures into text: the one module that knows RapidOCR. Needs the extra ``ocr``."""

import os
from collections.abc import Sequence
from typing import Any

from rapidocr import RapidOCR

from crawler.attachments.text import Ocr

_SURE = 0.5
"""Confidence below which a line is a stain, a stamp or an ornament."""
_SAME_LINE = 0.5
"""Share of a line's height by which two boxes of one line may be apart."""


def recogniser() -> Ocr:
    """Load the models, which the package ships; return what reads a picture."""
    engine = RapidOCR(params={"EngineConfig.onnxruntime.intra_op_num_threads": os.cpu_count() or 1})

    def read(picture: Any) -> list[str]:
        # Which of four results it is depends on how the engine was set up.
        found: Any = engine(picture)
        if found.txts is None or found.boxes is None:
            return []
        return _lines(found.boxes, found.txts, found.scores)

    return read


def _lines(boxes: Any, texts: Sequence[str], scores: Sequence[float]) -> list[str]:
    """The recognised boxes as lines, from the top to the bottom, each from left to right."""
    placed = sorted(
        (float(box[0][1]), float(box[0][0]), float(box[3][1] - box[0][1]), text)
        for box, text, score in zip(boxes, texts, scores, strict=True)
        if score >= _SURE
    )
    lines: list[list[tuple[float, str]]] = []
    height = None
    for top, left, size, text in placed:
        if height is None or abs(top - height) > _SAME_LINE * size:
            lines.append([])
            height = top
        lines[-1].append((left, text))
    return [" ".join(text for _, text in sorted(line)) for line in lines]
