"""Examples of what is asked and answered over HTTP: one small corpus in all of them."""

import json
from typing import Any

from fastapi.encoders import jsonable_encoder

from storage.citations import Citation, Citations
from storage.records import (
    Article,
    AttachedFile,
    Change,
    Evidence,
    Explanation,
    FacetValue,
    Link,
    Piece,
    SourceStatus,
    Tag,
    Visited,
)
from storage.web.api.answers import (
    ChangeAnswer,
    ChangesAnswer,
    CountsAnswer,
    HistoryAnswer,
    HitAnswer,
    Page,
    SearchPage,
    StoryAnswer,
    TopicsAnswer,
)
from storage.web.api.changes import event
from storage.web.api.export import csv_lines, json_lines
from storage.web.problems import MEDIA_TYPE, Problem

_URL = "https://www.suqian.gov.cn/cnsq/zwyw/202607/1.shtml"
_SEEN = "2026-07-31T10:00:00+08:00"
_WARC = "20260731T020000Z-ab12cd34@1024"

PARAMETERS: dict[str, Any] = {
    "q": "新质生产力 -招聘",
    "from": "2026-01-01",
    "to": "2026-12-31",
    "source": "suqian",
    "topic": "科技创新",
    "place": "泗洪县",
    "main_place": "宿城区",
    "organisation": "市科技局",
    "person": "张三",
    "document": "宿政发〔2024〕12号",
    "type": "通知",
    "open_on": "2026-08-15",
    "at": "2026-07-01T08:00:00+08:00",
    "limit": 20,
    "after": "d_1785463500_182313985",
    "sort": "date",
    "reprints": True,
    "canonical": True,
    "format": "csv",
    "by": ["month", "source"],
    "facet": ["topic", "year"],
    "since": 1024,
    "wait": 30,
    "last-event-id": "1024",
    "url": _URL,
    "article_id": "3f2a9c0d1e4b5a67",
    "story_id": "3f2a9c0d1e4b5a67",
}
"""By name, the same in every operation."""

