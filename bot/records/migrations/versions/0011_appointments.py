"""Time that appointments hold, and what their calendar files and offers need

Revision: 0011, after: 0010
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("appointments", schema=None) as batch_op:
        batch_op.add_column(sa.Column("token", sa.String(), server_default="", nullable=False))
        batch_op.add_column(sa.Column("offered_until", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.create_index("ix_appointments_token", ["token"], unique=False)
    op.create_table(
        "appointment_cells",
        sa.Column("resource", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("appointment_id", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("resource", "at", name=op.f("pk_appointment_cells")),
    )
    with op.batch_alter_table("appointment_cells", schema=None) as batch_op:
        batch_op.create_index("ix_appointment_cells_appointment_id", ["appointment_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("appointment_cells", schema=None) as batch_op:
        batch_op.drop_index("ix_appointment_cells_appointment_id")
    op.drop_table("appointment_cells")
    with op.batch_alter_table("appointments", schema=None) as batch_op:
        batch_op.drop_index("ix_appointments_token")
        batch_op.drop_column("settled_at")
        batch_op.drop_column("offered_until")
        batch_op.drop_column("token")
