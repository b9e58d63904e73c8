"""Pictures of text are read where the extra is installed, in a process without a network."""

from io import BytesIO

import pytest

from crawler.attachments.reader import FileReader

pytest.importorskip("rapidocr", reason="the extra `ocr` is not installed: uv sync --extra ocr")

from PIL import Image, ImageDraw, ImageFont

SAID = ("Suqian City 2024", "Public notice 84368000")


def picture() -> Image.Image:
    page = Image.new("RGB", (1200, 500), "white")
    draw = ImageDraw.Draw(page)
    for number, line in enumerate(SAID):
        draw.text((60, 60 + 160 * number), line, fill="black", font=ImageFont.load_default(64))
    return page


@pytest.mark.parametrize("kind", ["PDF", "PNG"])
def test_text_in_pictures_is_read(kind: str) -> None:
    file = BytesIO()
    picture().save(file, kind)
    with FileReader() as reader:
        result = reader.read(file.getvalue(), f"x.{kind.lower()}")
    assert result.status == "read"
    assert [line.replace(" ", "") for line in result.text.split("\n")] == [
        line.replace(" ", "") for line in SAID
    ]
