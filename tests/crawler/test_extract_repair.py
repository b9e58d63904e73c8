"""Extraction undoes what a mirror has done to a page, in all of its fields, and says so."""

from datetime import UTC, datetime

from crawler.extract import extract
from crawler.records import Article, Page

BROKEN = (
    "科技創(chuàng)新是發(fā)展新質(zhì)生產(chǎn)力的核心要素。"
    "宿遷各地、各部門堅持科技、人才、教育一體推進,加快打造優(yōu)勢特色。"
)
WRITTEN = "科技创新是发展新质生产力的核心要素。宿迁各地、各部门坚持科技、人才、教育一体推进，加快打造优势特色。"
TAIWAN = (
    "臺灣青年創業基地在宿遷揭牌，兩岸企業家共話發展。與會人士表示，將繼續推動產業合作，開創新局面。"
)


def read(body: str, content_type: str = "text/html; charset=utf-8") -> Article:
    found = extract(
        Page(
            url="http://x.example.org/a.html",
            key="k",
            source="s",
            body=body.encode(),
            content_type=content_type,
            fetched_at=datetime(2026, 1, 1, tzinfo=UTC),
        )
    )
    assert isinstance(found, Article), found
    return found


def html(title: str, origin: str, text: str) -> str:
    return f"<h1>{title}</h1><p>2024-07-31 來源：{origin}</p><div><p>{text}</p><p>{text}</p></div>"


def test_all_fields_of_a_damaged_page_are_repaired_by_the_evidence_of_its_text() -> None:
    found = read(html("宿遷聚力科技創(chuàng)新", "宿遷日報", BROKEN))
    assert (found.title, found.origin) == ("宿迁聚力科技创新", "宿迁日报")
    assert found.body == f"{WRITTEN}\n{WRITTEN}"
    assert found.body_raw == f"{BROKEN}\n{BROKEN}"


def test_what_was_repaired_and_how_surely_stands_in_the_provenance() -> None:
    found = read(html("宿遷聚力科技創(chuàng)新", "宿遷日報", BROKEN)).provenance
    assert found["title"] == "h1, repaired"
    assert found["body"] == "locator, repaired"
    assert found["repair"].startswith("pinyin 11, script ")
    assert "least sure" in found["repair"]
    assert "repaired" not in found["published"]


def test_a_page_in_traditional_characters_is_no_damage() -> None:
    found = read(html("兩岸青年創業基地揭牌", "聯合報", TAIWAN))
    assert (found.title, found.body, found.body_raw) == (
        "兩岸青年創業基地揭牌",
        f"{TAIWAN}\n{TAIWAN}",
        None,
    )
    assert "repair" not in found.provenance


def test_a_plain_text_is_repaired_too() -> None:
    found = read(f"宿遷聚力科技創(chuàng)新\n{BROKEN}", "text/plain; charset=utf-8")
    assert (found.title, found.body) == ("宿迁聚力科技创新", WRITTEN)
