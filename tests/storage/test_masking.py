"""What counts as personal, what looks like it and is none, and that nothing else is touched."""

import json
import re
from pathlib import Path
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.folding import fold
from storage.masking import mask

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


def id_number(first: str) -> str:
    total = sum(int(one) * weight for one, weight in zip(first, _WEIGHTS, strict=True))
    return first + "10X98765432"[total % 11]


ID = id_number("32132119900101123")
ID_X = next(
    number for n in range(100, 999) if (number := id_number(f"32132119900101{n}"))[17] == "X"
)
CARD = "6222021234567890128"


EVAL = Path(__file__).parents[3] / "shared" / "eval"


def stars(text: str) -> str:
    return re.sub(r"[0-9０-９XxＸ]", "*", text)


@pytest.mark.parametrize(
    "number",
    [
        "13812345678",
        "138 1234 5678",
        "138-1234-5678",
        "138－1234－5678",
        "1381234 5678",
        "1 3 8 1 2 3 4 5 6 7 8",
        "１３８１２３４５６７８",
        "+86 13812345678",
        "008613812345678",
        "138\u200b1234\u200b5678",
    ],
)
def test_a_mobile_number_is_masked_however_it_is_written(number: str) -> None:
    text = f"联系人：张三，电话：{number}，请互相转告。"
    assert mask(text) == text.replace(number, stars(number))


@pytest.mark.parametrize(
    ("text", "number"),
    [
        (f"张三，{ID}，男", ID),
        (f"身份证号码：{ID_X}", ID_X),
        (f"身份证号码：{ID_X.lower()}。", ID_X.lower()),
        (f"{ID[:6]} {ID[6:14]} {ID[14:]}", f"{ID[:6]} {ID[6:14]} {ID[14:]}"),
        (f"{ID[:14]}\n{ID[14:]}", f"{ID[:14]}\n{ID[14:]}"),
        ("身份证号：321321199001011230", "321321199001011230"),  # mistyped, but said to be one
        ("身份证号：321321900101123", "321321900101123"),
        ("姓名 残疾证号\n张三 " + ID + "43", ID + "43"),
        (f"卡号：{CARD}", CARD),
        (f"打入 {CARD} 即可", CARD),
        ("银行卡号：6222 0212 3456 7890 128", "6222 0212 3456 7890 128"),
        ("家庭电话：0527-84212345", "0527-84212345"),
        ("宅电：84212345", "84212345"),
        (f"张三 {ID} 联系电话 84212345", f"{ID} 联系电话 84212345"),
        ("微信：13812345678@163.com", "13812345678"),
        ("举报电话：13812345678（张主任）", "13812345678"),
        ("咨询电话：张三 13812345678", "13812345678"),
        ("Tel:13812345678", "13812345678"),
        ("13812345678/15912345678", "13812345678/15912345678"),
        ("名单\n1 张三 13812345678 20240731", "13812345678"),
    ],
)
def test_personal_numbers_are_masked(text: str, number: str) -> None:
    assert mask(text) == text.replace(number, stars(number))


@pytest.mark.parametrize(
    "before",
    ["电话12345、", "监督电话12345号、", "监督电话12345、电话", "监督电话12345、1个、", "12388 "],
)
def test_a_mobile_number_is_masked_where_no_telephone_for_the_public_leads_to_it(
    before: str,
) -> None:
    assert mask(f"{before}13812345678") == f"{before}{'*' * 11}"


def test_old_id_numbers_further_down_a_table_are_masked_too() -> None:
    rows = "\n".join(f"张{n} 3213219001{n:02}123 男 泗洪县某镇某村" for n in range(10, 29))
    masked = mask(f"姓名 身份证号 性别 住址\n{rows}")
    assert "3213219001" not in masked
    assert mask(rows) == rows


