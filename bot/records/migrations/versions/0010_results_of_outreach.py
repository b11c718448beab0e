"""What came of outreach: signs, answers, calls, and what each message brought

Revision: 0010, after: 0009
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_SENT = sa.text("status IN ('sent', 'uncertain')")
_OPEN = sa.text("status = 'open'")
_BROUGHT = ("opened_at", "clicked_at", "replied_at", "converted_at", "opted_out_at")


def upgrade() -> None:
    op.create_table(
        "outreach_signs",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("row_id", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("link_key", sa.String(), nullable=False),
        sa.Column("link", sa.Text(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("why", sa.String(), nullable=False),
        sa.Column("first_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outreach_signs")),
        sa.UniqueConstraint(
            "row_id", "kind", "link_key", "by", name=op.f("uq_outreach_signs_row_id_kind_link_key_by")
        ),
    )
    op.create_table(
        "outreach_answers",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("row_id", sa.String(length=64), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("contact_id", sa.String(length=64), nullable=False),
        sa.Column("conversation_id", sa.String(length=64), nullable=False),
        sa.Column("question", sa.String(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("score", sa.Integer(), nullable=True),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outreach_answers")),
        sa.UniqueConstraint("row_id", "question", name=op.f("uq_outreach_answers_row_id_question")),
    )
    op.create_index("ix_outreach_answers_contact_id", "outreach_answers", ["contact_id", "at"])
    op.create_index("ix_outreach_answers_source", "outreach_answers", ["source", "at"])
    op.create_table(
        "person_tasks",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("contact_id", sa.String(length=64), nullable=False),
        sa.Column("owner", sa.String(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_by", sa.String(), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person_tasks")),
        sa.UniqueConstraint("key", name=op.f("uq_person_tasks_key")),
    )
    op.create_index(
        "ix_person_tasks_open", "person_tasks", ["due_at"], sqlite_where=_OPEN, postgresql_where=_OPEN
    )
    op.create_index("ix_person_tasks_contact_id", "person_tasks", ["contact_id"])
    for name in _BROUGHT:
        op.add_column("occurrences", sa.Column(name, sa.DateTime(timezone=True), nullable=True))
    for table in ("occurrences", "recipients"):
        op.add_column(table, sa.Column("income", sa.Numeric(precision=14, scale=3), nullable=True))
        op.add_column(table, sa.Column("currency", sa.String(), nullable=True))
        op.create_index(
            f"ix_{table}_sent",
            table,
            ["contact_id", "settled_at"],
            sqlite_where=_SENT,
            postgresql_where=_SENT,
        )


def downgrade() -> None:
    for table in ("occurrences", "recipients"):
        op.drop_index(f"ix_{table}_sent", table)
        op.drop_column(table, "currency")
        op.drop_column(table, "income")
    for name in reversed(_BROUGHT):
        op.drop_column("occurrences", name)
    for table in ("person_tasks", "outreach_answers", "outreach_signs"):
        op.drop_table(table)
