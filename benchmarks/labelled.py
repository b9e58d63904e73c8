"""A labelled set for finding reprints: what each text repeats is known, because it was made so.

Base texts are the replica's news and, where they are at hand, real pages. Editors are let loose on
them; notices of one template are made by filling it again, and by changing one thing in one of them.
"""

import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from random import Random

from opencc import OpenCC

from crawler.demo import texts
from crawler.demo.damage import damage

EVAL = Path(__file__).parents[2] / "shared" / "eval"
_FIRST = date(2023, 7, 1)
_SENTENCE = re.compile(r"[^。！？]+[。！？]”?")


@dataclass(frozen=True, slots=True)
class Labelled:
    """A text, which story it tells, what was done to it, and what it quotes."""

    title: str
    body: str
    story: str
    case: str
    quotes: tuple[str, ...] = ()
    """Stories of which it has an excerpt, or that have one of it."""


def labelled_set(seed: int = 8, news: int = 110, notices: int = 480) -> list[Labelled]:
    """The whole set, the same for the same numbers."""
    random = Random(seed)
    bases = [*_news(random, news), *_pages()]
    found = [one for base in bases for one in _copies(base, bases, random)]
    found += _excerpts(bases, random)
    found += _round_ups(bases, random)
    found += _notices(random, notices)
    found += _bulletins(random)
    found += _series(bases, random)
    found += _reports(bases, random)
    return found


def siblings(seed: int, pairs: int) -> Iterator[tuple[tuple[str, str], tuple[str, str]]]:
    """Pairs of notices that differ: half were filled by chance, half in one thing alone."""
    random = Random(seed)
    for number in range(pairs):
        form = random.choice(_forms("notices"))
        title, body = _written(form, random)
        if number % 2:
            yield (title, body), _written(form, random)
        else:
            changed = _one_thing_changed(title, body, random)
            yield (title, body), changed or _written(form, random)


# --- base texts ---


def _forms(kind: str) -> list[str]:
    return sorted(form for form, entry in texts.forms().items() if entry["kind"] == kind)


def _written(form: str, random: Random) -> tuple[str, str]:
    day = _FIRST + timedelta(days=random.randint(0, 1000))
    text = texts.write(form, day, random)
    signature = ("宿迁市人民政府办公室", texts.written(day)) if text.signed else ()
    return text.title, "\n".join([*text.paragraphs, *signature])


def _news(random: Random, count: int) -> Iterator[Labelled]:
    forms = _forms("news")
    for number in range(count):
        title, body = _written(forms[number % len(forms)], random)
        yield Labelled(title, body, f"news {number}", "original")


def _pages() -> Iterator[Labelled]:
    gold = EVAL / "gold.jsonl"
    if not gold.exists():
        return
    for line in gold.read_text("utf-8").splitlines():
        page = json.loads(line)
        if len(page["body"] or "") >= 200:
            yield Labelled(page["title"], page["body"], page["file"], "page")


# --- what editors do ---

Edit = Callable[[Labelled, Sequence[Labelled], Random], tuple[str, str] | None]


def _copies(base: Labelled, others: Sequence[Labelled], random: Random) -> Iterator[Labelled]:
    yield base
    for name in random.sample(sorted(_EDITS), 5):
        edited = _EDITS[name](base, others, random)
        if edited is not None:
            yield Labelled(*edited, base.story, name)


def _headline(base: Labelled, others: Sequence[Labelled], random: Random) -> tuple[str, str]:
    lead = _SENTENCE.findall(base.body)[:1] or [base.title]
    return random.choice(
        [f"转载丨{base.title}", lead[0][:24], "一线观察丨看这里的新变化"]
    ), base.body


def _lead(base: Labelled, others: Sequence[Labelled], random: Random) -> tuple[str, str] | None:
    first, *rest = base.body.split("\n")
    sentences = _SENTENCE.findall(first)
    if len(first) > len(base.body) / 4 or not sentences or not rest:
        return None
    lead = random.choice(
        ["据市委宣传部消息，相关工作取得了新进展。", "编者按：请看本报记者发回的报道。"]
    )
    return base.title, "\n".join([lead + "".join(sentences[1:]), *rest])


def _tail(base: Labelled, others: Sequence[Labelled], random: Random) -> tuple[str, str]:
    tail = random.choice(
        [
            "来源：宿迁日报 编辑：李娜 审核：王璐",
            "（本报记者 陈晨 通讯员 周敏）",
            "更多精彩内容，请关注“宿迁发布”微信公众号。",
            "（完）",
        ]
    )
    return base.title, f"{base.body}\n{tail}"