@pytest.mark.parametrize(
    "text",
    [
        "宿政发〔2024〕3号、苏政办发〔2023〕112号",
        "联系电话：0527-84368000，传真 0527-84368001",
        "监督电话：12345、0527-12388；举报电话 (0527)84368889",
        "举报电话：13812345678",
        "24小时值班电话：0527-84368000、13812345678",
        "监督电话：12345、12388，13812345678；15212345678",
        "服务热线：400-800-8820，95598，4008123123",
        "总投资13812345678元",
        "总投资 13,812,345,678.00 元，其中 13812345678.50",
        "产值138 1234 5678万元",
        "统一社会信用代码：91321300MA1MXXXX8T",
        "统一社会信用代码：113213000143181234",
        "项目代码：2405-321302-89-01-123456",
        "项目编号：JSZC-321300-13812345678",
        "采购编号：321302202407310012",
        "流水号：13812345678",
        "坐标：118.13812345678，33.96123456789",
        "2024-07-31 09:05:00、20240731090500、2024.07.31",
        "1978-2018-2019年",
        "185 2019 2020 2021",
        "见 https://www.suqian.gov.cn/cnsq/13812345678/t20240731_1234567.html",
        "索引号：014318123/2024-00012",
        "ISBN 978-7-100-12345-6",
        "车架号 LSVAA4182E2123456",
        "开户行：中国银行宿迁分行，账号：1116021409300012345",
        "人口 1234567，面积 8555 平方公里",
        "138****5678，32132119********33",
        "第13812345678900号",
        "邮编：223800",
    ],
)
def test_look_alikes_stay(text: str) -> None:
    assert mask(text) == text


@given(st.text())
def test_a_masked_text_has_its_length_and_nothing_but_digits_is_touched(text: str) -> None:
    masked = mask(text)
    assert len(masked) == len(text)
    assert all(
        new == old or (new == "*" and (old.isdecimal() or old in "XxＸｘ"))
        for old, new in zip(text, masked, strict=True)
    )


_PIECES = st.sampled_from(
    [
        "138",
        "1234",
        "5678",
        ID,
        CARD,
        "13812345678",
        " ",
        "-",
        "\n",
        "电话",
        "身份证",
        "元",
        "号",
        "：",
        "a",
        "，",
    ]
)


@given(st.lists(_PIECES, max_size=12).map("".join))
def test_masking_again_changes_nothing_more_of_what_it_masked(text: str) -> None:
    masked = mask(text)
    again = mask(masked)
    assert all(new == "*" for old, new in zip(masked, again, strict=True) if old == "*")


@given(
    st.text(alphabet="宿迁市，。：（）联系人张三\n ", max_size=30),
    st.integers(13_000_000_000, 19_999_999_999).map(str),
    st.text(alphabet="宿迁市，。：（）请李四\n", max_size=30),
)
def test_no_part_of_a_mobile_number_can_be_found(before: str, number: str, after: str) -> None:
    folded = fold(mask(f"{before}联系{number}{after}"))
    assert not any(character.isdecimal() for character in folded)


@pytest.mark.parametrize(
    "piece",
    [
        "1",
        "1 ",
        "1-\n ",
        "13812345678 ",
        f"{ID} ",
        "身份证",
        "a://",
        "举报（a",
        "no ",
        "\u200b",
        "监督电话",
        "12345、",
        "12345、13812345678、",
    ],
)
def test_the_time_is_linear_in_the_length(piece: str) -> None:
    def seconds(size: int) -> float:
        text = piece * (size // len(piece)) + "13812345678"
        started = process_time()
        mask(text)
        return process_time() - started

    assert seconds(16_000) < 40 * seconds(1_600) + 0.2


@pytest.mark.skipif(not EVAL.exists(), reason="the evaluation pages are not beside this checkout")
def test_nothing_is_masked_in_real_articles_that_hold_no_personal_number() -> None:
    bodies = [
        json.loads(line)["body"] for line in (EVAL / "gold.jsonl").read_text("utf-8").splitlines()
    ]
    assert len(bodies) > 50
    assert [body for body in bodies if mask(body) != body] == []
