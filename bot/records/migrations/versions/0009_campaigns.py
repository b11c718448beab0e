"""How far a campaign is: its audience, its rate, its money, its winner

Revision: 0009, after: 0008
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    moment = sa.DateTime(timezone=True)
    with op.batch_alter_table("campaigns") as campaigns:
        campaigns.add_column(sa.Column("series_id", sa.String(length=64), nullable=True))
        campaigns.add_column(sa.Column("audience", sa.Text(), server_default="", nullable=False))
        campaigns.add_column(sa.Column("frozen_as_of", moment, nullable=True))
        campaigns.add_column(sa.Column("frozen_upto", sa.String(), server_default="", nullable=False))
        campaigns.add_column(sa.Column("planned_count", sa.Integer(), server_default="0", nullable=False))
        campaigns.add_column(
            sa.Column("planned_cost", sa.Numeric(14, 4), server_default="0", nullable=False)
        )
        campaigns.add_column(sa.Column("spent", sa.Numeric(14, 4), server_default="0", nullable=False))
        campaigns.add_column(sa.Column("next_at", moment, nullable=True))
        campaigns.add_column(sa.Column("winner", sa.String(), server_default="", nullable=False))
        campaigns.add_column(sa.Column("decided_at", moment, nullable=True))
        campaigns.add_column(sa.Column("decided_why", sa.Text(), server_default="", nullable=False))
        campaigns.add_column(sa.Column("finished_at", moment, nullable=True))
        campaigns.add_column(sa.Column("changed_by", sa.String(), server_default="", nullable=False))
        campaigns.add_column(sa.Column("changed_at", moment, nullable=True))
    op.create_index("ix_campaigns_series_id", "campaigns", ["series_id"])


def downgrade() -> None:
    op.drop_index("ix_campaigns_series_id", "campaigns")
    with op.batch_alter_table("campaigns") as campaigns:
        for name in (
            "changed_at", "changed_by", "finished_at", "decided_why", "decided_at", "winner", "next_at", "spent",
            "planned_cost", "planned_count", "frozen_upto", "frozen_as_of", "audience", "series_id",
        ):  # fmt: skip
            campaigns.drop_column(name)
