"""The agents' inbox: what is owed first, search, answers that can be undone, drafts, mentions, ready answers

Revision: 0013, after: 0012
"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

# The index of SQLite's full-text search keeps no copy of the words: it follows `search_texts` by triggers.
_SQLITE = (
    "CREATE VIRTUAL TABLE search_words USING fts5(words, content='search_texts', content_rowid='id',"
    ' tokenize="unicode61 remove_diacritics 0")',
    "CREATE TRIGGER search_texts_added AFTER INSERT ON search_texts BEGIN"
    " INSERT INTO search_words(rowid, words) VALUES (new.id, new.words); END",
    "CREATE TRIGGER search_texts_removed AFTER DELETE ON search_texts BEGIN"
    " INSERT INTO search_words(search_words, rowid, words) VALUES ('delete', old.id, old.words); END",
    "CREATE TRIGGER search_texts_changed AFTER UPDATE ON search_texts BEGIN"
    " INSERT INTO search_words(search_words, rowid, words) VALUES ('delete', old.id, old.words);"
    " INSERT INTO search_words(rowid, words) VALUES (new.id, new.words); END",
)


def upgrade() -> None:
    op.create_table(
        "drafts",
        sa.Column("conversation_id", sa.String(length=64), nullable=False),
        sa.Column("agent_id", sa.String(length=64), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("seen_seq", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("conversation_id", "agent_id", name=op.f("pk_drafts")),
    )
    op.create_table(
        "inbox",
        sa.Column("conversation_id", sa.String(length=64), nullable=False),
        sa.Column("contact_id", sa.String(length=64), nullable=False),
        sa.Column("contact_name", sa.String(), nullable=False),
        sa.Column("account_id", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("desk_id", sa.String(length=64), nullable=True),
        sa.Column("owner", sa.String(), nullable=False),
        sa.Column("agent_id", sa.String(length=64), nullable=True),
        sa.Column("urgent", sa.Boolean(), nullable=False),
        sa.Column("complaint", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("rank", sa.BigInteger(), nullable=False),
        sa.Column("owed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("owed_kind", sa.String(), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("set_by", sa.String(), nullable=False),
        sa.Column("snoozed_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("done", sa.Boolean(), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_seq", sa.Integer(), nullable=False),
        sa.Column("last_direction", sa.String(), nullable=False),
        sa.Column("preview", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("conversation_id", name=op.f("pk_inbox")),
    )
    op.create_index("ix_inbox_agent", "inbox", ["agent_id", "state", "rank", "conversation_id"], unique=False)
    op.create_index(
        "ix_inbox_channel", "inbox", ["channel", "state", "rank", "conversation_id"], unique=False
    )
    op.create_index(
        "ix_inbox_complaints",
        "inbox",
        ["state", "rank", "conversation_id"],
        unique=False,
        sqlite_where=sa.text("complaint"),
        postgresql_where=sa.text("complaint"),
    )
    op.create_index("ix_inbox_contact_id", "inbox", ["contact_id"], unique=False)
    op.create_index("ix_inbox_desk", "inbox", ["desk_id", "state", "rank", "conversation_id"], unique=False)
    op.create_index(
        "ix_inbox_owed",
        "inbox",
        ["owed_at"],
        unique=False,
        sqlite_where=sa.text("owed_at IS NOT NULL AND state = 'open'"),
        postgresql_where=sa.text("owed_at IS NOT NULL AND state = 'open'"),
    )
    op.create_index("ix_inbox_rank", "inbox", ["state", "rank", "conversation_id"], unique=False)
    op.create_table(
        "inbox_counts",
        sa.Column("heading", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("heading", "key", name=op.f("pk_inbox_counts")),
    )
    op.create_table(
        "mentions",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("message_id", sa.String(length=64), nullable=False),
        sa.Column("conversation_id", sa.String(length=64), nullable=False),
        sa.Column("agent_id", sa.String(length=64), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mentions")),
        sa.UniqueConstraint("message_id", "agent_id", name=op.f("uq_mentions_message_id_agent_id")),
    )
    op.create_index("ix_mentions_agent_id", "mentions", ["agent_id", "seen_at"], unique=False)
    op.create_index("ix_mentions_conversation_id", "mentions", ["conversation_id"], unique=False)
    op.create_table(
        "pending_answers",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("conversation_id", sa.String(length=64), nullable=False),
        sa.Column("agent_id", sa.String(length=64), nullable=False),
        sa.Column("agent_name", sa.String(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("attachments", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("suggestion", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("seen_seq", sa.Integer(), nullable=False),
        sa.Column("later", sa.Boolean(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pending_answers")),
        sa.UniqueConstraint("key", name=op.f("uq_pending_answers_key")),
    )
    op.create_index(
        "ix_pending_answers_conversation_id", "pending_answers", ["conversation_id"], unique=False
    )
    op.create_table(
        "ready_answers",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("texts", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("desk_id", sa.String(length=64), nullable=True),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ready_answers")),
        sa.UniqueConstraint("name", name=op.f("uq_ready_answers_name")),
    )
    op.create_table(
        "search_texts",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("message_id", sa.String(length=64), nullable=False),
        sa.Column("conversation_id", sa.String(length=64), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_search_texts")),
        sa.UniqueConstraint("message_id", name=op.f("uq_search_texts_message_id")),
    )
    op.create_index("ix_search_texts_conversation_id", "search_texts", ["conversation_id"], unique=False)
    op.create_table(
        "suggestion_uses",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("conversation_id", sa.String(length=64), nullable=False),
        sa.Column("entry_id", sa.String(), nullable=False),
        sa.Column("confidence", sa.Float(), nullable=False),
        sa.Column("use", sa.String(), nullable=False),
        sa.Column("agent", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_suggestion_uses")),
    )
    op.create_index(
        "ix_suggestion_uses_conversation_id", "suggestion_uses", ["conversation_id"], unique=False
    )

    if op.get_bind().dialect.name == "sqlite":
        for statement in _SQLITE:
            op.execute(statement)
    else:
        op.execute("CREATE INDEX search_words ON search_texts USING gin (to_tsvector('simple', words))")


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for name in ("added", "removed", "changed"):
            op.execute(f"DROP TRIGGER search_texts_{name}")
        op.execute("DROP TABLE search_words")
    op.drop_index("ix_suggestion_uses_conversation_id", table_name="suggestion_uses")
    op.drop_table("suggestion_uses")
    op.drop_index("ix_search_texts_conversation_id", table_name="search_texts")
    op.drop_table("search_texts")
    op.drop_table("ready_answers")
    op.drop_index("ix_pending_answers_conversation_id", table_name="pending_answers")
    op.drop_table("pending_answers")
    op.drop_index("ix_mentions_conversation_id", table_name="mentions")
    op.drop_index("ix_mentions_agent_id", table_name="mentions")
    op.drop_table("mentions")
    op.drop_table("inbox_counts")
    op.drop_index("ix_inbox_rank", table_name="inbox")
    op.drop_index(
        "ix_inbox_owed",
        table_name="inbox",
        sqlite_where=sa.text("owed_at IS NOT NULL AND state = 'open'"),
        postgresql_where=sa.text("owed_at IS NOT NULL AND state = 'open'"),
    )
    op.drop_index("ix_inbox_desk", table_name="inbox")
    op.drop_index("ix_inbox_contact_id", table_name="inbox")
    op.drop_index(
        "ix_inbox_complaints",
        table_name="inbox",
        sqlite_where=sa.text("complaint"),
        postgresql_where=sa.text("complaint"),
    )
    op.drop_index("ix_inbox_channel", table_name="inbox")
    op.drop_index("ix_inbox_agent", table_name="inbox")
    op.drop_table("inbox")
    op.drop_table("drafts")
