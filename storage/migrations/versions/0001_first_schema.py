"""The first schema: ledger, corpus, search and change feed."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

APPLICATION_ID = 0x5355514E


def upgrade() -> None:
    op.create_table(
        "change",
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("article_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("seq", name="pk_change"),
    )
    op.create_index("ix_change_article_id", "change", ["article_id"], unique=False)
    op.create_table(
        "counter",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_counter"),
    )
    op.create_table(
        "lease",
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("source", name="pk_lease"),
    )
    op.create_table(
        "run",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("parameters", sa.JSON(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_run"),
    )
    op.create_index("ix_run_started_at", "run", ["started_at"], unique=False)
    op.create_table(
        "story",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("canonical_id", sa.Text(), nullable=False),
        sa.Column("merged_into", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_story"),
    )
    op.create_table(
        "walk",
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("column", sa.Text(), nullable=False),
        sa.Column("back_to", sa.Date(), nullable=False),
        sa.Column("completed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("source", "column", name="pk_walk"),
    )
    op.create_table(
        "page",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("column", sa.Text(), nullable=True),
        sa.Column("discovered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("discovered_on", sa.Text(), nullable=True),
        sa.Column("listed_title", sa.Text(), nullable=True),
        sa.Column("listed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("listed_digest", sa.Text(), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("outcome_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_try_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("etag", sa.Text(), nullable=True),
        sa.Column("last_modified", sa.Text(), nullable=True),
        sa.Column("digest", sa.Text(), nullable=True),
        sa.Column("fetched_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("warc", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name="fk_page_run_id"),
        sa.PrimaryKeyConstraint("id", name="pk_page"),
        sa.UniqueConstraint("key", name="uq_page_key"),
    )
    op.create_index("ix_page_next_try_at", "page", ["next_try_at"], unique=False)
    op.create_index("ix_page_outcome_next_try_at", "page", ["outcome", "next_try_at"], unique=False)
    op.create_index("ix_page_source_column", "page", ["source", "column"], unique=False)
    op.create_index("ix_page_url", "page", ["url"], unique=False)
    op.create_table(
        "run_source",
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("discovered", sa.Integer(), nullable=False),
        sa.Column("requests", sa.Integer(), nullable=False),
        sa.Column("list_pages", sa.Integer(), nullable=False),
        sa.Column("bytes", sa.Integer(), nullable=False),
        sa.Column("seconds", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name="fk_run_source_run_id"),
        sa.PrimaryKeyConstraint("run_id", "source", name="pk_run_source"),
    )
    op.create_table(
        "segment",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("records", sa.Integer(), nullable=False),
        sa.Column("bytes", sa.Integer(), nullable=False),
        sa.Column("stored_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("loaded_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name="fk_segment_run_id"),
        sa.PrimaryKeyConstraint("name", name="pk_segment"),
    )
    op.create_index("ix_segment_run_id", "segment", ["run_id"], unique=False)
    op.create_table(
        "tally",
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name="fk_tally_run_id"),
        sa.PrimaryKeyConstraint("run_id", "source", "outcome", "reason", name="pk_tally"),
    )
    op.create_table(
        "article",
        sa.Column("pk", sa.Integer(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("page_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("column", sa.Text(), nullable=True),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("subtitle", sa.Text(), nullable=True),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("body_raw", sa.Text(), nullable=True),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("published_precision", sa.Text(), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("origin", sa.Text(), nullable=True),
        sa.Column("author", sa.Text(), nullable=True),
        sa.Column("editor", sa.Text(), nullable=True),
        sa.Column("document_number", sa.Text(), nullable=True),
        sa.Column("issuer", sa.Text(), nullable=True),
        sa.Column("index_number", sa.Text(), nullable=True),
        sa.Column("validity", sa.Text(), nullable=True),
        sa.Column("keywords", sa.JSON(), nullable=False),
        sa.Column("provenance", sa.JSON(), nullable=False),
        sa.Column("lang", sa.Text(), nullable=True),
        sa.Column("story_id", sa.Text(), nullable=False),
        sa.Column("duplicate_of", sa.Text(), nullable=True),
        sa.Column("authority", sa.Integer(), nullable=False),
        sa.Column("text_digest", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("first_seen", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revised_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("warc", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["page_id"], ["page.id"], name="fk_article_page_id"),
        sa.ForeignKeyConstraint(["story_id"], ["story.id"], name="fk_article_story_id"),
        sa.PrimaryKeyConstraint("pk", name="pk_article"),
        sa.UniqueConstraint("id", name="uq_article_id"),
        sa.UniqueConstraint("key", name="uq_article_key"),
        sa.UniqueConstraint("page_id", name="uq_article_page_id"),
    )
    op.create_index("ix_article_document_number", "article", ["document_number"], unique=False)
    op.create_index("ix_article_published_at", "article", ["published_at"], unique=False)
    op.create_index(
        "ix_article_source_published_at", "article", ["source", "published_at"], unique=False
    )
    op.create_index("ix_article_story_id", "article", ["story_id"], unique=False)
    op.create_index("ix_article_text_digest", "article", ["text_digest"], unique=False)
    op.create_table(
        "visit",
        sa.Column("page_id", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("warc", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["page_id"], ["page.id"], name="fk_visit_page_id"),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name="fk_visit_run_id"),
        sa.PrimaryKeyConstraint("page_id", "run_id", name="pk_visit"),
    )
    op.create_table(
        "attachment",
        sa.Column("article_pk", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["article_pk"], ["article.pk"], name="fk_attachment_article_pk"),
        sa.PrimaryKeyConstraint("article_pk", "position", name="pk_attachment"),
    )
    op.create_table(
        "folded_text",
        sa.Column("article_pk", sa.Integer(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["article_pk"], ["article.pk"], name="fk_folded_text_article_pk"),
        sa.PrimaryKeyConstraint("article_pk", name="pk_folded_text"),
    )
    op.create_table(
        "revision",
        sa.Column("article_pk", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("fields", sa.JSON(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("warc", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["article_pk"], ["article.pk"], name="fk_revision_article_pk"),
        sa.PrimaryKeyConstraint("article_pk", "number", name="pk_revision"),
    )
    op.create_table(
        "tag",
        sa.Column("article_pk", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("score", sa.Double(), nullable=False),
        sa.Column("evidence", sa.JSON(), nullable=False),
        sa.Column("taxonomy", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["article_pk"], ["article.pk"], name="fk_tag_article_pk"),
        sa.PrimaryKeyConstraint("article_pk", "kind", "value", name="pk_tag"),
    )
    op.create_index(
        "ix_tag_kind_value_article_pk", "tag", ["kind", "value", "article_pk"], unique=False
    )
    if op.get_bind().dialect.name == "postgresql":
        op.execute("CREATE TABLE search (article_pk integer PRIMARY KEY, terms tsvector)")
        op.execute("CREATE INDEX ix_search_terms ON search USING gin (terms)")
    else:
        op.execute(
            "CREATE VIRTUAL TABLE search USING fts5 "
            "(title, body, content='', tokenize='unicode61 remove_diacritics 0')"
        )
        op.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    op.execute("INSERT INTO counter (name, value) VALUES ('change', 0)")


def downgrade() -> None:
    op.execute("DROP TABLE search")
    op.drop_index("ix_tag_kind_value_article_pk", table_name="tag")
    op.drop_table("tag")
    op.drop_table("revision")
    op.drop_table("folded_text")
    op.drop_table("attachment")
    op.drop_table("visit")
    op.drop_index("ix_article_text_digest", table_name="article")
    op.drop_index("ix_article_story_id", table_name="article")
    op.drop_index("ix_article_source_published_at", table_name="article")
    op.drop_index("ix_article_published_at", table_name="article")
    op.drop_index("ix_article_document_number", table_name="article")
    op.drop_table("article")
    op.drop_table("tally")
    op.drop_index("ix_segment_run_id", table_name="segment")
    op.drop_table("segment")
    op.drop_table("run_source")
    op.drop_index("ix_page_url", table_name="page")
    op.drop_index("ix_page_source_column", table_name="page")
    op.drop_index("ix_page_outcome_next_try_at", table_name="page")
    op.drop_index("ix_page_next_try_at", table_name="page")
    op.drop_table("page")
    op.drop_table("walk")
    op.drop_table("story")
    op.drop_index("ix_run_started_at", table_name="run")
    op.drop_table("run")
    op.drop_table("lease")
    op.drop_table("counter")
    op.drop_index("ix_change_article_id", table_name="change")
    op.drop_table("change")
    if op.get_bind().dialect.name == "sqlite":
        op.execute("PRAGMA application_id = 0")
