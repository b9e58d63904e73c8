"""Views for who opens the database with a tool of his own: times as the city reads them, names."""

from alembic import op

revision = "0010"
down_revision = "0009"

# The summers in which China's clocks were nine hours ahead of UTC (storage/times.py).
_SUMMERS = (
    ("1986-05-03 18:00", "1986-09-13 17:00"),
    ("1987-04-11 18:00", "1987-09-12 17:00"),
    ("1988-04-16 18:00", "1988-09-10 17:00"),
    ("1989-04-15 18:00", "1989-09-16 17:00"),
    ("1990-04-14 18:00", "1990-09-15 17:00"),
    ("1991-04-13 18:00", "1991-09-14 17:00"),
)
VIEWS = ("article_view", "tag_view", "story_view", "source_day")


def upgrade() -> None:
    postgres = op.get_bind().dialect.name == "postgresql"
    city, names = (_postgres_city, _postgres_names) if postgres else (_sqlite_city, _sqlite_names)
    published = city("article.published_at")
    day = f"substr({published}, 1, 10)"
    for view in (
        f"""
        CREATE VIEW article_view AS SELECT article.id, article.title, {day} AS day,
          CASE WHEN published_precision = 'day' THEN {day} ELSE {published} END AS published,
          article.source, article."column", origin, author, document_number,
          {names("topic")} AS topics, {names("place")} AS places, {names("main_place")} AS main_place,
          {names("organisation")} AS organisations, {names("person")} AS people,
          {names("type")} AS types, lang, article.story_id, article.duplicate_of, revision,
          {city("article.first_seen")} AS first_seen, {city("article.withdrawn_at")} AS withdrawn,
          article.url, article.body
        FROM article
        """,
        f"""
        CREATE VIEW tag_view AS SELECT article.id AS article_id, article.title, {day} AS day,
          article.source, tag.kind, tag.value, tag.label, tag.score, tag.amount
        FROM tag JOIN article ON article.pk = tag.article_pk
        """,
        f"""
        CREATE VIEW story_view AS SELECT story.id, canonical.title, canonical.url,
          count(*) AS articles, count(DISTINCT article.source) AS sources,
          min({published}) AS first_published, max({published}) AS last_published
        FROM story JOIN article ON article.story_id = story.id
          JOIN article AS canonical ON canonical.id = story.canonical_id
        GROUP BY story.id, canonical.title, canonical.url
        """,
        f"""
        CREATE VIEW source_day AS SELECT source, {day} AS day, count(*) AS articles,
          count(duplicate_of) AS reprints
        FROM article GROUP BY 1, 2
        """,
    ):
        op.get_bind().exec_driver_sql(view)


def downgrade() -> None:
    for view in VIEWS:
        op.execute(f"DROP VIEW {view}")


def _postgres_city(at: str) -> str:
    return f"to_char(timezone('Asia/Shanghai', {at}), 'YYYY-MM-DD\"T\"HH24:MI:SS')"


def _sqlite_city(at: str) -> str:
    # As text: beside a column of times SQLite would take '1992' for a number.
    minute = f"substr({at}, 1, 16)"
    summers = " OR ".join(
        f"{minute} >= '{start}' AND {minute} < '{end}'" for start, end in _SUMMERS
    )
    ahead = f"CASE WHEN {minute} < '1992' AND ({summers}) THEN '+9 hours' ELSE '+8 hours' END"
    return f"strftime('%Y-%m-%dT%H:%M:%S', substr({at}, 1, 19), {ahead})"


def _postgres_names(kind: str) -> str:
    return f"(SELECT string_agg(label, '、' ORDER BY score DESC, value) {_of(kind)})"


def _sqlite_names(kind: str) -> str:
    ordered = f"SELECT label {_of(kind)} ORDER BY score DESC, value"
    return f"(SELECT group_concat(label, '、') FROM ({ordered}))"


def _of(kind: str) -> str:
    return f"FROM tag WHERE tag.article_pk = article.pk AND tag.kind = '{kind}'"