_TAG = Tag(
    kind="topic",
    value="tech",
    label="科技",
    score=0.9,
    evidence=(Evidence(field="title", start=3, end=5, text="科技", rule="term"),),
    taxonomy="2026.1",
)
_ARTICLE = Article(
    id="3f2a9c0d1e4b5a67",
    url=_URL,
    title="宿迁市科技局关于申报创新项目的通知",
    subtitle=None,
    body="各县区科技局：\n现将有关事项通知如下。",
    body_raw=None,
    body_html="<p>各县区科技局：</p><p>现将有关事项通知如下。</p>",
    published_at="2026-07-31T09:05:00+08:00",
    source="suqian",
    column="zwyw",
    origin="市科技局",
    author=None,
    editor=None,
    lang="zh-Hans",
    topics=("科技",),
    places=("宿迁市",),
    main_place="宿迁市",
    organisations=("宿迁市科技局",),
    people=(),
    types=("通知",),
    document_number="宿科发〔2026〕12号",
    issuer="宿迁市科技局",
    index_number=None,
    validity=None,
    keywords=("创新",),
    section="政务要闻",
    needs_ocr=False,
    attachments=(
        AttachedFile(url=f"{_URL}.pdf", name="申报表", text_status="read", text="项目名称"),
    ),
    story_id="3f2a9c0d1e4b5a67",
    duplicate_of=None,
    links=(
        Link(
            id="8c1d2e3f4a5b6c7d",
            url="https://sq1996.com/2026/0801/2.html",
            title="市科技局：创新项目开始申报",
            kind="reprint",
            shared=(0.98, 0.96),
            run=412,
            differs=("−各县区科技局：",),
        ),
    ),
    revision=2,
    first_seen=_SEEN,
    withdrawn_at=None,
    digest="b1946ac92492d2347c6235b4d2611184",
    warc=_WARC,
    provenance={"title": "meta:ArticleTitle", "published_at": "meta:PubDate"},
    tags=(_TAG,),
)
_CHANGE = Change(1025, _ARTICLE.id, "revised", "2026-08-02T10:00:00+08:00")
_TOPIC = FacetValue("tech", "科技", 1)
_LIST: dict[str, Any] = {"total": 1, "exact": True, "items": [_ARTICLE], "next": None}
_HIT = HitAnswer(
    id=_ARTICLE.id,
    title=[Piece("宿迁市科技局关于申报创新项目的"), Piece("通知", hit=True)],
    snippet=[Piece("现将有关事项"), Piece("通知", hit=True), Piece("如下。")],
    files=[],
    reprints=1,
    score=3.25,
)
_VERSION = {
    "number": 1,
    "seen_at": _SEEN,
    "title": "关于申报创新项目的通知",
    "body": _ARTICLE.body,
    "digest": "d41d8cd98f00b204e9800998ecf8427e",
    "warc": _WARC,
    "fields": {"origin": "市科技局"},
}
_HISTORY = HistoryAnswer(
    id=_ARTICLE.id,
    url=_URL,
    title=_ARTICLE.title,
    withdrawn_at=None,
    versions=[_VERSION, _VERSION | {"number": 2, "title": _ARTICLE.title}],
    events=[{"at": _SEEN, "kind": "seen", "version": 1, "reason": None, "confirmed_at": None}],
    differences=[
        {
            "older": 1,
            "newer": 2,
            "fields": {
                "title": {
                    "mark": "changed",
                    "parts": [{"mark": "added", "text": "宿迁市科技局"}],
                }
            },
            "body": [],
        }
    ],
)
_CITED = Citation("宿政发〔2024〕12号", title="关于促进科技创新的意见", url=f"{_URL}?old")
_WHY = Explanation(
    url=_URL,
    key="suqian.gov.cn/cnsq/zwyw/202607/1.shtml",
    source="suqian",
    column="zwyw",
    discovered_at=_SEEN,
    discovered_on="https://www.suqian.gov.cn/cnsq/zwyw/list.shtml",
    outcome="new",
    reason=None,
    outcome_at=_SEEN,
    next_try_at=None,
    article=_ARTICLE.id,
    visits=(Visited(run="r1", source="suqian", outcome="new", reason=None, at=_SEEN, warc="r1@0"),),
)
_SOURCE = SourceStatus(
    source="suqian", articles=1, latest=_ARTICLE.published_at, last_new=_SEEN, parked=0
)
_FEED = """<?xml version='1.0' encoding='utf-8'?>
<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="zh-CN">
  <id>tag:suqian,2026:search?q=%E9%80%9A%E7%9F%A5</id>
  <title>宿迁语料库：通知</title>
  <updated>2026-07-31T10:00:00+08:00</updated>
</feed>
"""
_API = "/api/v1"
_JSON, _EVENTS = "application/json", "text/event-stream"
ANSWERS: dict[str, dict[str, Any]] = {
    "/livez": {_JSON: {"status": "ok"}},
    "/healthz": {
        _JSON: {
            "status": "ok",
            "checks": [{"name": "disk", "level": "ok", "found": "75 GB are free"}],
            "articles": 1,
        }
    },
    f"{_API}/articles": {_JSON: Page(**_LIST)},
    f"{_API}/articles/{{article_id}}": {_JSON: _ARTICLE},
    f"{_API}/articles/{{article_id}}/history": {_JSON: _HISTORY},
    f"{_API}/articles/{{article_id}}/citations": {_JSON: Citations((_CITED,), ())},
    f"{_API}/stories/{{story_id}}": {_JSON: StoryAnswer(id=_ARTICLE.story_id, items=[_ARTICLE])},
    f"{_API}/search": {
        _JSON: SearchPage(**_LIST, hits=[_HIT], facets={"topic": [_TOPIC]}, in_attachments={})
    },
    f"{_API}/counts": {
        _JSON: CountsAnswer(
            by=["month", "source"],
            counts=[{"month": "2026-07", "source": "suqian", "count": 1}],
        )
    },
    f"{_API}/export": {
        "application/x-ndjson": "".join(json_lines([_ARTICLE])),
        "text/csv": "".join(csv_lines([_ARTICLE])),
    },
    f"{_API}/changes": {
        _JSON: ChangesAnswer(changes=[ChangeAnswer(**_CHANGE.as_dict())], next=1025),
        _EVENTS: event(_CHANGE),
    },
    f"{_API}/changes/stream": {_EVENTS: event(_CHANGE)},
    f"{_API}/sources": {_JSON: [_SOURCE]},
    f"{_API}/topics": {_JSON: TopicsAnswer(topics=[_TOPIC])},
    f"{_API}/why": {_JSON: _WHY},
    "/feed.atom": {"application/atom+xml": _FEED},
}
"""By path, then by media type: what 200 answers."""
_PROBLEMS = {
    "400": ("Bad Request", "character 1 of the query: this parenthesis is not closed", 0),
    "401": ("Unauthorized", "a key is needed", None),
    "404": ("Not Found", "no article '3f2a9c0d1e4b5a67'", None),
    "421": ("Misdirected Request", "this service goes by another name", None),
    "422": ("Unprocessable Entity", "query.limit: Input should be less than 101", None),
    "429": ("Too Many Requests", "too many wrong keys; wait", None),
    "500": ("Internal Server Error", "this program failed; its log says how", None),
    "503": ("Service Unavailable", "this takes too long; ask for less", None),
}


def add_examples(path: str, operation: dict[str, Any]) -> None:
    """Give the parameters and answers of an operation their examples."""
    for parameter in operation.get("parameters", ()):
        parameter["example"] = PARAMETERS[parameter["name"]]
    for kind, example in ANSWERS[path].items():
        operation["responses"]["200"]["content"][kind]["example"] = _plain(example)
    for status, (title, detail, position) in _PROBLEMS.items():
        told = Problem(title=title, status=int(status), detail=detail, position=position)
        content = operation["responses"][status]["content"][MEDIA_TYPE]
        content["example"] = told.model_dump(exclude_none=True)


def _plain(example: Any) -> Any:
    """As JSON values: tuples are lists."""
    return json.loads(json.dumps(jsonable_encoder(example)))
