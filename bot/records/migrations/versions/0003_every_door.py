"""Mail's subjects and quotations, notes of doors, contacts that may be one person

Revision: 0003, after: 0002
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_NEW_COLUMNS = {
    "conversations": ("subject", "last_heard"),
    "messages": ("subject", "quoted"),
}


def upgrade() -> None:
    op.create_table(
        "door_notes",
        sa.Column("account_id", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("account_id", "key", name=op.f("pk_door_notes")),
    )
    op.create_table(
        "same_person",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("contact_id", sa.String(length=64), nullable=False),
        sa.Column("other_id", sa.String(length=64), nullable=False),
        sa.Column("evidence", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("moved", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_same_person")),
        sa.UniqueConstraint("contact_id", "other_id", name=op.f("uq_same_person_contact_id_other_id")),
    )
    with op.batch_alter_table("same_person", schema=None) as batch_op:
        batch_op.create_index("ix_same_person_other_id", ["other_id"], unique=False)
    for table, columns in _NEW_COLUMNS.items():
        for column in columns:
            op.add_column(table, sa.Column(column, sa.Text(), nullable=False, server_default=""))
    op.add_column("messages", sa.Column("automatic", sa.String(), nullable=False, server_default=""))


def downgrade() -> None:
    with op.batch_alter_table("messages", schema=None) as batch_op:
        batch_op.drop_column("automatic")
        for column in _NEW_COLUMNS["messages"]:
            batch_op.drop_column(column)
    with op.batch_alter_table("conversations", schema=None) as batch_op:
        for column in _NEW_COLUMNS["conversations"]:
            batch_op.drop_column(column)
    op.drop_table("same_person")
    op.drop_table("door_notes")