def _dateline(base: Labelled, others: Sequence[Labelled], random: Random) -> tuple[str, str]:
    line = random.choice(["本报讯（记者 张晓）", "宿迁网讯 ", "中新网宿迁5月3日电（记者 刘洋）"])
    return base.title, line + base.body


def _cut(base: Labelled, others: Sequence[Labelled], random: Random) -> tuple[str, str] | None:
    paragraphs = base.body.split("\n")
    droppable = [
        at for at, one in enumerate(paragraphs) if at > 0 and 20 < len(one) < len(base.body) / 3
    ]
    if not droppable:
        return None
    dropped = random.choice(droppable)
    return base.title, "\n".join(one for at, one in enumerate(paragraphs) if at != dropped)


def _added(base: Labelled, others: Sequence[Labelled], random: Random) -> tuple[str, str] | None:
    fitting = [
        line
        for other in random.sample(list(others), 12)
        for line in other.body.split("\n")
        if 30 < len(line) < len(base.body) / 4 and line.endswith("。")
    ]
    if not fitting:
        return None
    paragraphs = base.body.split("\n")
    paragraphs.insert(random.randint(1, len(paragraphs)), fitting[0])
    return base.title, "\n".join(paragraphs)


def _traditional(base: Labelled, others: Sequence[Labelled], random: Random) -> tuple[str, str]:
    convert = OpenCC(random.choice(["s2t", "s2tw", "s2hk"])).convert
    return convert(base.title), convert(base.body)


def _damaged(base: Labelled, others: Sequence[Labelled], random: Random) -> tuple[str, str] | None:
    # The replica breaks its own kind of text; real pages hold characters that it does not know.
    return (base.title, damage(base.body, random)) if base.case == "original" else None


def _punctuated(base: Labelled, others: Sequence[Labelled], random: Random) -> tuple[str, str]:
    return base.title, base.body.replace("，", ", ").replace("“", '"').replace("”", '"')


_EDITS: dict[str, Edit] = {
    "headline": _headline,
    "lead": _lead,
    "tail": _tail,
    "dateline": _dateline,
    "paragraph cut": _cut,
    "paragraph added": _added,
    "traditional": _traditional,
    "damaged": _damaged,
    "punctuation": _punctuated,
}


# --- what quotes ---


def _opening(text: str, length: int) -> str:
    sentences, opening = _SENTENCE.findall(text.replace("\n", "")), ""
    for sentence in sentences:
        if len(opening) >= length:
            break
        opening += sentence
    return opening


def _excerpts(bases: Sequence[Labelled], random: Random) -> Iterator[Labelled]:
    own = "记者了解到，相关部门将继续跟踪此事的进展，欢迎读者拨打本报热线提供线索。"
    for number, base in enumerate(random.sample(list(bases), 40)):
        quoted = _opening(base.body, 220)
        if 190 <= len(quoted) <= len(base.body) * 0.45:
            yield Labelled(
                "摘编",
                f"{own}\n{quoted}\n{own[::-1]}",
                f"excerpt {number}",
                "excerpt",
                (base.story,),
            )


def _round_ups(bases: Sequence[Labelled], random: Random) -> Iterator[Labelled]:
    for number in range(12):
        told = random.sample(list(bases), 6)
        body = "\n".join(f"{one.title}\n{_opening(one.body, 200)}" for one in told)
        yield Labelled(f"一周要闻（{number}）", body, f"round-up {number}", "round-up")


# --- what is alike and not the same ---


