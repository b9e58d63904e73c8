"""The query language: what is typed becomes what is meant, or an error that says where."""

from datetime import date
from unicodedata import normalize

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.errors import BadQuestion
from storage.folding import fold
from storage.query import All, Days, Either, Named, Node, Not, Query, Text, parse, quoted


def words(*folded: str) -> All:
    return All(tuple(map(Text, folded)))


@pytest.mark.parametrize(
    ("query", "root"),
    [
        ("", None),
        ('  \n\u3000 "" \u200b', None),
        ("宿迁  防汛", words("宿迁", "防汛")),
        ("宿迁\u3000宿迁", Text("宿迁")),
        ('"new york" 宿遷', words("new york", "宿迁")),
        ("“新 质 生产力”", Text("新质生产力")),
        ("「新 质」生产力", words("新质", "生产力")),
        ('5" 屏', words('5"', "屏")),
        (r'"a \"b\" \\c"', Text('a"b"\\c')),
        ("防汛 -抗旱", All((Text("防汛"), Not(Text("抗旱"))))),
        ("-“抗 旱”", Not(Text("抗旱"))),
        ("a - b", words("a", "-", "b")),
        ("a OR b c", Either((Text("a"), words("b", "c")))),
        ("(a OR b) c", All((Either((Text("a"), Text("b"))), Text("c")))),
        ("-（a OR b）", Not(Either((Text("a"), Text("b"))))),
        ("宿政发(2024)12号 ORAL or", words("宿政发(2024)12号", "oral", "or")),
        ("a) b", words("a)", "b")),
        ("title:臺風", Text("台风", in_title=True)),
        ('Title："a b"', Text("a b", in_title=True)),
        ("-topic:教育", Not(Named("topic", "教育"))),
        ('org:"市 科技局"', Named("organisation", "市 科技局")),
        ("doc:宿政发〔2024〕12号", Named("document", "宿政发〔2024〕12号")),
        ("after:2026-07-01", Days(date(2026, 7, 1), None)),
        ("after:2026-07", Days(date(2026, 7, 1), None)),
        ("before:2024-2", Days(None, date(2024, 2, 29))),
        ("before:2026", Days(None, date(2026, 12, 31))),
        ("https://a.cn/x?a=1 12:30 比分3:2", words("https://a.cn/x?a=1", "12:30", "比分3:2")),
    ],
)
def test_a_query_is_read_as_it_is_meant(query: str, root: Node | None) -> None:
    assert parse(query) == Query(root)


@pytest.mark.parametrize(
    ("query", "position", "says"),
    [
        ('防汛 "抗旱', 3, "character 4 of the query: this quotation mark is not closed"),
        ("防汛 (抗旱", 3, "this parenthesis is not closed"),
        ("OR 防汛", 0, 'OR stands between two words; to look for it write "OR"'),
        ("防汛 OR", 3, "OR stands between two words"),
        ("a OR OR b", 2, "OR stands between two words"),
        ("防汛 source: x", 3, "source: has no value; write one right behind it"),
        ('topic:""', 0, "topic: has no value"),
        ("防汛 after:2026-13", 9, "2026-13 is no day; write 2026-07-01, 2026-07 or 2026"),
        ("before:0000", 7, "0000 is no day"),
        ("after:2026-00", 6, "2026-00 is no day"),
        ("after:2026-07-00", 6, "2026-07-00 is no day"),
        ("防汛 \udccb\udcde", 3, "this is no character; is the query in UTF-8?"),
        ("防汛 sorce:x", 3, "there is no field sorce:; write source:"),
        ("宿" * 201, 200, "200 are allowed"),
        ("a b " * 17, 64, "more than 32 words"),
        ("(" * 30, 21, "more than 20 parentheses"),
    ],
)
def test_a_mistake_is_pointed_at(query: str, position: int, says: str) -> None:
    with pytest.raises(BadQuestion) as caught:
        parse(query)
    assert caught.value.position == position
    assert says in str(caught.value)


awkward = st.text(
    st.one_of(
        st.sampled_from('()（）"“”「」„\\-－:： \n\0ORabtitlesource市着\ud800\u200b'),
        st.characters(),
    ),
    max_size=60,
)


@given(awkward)
def test_whatever_is_typed_is_read_or_refused(query: str) -> None:
    mistake = None
    try:
        # A mark that stood behind a space composes with what is before it now: NFC, no more.
        assert all(normalize("NFC", one.folded) == fold(one.folded) for one in parse(query).texts)
    except BadQuestion as error:
        mistake = -1 if error.position is None else error.position
    assert mistake is None or 0 <= mistake <= len(query)


@given(st.text(max_size=80))
def test_any_text_can_be_asked_for_as_a_phrase(text: str) -> None:
    folded = fold(text)
    assert parse(quoted(text)).root == (Text(folded) if folded else None)
