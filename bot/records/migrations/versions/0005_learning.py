"""What is learned from people: how candidates ended, phrasings and entries beside the files, intents set right

Revision: 0005, after: 0004
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_STANDING = sa.text("withdrawn_at IS NULL")
_OPEN = sa.text("status = 'open'")
_WORDS = ("key", "wish", "entry_id", "decided_by")


def _said_and_taken_back() -> list[sa.Column[Any]]:
    return [
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_by", sa.String(), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
    ]


def _standing_once(table: str) -> None:
    op.create_index(
        f"uq_{table}_standing", table, ["key"], unique=True, sqlite_where=_STANDING, postgresql_where=_STANDING
    )


def upgrade() -> None:
    with op.batch_alter_table("faq_candidates", schema=None) as batch_op:
        batch_op.add_column(sa.Column("message_id", sa.String(64), nullable=False, server_default=""))
        for column in _WORDS:
            batch_op.add_column(sa.Column(column, sa.String(), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("reason", sa.String(), nullable=False, server_default="unanswered"))
        batch_op.add_column(
            sa.Column("nearest", sa.JSON(none_as_null=True), nullable=False, server_default="[]")
        )
        batch_op.add_column(sa.Column("answer", sa.Text(), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.create_index(
            "ix_faq_candidates_open", ["key"], sqlite_where=_OPEN, postgresql_where=_OPEN
        )
        batch_op.create_index("ix_faq_candidates_conversation_id", ["conversation_id"])
    op.create_table(
        "faq_choices",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("candidate_id", sa.String(length=64), nullable=False),
        sa.Column("entry_id", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_faq_choices")),
    )
    op.create_index("ix_faq_choices_candidate_id", "faq_choices", ["candidate_id"])
    op.create_table(
        "learned_phrasings",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("entry_id", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("candidate_id", sa.String(length=64), nullable=False),
        *_said_and_taken_back(),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_learned_phrasings")),
    )
    _standing_once("learned_phrasings")
    op.create_table(
        "learned_entries",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("category", sa.String(), nullable=False),
        sa.Column("answers", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        *_said_and_taken_back(),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_learned_entries")),
    )
    op.create_table(
        "intent_corrections",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("wishes", sa.JSON(none_as_null=True), nullable=False),
        *_said_and_taken_back(),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_intent_corrections")),
    )
    _standing_once("intent_corrections")


def downgrade() -> None:
    for table in ("intent_corrections", "learned_entries", "learned_phrasings", "faq_choices"):
        op.drop_table(table)
    with op.batch_alter_table("faq_candidates", schema=None) as batch_op:
        batch_op.drop_index("ix_faq_candidates_conversation_id")
        batch_op.drop_index("ix_faq_candidates_open")
        for column in ("decided_at", "answer", "nearest", "reason", *_WORDS, "message_id"):
            batch_op.drop_column(column)