def _notices(random: Random, count: int) -> Iterator[Labelled]:
    forms = _forms("notices")
    for number in range(count // 2):
        title, body = _written(forms[number % len(forms)], random)
        yield Labelled(title, body, f"notice {number}", "notice")
        changed = _one_thing_changed(title, body, random)
        if changed:
            yield Labelled(*changed, f"notice {number} changed", "one thing changed")


def _one_thing_changed(title: str, body: str, random: Random) -> tuple[str, str] | None:
    """The same notice about another number, place, company or person; None where it names none."""
    whole = f"{title}\n{body}"
    swaps = [*_other_words(whole, random), *_other_numbers(whole, random)]
    if not swaps:
        return None
    old, new = random.choice(swaps)
    # Where a number stands once and again, all of its places speak of the same thing.
    changed_title, changed = re.sub(rf"(?<![0-9]){re.escape(old)}(?![0-9])", new, whole).split(
        "\n", 1
    )
    return (changed_title, changed) if changed != body else None


def _other_words(whole: str, random: Random) -> Iterator[tuple[str, str]]:
    words: dict[str, list[str]] = texts.load_data("words")
    for kind in ("place", "company", "person", "road", "school"):
        options = words.get(kind, [])
        for old in options:
            if old in whole:
                yield (
                    old,
                    random.choice([one for one in options if one != old and one not in whole]),
                )


def _other_numbers(whole: str, random: Random) -> Iterator[tuple[str, str]]:
    for number in sorted(set(re.findall(r"(?<![0-9])[0-9]{1,8}(?![0-9])", whole))):
        yield number, str(int(number) + random.randint(1, 9))


_BULLETINS = {
    "天气预报": "市气象台{month}月{day}日17时发布天气预报：今天夜里到明天{sky}，偏{wind}风{force}级，最低气温{low}℃，最高气温{high}℃；后天{sky2}。早晚气温偏低，请注意添衣保暖，驾车出行注意交通安全。森林火险气象等级为{grade}级。",
    "宿迁市区主要农副产品价格": "据市发改委价格监测中心监测，{month}月{day}日市区五家农贸市场粳米每斤{low}.{grade}元，猪肉（精瘦）每斤{high}.{force}元，鸡蛋每斤{grade}.{low}元，青菜每斤{force}.{grade}元，与上周相比{sky3}。监测人员分析，近期市场供应充足，价格总体平稳。",
    "空气质量日报": "{month}月{day}日，宿迁市区环境空气质量指数（AQI）为{high}{low}，空气质量级别为{level}，首要污染物为{dust}。预计明日空气质量仍为{level}，敏感人群应减少户外活动，公众出行请关注最新预报。数据来自市环境监测站国控点位。",
}


def _bulletins(random: Random) -> Iterator[Labelled]:
    skies = ["晴", "多云", "阴", "阴有小雨", "晴转多云", "小雨转阴"]
    for number in range(150):
        kind = random.choice(sorted(_BULLETINS))
        body = _BULLETINS[kind].format(
            month=1 + number % 12,
            day=1 + number % 28,
            sky=random.choice(skies),
            sky2=random.choice(skies),
            sky3=random.choice(["持平", "略有上涨", "小幅下降"]),
            wind=random.choice("东南西北"),
            force=random.randint(2, 6),
            low=random.randint(1, 9),
            high=random.randint(10, 33),
            grade=random.randint(1, 5),
            level=random.choice(["优", "良", "轻度污染"]),
            dust=random.choice(["细颗粒物", "臭氧", "可吸入颗粒物"]),
        )
        yield Labelled(kind, body, f"bulletin {number}", "bulletin")


def _series(bases: Sequence[Labelled], random: Random) -> Iterator[Labelled]:
    """Two parts each: one note in front of both, and a headline that differs in its number."""
    note = "编者按：为全面展示各地推动高质量发展的生动实践，本报推出系列报道，聚焦产业、民生、生态等领域的新探索新成效，敬请读者关注。"
    told = random.sample(list(bases), 40)
    for number in range(20):
        for part, base in zip("一二", told[2 * number : 2 * number + 2], strict=True):
            title = f"一线调研系列报道（{number + 1}）之{part}"
            yield Labelled(title, note + _mixed(base, random), f"series {number} {part}", "series")


def _mixed(base: Labelled, random: Random) -> str:
    """Every third sentence of a text, in another order: its words, and another text."""
    sentences = _SENTENCE.findall(base.body.replace("\n", ""))[::3]
    random.shuffle(sentences)
    return "\n".join(sentences)


def _reports(bases: Sequence[Labelled], random: Random) -> Iterator[Labelled]:
    frame = "{}就有关情况作出说明，引发关注。说明中提到：{}对此，多位市民表示理解，也希望后续能及时公布进展。记者随后走访了现场，看到工作人员正在忙碌。有专家认为，信息公开越及时，公众的疑虑就越少，类似做法值得其他地方借鉴。"
    for base in random.sample(list(bases), 30):
        sentences = _SENTENCE.findall(base.body.replace("\n", ""))
        if len(sentences) > 3 and len(sentences[1]) < 120:
            body = frame.format(random.choice(["市住建局", "市水务集团", "某学校"]), sentences[1])
            yield Labelled(f"回应{base.title[:12]}", body, f"report {body}", "report")
