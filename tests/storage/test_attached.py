"""What attachments say, and the body's HTML: stored, searched, shown."""

from sqlalchemy import insert

from storage import Corpus, migrations, search
from storage.database import Database
from storage.models import Article, Attachment
from storage.web.shown import shown
from tests.storage.samples import Sample, store

KEY = "suqian.gov.cn/a/1.shtml"
LIST = "| 序号 | 单位 |\n| 1 | 泗洪县洋河酒厂 |"


def attach(database: Database, text: str = LIST) -> str:
    with database.unit_of_work() as session:
        which = store(session, Sample(key=KEY, attached=text))[0]
        pk = session.query(Article.pk).where(Article.id == which).scalar()
        row = {"article_pk": pk, "position": 0, "url": "http://a.cn/x.xlsx", "name": "名单.xlsx"}
        session.execute(insert(Attachment), [row | {"text": text, "text_status": "read"}])
        store(session, Sample(key="suqian.gov.cn/a/2.shtml", body="洋河酒厂"))
    return which


def test_an_article_is_found_by_what_stands_only_in_its_attachment(database: Database) -> None:
    which = attach(database)
    corpus = Corpus(database)
    found = corpus.search("泗洪县洋河 通知")
    assert [article.id for article in found.items] == [which]
    assert [hit.files for hit in found.hits] == [("名单.xlsx",)]
    assert found.items[0].attachments[0].text == LIST
    both = corpus.search("洋河酒厂")
    assert both.total == 2
    assert [hit.article.id for hit in both.hits if hit.files] == [which]
    assert not any(hit.files for hit in corpus.search("通知").hits)
    assert corpus.search('"下。序号"').total == 0  # no phrase spans two texts


def test_old_attachments_are_found_no_more(database: Database) -> None:
    attach(database)
    with database.unit_of_work() as session:
        pk = session.query(Article.pk).where(Article.key == KEY).scalar()
        search.unindex(session, [pk])
    assert Corpus(database).search("洋河酒厂").total == 1


def test_the_migration_goes_down_and_up_with_data_in_it(database: Database) -> None:
    attach(database)
    with database.engine.begin() as connection:
        migrations.downgrade(connection, "0001")
    with database.engine.begin() as connection:
        migrations.upgrade(connection)
    corpus = Corpus(database)
    assert corpus.search("洋河酒厂").total == 1
    assert corpus.search("防汛工作").total == 2
    article = corpus.get(KEY)
    assert article is not None
    assert article.attachments[0].text_status == "not fetched"
    assert (article.body_html, article.needs_ocr) == (None, False)


def test_shown_html_loads_nothing_and_its_links_tell_nobody() -> None:
    told = shown(
        '<p onclick="x()">一<img src="http://a.cn/1.png" alt="大桥"></p><script>x()</script>'
        '<video src="http://a.cn/1.mp4"></video><a href="javascript:x()">坏</a><h1>题</h1>'
        '<table><tr><td colspan="2">格</td></tr></table>'
    )
    assert "<img" not in told
    assert "<video" not in told
    assert "x()" not in told
    assert (
        '<a href="http://a.cn/1.png" rel="noopener noreferrer nofollow">〔图片：大桥〕</a>' in told
    )
    assert "〔视频〕" in told
    assert '<td colspan="2">格</td>' in told
    assert "<h2>题</h2>" in told


def test_paragraphs_are_indented_once() -> None:
    assert shown("<p>　　一，<b>二</b></p><p><b>三</b></p>") == (
        "<div><p>一，<b>二</b></p><p><b>三</b></p></div>"
    )
