"""Noise is no revision; anything that a reader would call a change is one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.steps.noise import essence_digest, without_noise

TEXT = "近日，宿迁市科学技术局发布通知。\n各县区要加强组织领导，确保取得实效。"
FILE = {"url": "http://kjj.suqian.gov.cn/files/a.pdf", "name": "附件：申报表.pdf"}


def seen(body: str = TEXT, **changes: object) -> dict[str, object]:
    return {
        "title": "关于申报科技项目的通知",
        "body": body,
        "published": "2026-06-01",
        "origin": "市科技局",
        "attachments": [FILE],
    } | changes


@pytest.mark.parametrize(
    "line",
    [
        "浏览次数：1203",
        "浏览次数： 1,203次",
        "【浏览量：33】 【字号：大 中 小】 【打印本页】",
        "已有 356 人阅读",
        "本文已有117人阅读　字号：大 中 小",
        "您是第 40012 位访客",
        "今天是2026年11月24日 星期二",
        "当前时间：2026-11-24 10:33:05",
        "字号：[大 中 小] 打印本页 关闭窗口",
        "点击数：0",
        "阅读 1.2万",
        "上一篇：关于召开全市科技大会的通知",
        "下一篇 没有了",
    ],
)
@pytest.mark.parametrize("place", ["first", "last"])
def test_furniture_is_no_part_of_an_article(line: str, place: str) -> None:
    body = f"{line}\n{TEXT}" if place == "first" else f"{TEXT}\n{line}"
    assert without_noise(body) == TEXT
    assert essence_digest(seen(body)) == essence_digest(seen())


def test_a_counter_beside_the_origin_leaves_the_origin() -> None:
    one = "来源：宿迁日报 作者：张三 浏览次数：15"
    two = "来源：宿迁日报 作者：张三 浏览次数：16"
    other = "来源：宿迁晚报 作者：张三 浏览次数：15"
    digests = [essence_digest(seen(f"{line}\n{TEXT}")) for line in (one, two, other)]
    assert digests[0] == digests[1] != digests[2]
    assert essence_digest(seen(origin="市科技局 浏览：3")) == essence_digest(seen())


def test_links_to_other_articles_may_change_and_change_places() -> None:
    before = f"{TEXT}\n相关阅读\n宿迁召开科技大会\n沭阳开展防汛演练"
    after = f"{TEXT}\n相关阅读：\n泗洪发布人才新政\n宿迁召开科技大会"
    assert essence_digest(seen(before)) == essence_digest(seen(after)) == essence_digest(seen())


def test_what_follows_such_links_counts() -> None:
    body = f"相关链接\n宿迁召开科技大会\n{TEXT}"
    assert without_noise(body) == body


@pytest.mark.parametrize(
    "other",
    [
        TEXT.replace("，", ","),
        TEXT.replace("\n", "\n\n　　"),
        TEXT.replace("\n", ""),
        TEXT.replace("科学", "科\u200b学"),
    ],
)
def test_width_space_and_line_breaks_are_how_it_is_set(other: str) -> None:
    assert essence_digest(seen(other)) == essence_digest(seen())


@pytest.mark.parametrize(
    "url",
    [
        "https://kjj.suqian.gov.cn/files/a.pdf",
        "http://kjj.suqian.gov.cn/files/a.pdf?utm_source=weixin&from=timeline",
        "http://www.kjj.suqian.gov.cn/files/a.pdf;jsessionid=0A1B#page=2",
    ],
)
def test_the_same_file_by_another_address_is_the_same(url: str) -> None:
    other = seen(attachments=[FILE | {"url": url}])
    assert essence_digest(other) == essence_digest(seen())


def test_the_order_of_files_is_no_change() -> None:
    more = {"url": "http://kjj.suqian.gov.cn/files/b.pdf", "name": "附件2"}
    assert essence_digest(seen(attachments=[FILE, more])) == essence_digest(
        seen(attachments=[more, FILE])
    )


@pytest.mark.parametrize(
    "changes",
    [
        {"body": TEXT.replace("加强", "强化")},
        {"body": f"{TEXT}\n该视频点击量120万次，累计阅读量超过300万。"},
        {"body": f"{TEXT}\n2026年11月24日"},
        {"title": "关于申报科技项目的补充通知"},
        {"published": "2026-06-02"},
        {"origin": None},
        {"attachments": []},
        {"attachments": [FILE | {"name": "附件：申报表（修订）.pdf"}]},
        {"attachments": [FILE | {"url": "http://kjj.suqian.gov.cn/files/a.pdf?id=2"}]},
    ],
)
def test_anything_else_is_a_change(changes: dict[str, object]) -> None:
    assert essence_digest(seen() | changes) != essence_digest(seen())


def test_a_figure_in_prose_is_the_articles() -> None:
    one, two = (f"{TEXT}\n该视频点击量{n}万次，居全省第一。" for n in (120, 130))
    assert essence_digest(seen(one)) != essence_digest(seen(two))


PROSE = st.text("宿迁市科技局发布关于通知的2026年12万元。，、（）", min_size=1, max_size=60).map(
    lambda text: f"{text}。"
)


@given(st.lists(PROSE, min_size=1, max_size=5))
def test_prose_is_never_taken_for_noise(lines: list[str]) -> None:
    body = "\n".join(lines)
    assert without_noise(body) == body
