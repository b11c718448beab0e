"""Outreach: what is known of customers, segments, rules that recur, campaigns

Revision: 0008, after: 0007
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "appointments",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("contact_id", sa.String(length=64), nullable=False),
        sa.Column("conversation_id", sa.String(length=64), nullable=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("resource", sa.String(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("place", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("recap", sa.Text(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_appointments")),
    )
    with op.batch_alter_table("appointments", schema=None) as batch_op:
        batch_op.create_index("ix_appointments_contact_id", ["contact_id", "starts_at"], unique=False)
        batch_op.create_index(
            "ix_appointments_taken",
            ["resource", "starts_at"],
            unique=True,
            sqlite_where=sa.text("status IN ('booked', 'changed')"),
            postgresql_where=sa.text("status IN ('booked', 'changed')"),
        )

    op.create_table(
        "campaigns",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("definition", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("frozen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_campaigns")),
        sa.UniqueConstraint("name", name=op.f("uq_campaigns_name")),
    )
    op.create_table(
        "equipment",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("external_id", sa.String(), nullable=True),
        sa.Column("contact_id", sa.String(length=64), nullable=False),
        sa.Column("product", sa.String(), nullable=False),
        sa.Column("serial", sa.String(), nullable=False),
        sa.Column("installed_on", sa.Date(), nullable=True),
        sa.Column("service_every_months", sa.Integer(), nullable=True),
        sa.Column("last_service_on", sa.Date(), nullable=True),
        sa.Column("next_service_on", sa.Date(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_equipment")),
        sa.UniqueConstraint("external_id", name=op.f("uq_equipment_external_id")),
    )
    with op.batch_alter_table("equipment", schema=None) as batch_op:
        batch_op.create_index("ix_equipment_contact_id", ["contact_id"], unique=False)
        batch_op.create_index("ix_equipment_next_service_on", ["next_service_on"], unique=False)

    op.create_table(
        "import_faults",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("import_id", sa.String(length=64), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("column", sa.String(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("detail", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("refused", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_faults")),
    )
    with op.batch_alter_table("import_faults", schema=None) as batch_op:
        batch_op.create_index("ix_import_faults_import_id", ["import_id", "line"], unique=False)

    op.create_table(
        "imports",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("file_name", sa.String(), nullable=False),
        sa.Column("file_hash", sa.String(), nullable=False),
        sa.Column("mapping", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("options", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("added", sa.Integer(), nullable=False),
        sa.Column("changed", sa.Integer(), nullable=False),
        sa.Column("unchanged", sa.Integer(), nullable=False),
        sa.Column("refused", sa.Integer(), nullable=False),
        sa.Column("started_by", sa.String(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_imports")),
    )
    op.create_table(
        "interests",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("contact_id", sa.String(length=64), nullable=False),
        sa.Column("topic", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_interests")),
        sa.UniqueConstraint("contact_id", "topic", name=op.f("uq_interests_contact_id_topic")),
    )
    with op.batch_alter_table("interests", schema=None) as batch_op:
        batch_op.create_index("ix_interests_topic", ["topic"], unique=False)

    op.create_table(
        "loyalty_accounts",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("contact_id", sa.String(length=64), nullable=False),
        sa.Column("points", sa.Integer(), nullable=False),
        sa.Column("rewards", sa.Integer(), nullable=False),
        sa.Column("opened_on", sa.Date(), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=True),
        sa.Column("renewed_on", sa.Date(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_loyalty_accounts")),
        sa.UniqueConstraint("number", name=op.f("uq_loyalty_accounts_number")),
    )
    with op.batch_alter_table("loyalty_accounts", schema=None) as batch_op:
        batch_op.create_index("ix_loyalty_accounts_contact_id", ["contact_id"], unique=False)
        batch_op.create_index("ix_loyalty_accounts_expires_on", ["expires_on"], unique=False)

    op.create_table(
        "occurrences",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("rule_id", sa.String(length=64), nullable=False),
        sa.Column("contact_id", sa.String(length=64), nullable=False),
        sa.Column("subject_id", sa.String(), nullable=False),
        sa.Column("on_date", sa.Date(), nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("cost", sa.Numeric(precision=12, scale=4), nullable=False),
        sa.Column("outbox_id", sa.String(length=64), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_occurrences")),
        sa.UniqueConstraint(
            "rule_id",
            "contact_id",
            "subject_id",
            "on_date",
            name=op.f("uq_occurrences_rule_id_contact_id_subject_id_on_date"),
        ),
    )
    with op.batch_alter_table("occurrences", schema=None) as batch_op:
        batch_op.create_index("ix_occurrences_contact_id", ["contact_id", "due_at"], unique=False)
        batch_op.create_index(
            "ix_occurrences_planned",
            ["due_at"],
            unique=False,
            sqlite_where=sa.text("status = 'planned'"),
            postgresql_where=sa.text("status = 'planned'"),
        )

    op.create_table(
        "outreach_rules",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("definition", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("changed_by", sa.String(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("planned_until", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outreach_rules")),
        sa.UniqueConstraint("name", name=op.f("uq_outreach_rules_name")),
    )
    op.create_table(
        "purchases",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("external_id", sa.String(), nullable=True),
        sa.Column("contact_id", sa.String(length=64), nullable=False),
        sa.Column("organisation_id", sa.String(length=64), nullable=True),
        sa.Column("order_ref", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("product", sa.String(), nullable=False),
        sa.Column("product_range", sa.String(), nullable=False),
        sa.Column("quantity", sa.Numeric(precision=14, scale=3), nullable=False),
        sa.Column("amount", sa.Numeric(precision=14, scale=3), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_purchases")),
        sa.UniqueConstraint("external_id", name=op.f("uq_purchases_external_id")),
    )
    with op.batch_alter_table("purchases", schema=None) as batch_op:
        batch_op.create_index(
            "ix_purchases_contact_id",
            ["contact_id", "at", "status", "order_ref", "amount", "currency"],
            unique=False,
        )
        batch_op.create_index("ix_purchases_organisation_id", ["organisation_id"], unique=False)
        batch_op.create_index("ix_purchases_product", ["product", "at", "contact_id", "status"], unique=False)

    op.create_table(
        "quotes",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("external_id", sa.String(), nullable=True),
        sa.Column("contact_id", sa.String(length=64), nullable=False),
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("amount", sa.Numeric(precision=14, scale=3), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quotes")),
        sa.UniqueConstraint("external_id", name=op.f("uq_quotes_external_id")),
    )
    with op.batch_alter_table("quotes", schema=None) as batch_op:
        batch_op.create_index("ix_quotes_contact_id", ["contact_id", "issued_at"], unique=False)

    op.create_table(
        "recipients",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("campaign_id", sa.String(length=64), nullable=False),
        sa.Column("contact_id", sa.String(length=64), nullable=False),
        sa.Column("variant", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("cost", sa.Numeric(precision=12, scale=4), nullable=False),
        sa.Column("outbox_id", sa.String(length=64), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("clicked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("replied_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("converted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("opted_out_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recipients")),
        sa.UniqueConstraint("campaign_id", "contact_id", name=op.f("uq_recipients_campaign_id_contact_id")),
    )
    with op.batch_alter_table("recipients", schema=None) as batch_op:
        batch_op.create_index("ix_recipients_contact_id", ["contact_id"], unique=False)
        batch_op.create_index("ix_recipients_outbox_id", ["outbox_id"], unique=False)
        batch_op.create_index(
            "ix_recipients_waiting",
            ["campaign_id", "due_at", "id"],
            unique=False,
            sqlite_where=sa.text("status = 'waiting'"),
            postgresql_where=sa.text("status = 'waiting'"),
        )

    op.create_table(
        "segments",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_segments")),
        sa.UniqueConstraint("name", name=op.f("uq_segments_name")),
    )
    op.create_table(
        "sent_promotions",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("contact_id", sa.String(length=64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("outbox_id", sa.String(length=64), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sent_promotions")),
    )
    with op.batch_alter_table("sent_promotions", schema=None) as batch_op:
        batch_op.create_index("ix_sent_promotions_contact_id", ["contact_id", "at"], unique=False)

    op.create_table(
        "waiting_places",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("contact_id", sa.String(length=64), nullable=False),
        sa.Column("product", sa.String(), nullable=False),
        sa.Column("quantity", sa.Numeric(precision=14, scale=3), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_waiting_places")),
        sa.UniqueConstraint("contact_id", "product", name=op.f("uq_waiting_places_contact_id_product")),
    )
    with op.batch_alter_table("waiting_places", schema=None) as batch_op:
        batch_op.create_index("ix_waiting_places_product", ["product", "status", "at"], unique=False)

    with op.batch_alter_table("contacts", schema=None) as batch_op:
        batch_op.add_column(sa.Column("external_id", sa.String(), nullable=True))
        batch_op.add_column(sa.Column("born_on", sa.Date(), nullable=True))
        batch_op.add_column(sa.Column("birthday", sa.String(), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("stage", sa.String(), nullable=False, server_default="prospect"))
        batch_op.add_column(sa.Column("tier", sa.String(), nullable=False, server_default="reply_only"))
        batch_op.add_column(sa.Column("mode", sa.String(), nullable=False, server_default=""))
        batch_op.add_column(
            sa.Column("tags", sa.JSON(none_as_null=True), nullable=False, server_default="[]")
        )
        batch_op.add_column(
            sa.Column("fields", sa.JSON(none_as_null=True), nullable=False, server_default="{}")
        )
        batch_op.create_index(
            "ix_contacts_birthday",
            ["birthday"],
            unique=False,
            sqlite_where=sa.text("birthday <> ''"),
            postgresql_where=sa.text("birthday <> ''"),
        )
        batch_op.create_unique_constraint(batch_op.f("uq_contacts_external_id"), ["external_id"])


def downgrade() -> None:
    with op.batch_alter_table("contacts", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("uq_contacts_external_id"), type_="unique")
        batch_op.drop_index(
            "ix_contacts_birthday",
            sqlite_where=sa.text("birthday <> ''"),
            postgresql_where=sa.text("birthday <> ''"),
        )
        batch_op.drop_column("fields")
        batch_op.drop_column("tags")
        batch_op.drop_column("mode")
        batch_op.drop_column("tier")
        batch_op.drop_column("stage")
        batch_op.drop_column("birthday")
        batch_op.drop_column("born_on")
        batch_op.drop_column("external_id")

    with op.batch_alter_table("waiting_places", schema=None) as batch_op:
        batch_op.drop_index("ix_waiting_places_product")

    op.drop_table("waiting_places")
    with op.batch_alter_table("sent_promotions", schema=None) as batch_op:
        batch_op.drop_index("ix_sent_promotions_contact_id")

    op.drop_table("sent_promotions")
    op.drop_table("segments")
    with op.batch_alter_table("recipients", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_recipients_waiting",
            sqlite_where=sa.text("status = 'waiting'"),
            postgresql_where=sa.text("status = 'waiting'"),
        )
        batch_op.drop_index("ix_recipients_outbox_id")
        batch_op.drop_index("ix_recipients_contact_id")

    op.drop_table("recipients")
    with op.batch_alter_table("quotes", schema=None) as batch_op:
        batch_op.drop_index("ix_quotes_contact_id")

    op.drop_table("quotes")
    with op.batch_alter_table("purchases", schema=None) as batch_op:
        batch_op.drop_index("ix_purchases_product")
        batch_op.drop_index("ix_purchases_organisation_id")
        batch_op.drop_index("ix_purchases_contact_id")

    op.drop_table("purchases")
    op.drop_table("outreach_rules")
    with op.batch_alter_table("occurrences", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_occurrences_planned",
            sqlite_where=sa.text("status = 'planned'"),
            postgresql_where=sa.text("status = 'planned'"),
        )
        batch_op.drop_index("ix_occurrences_contact_id")

    op.drop_table("occurrences")
    with op.batch_alter_table("loyalty_accounts", schema=None) as batch_op:
        batch_op.drop_index("ix_loyalty_accounts_expires_on")
        batch_op.drop_index("ix_loyalty_accounts_contact_id")

    op.drop_table("loyalty_accounts")
    with op.batch_alter_table("interests", schema=None) as batch_op:
        batch_op.drop_index("ix_interests_topic")

    op.drop_table("interests")
    op.drop_table("imports")
    with op.batch_alter_table("import_faults", schema=None) as batch_op:
        batch_op.drop_index("ix_import_faults_import_id")

    op.drop_table("import_faults")
    with op.batch_alter_table("equipment", schema=None) as batch_op:
        batch_op.drop_index("ix_equipment_next_service_on")
        batch_op.drop_index("ix_equipment_contact_id")

    op.drop_table("equipment")
    op.drop_table("campaigns")
    with op.batch_alter_table("appointments", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_appointments_taken",
            sqlite_where=sa.text("status IN ('booked', 'changed')"),
            postgresql_where=sa.text("status IN ('booked', 'changed')"),
        )
        batch_op.drop_index("ix_appointments_contact_id")

    op.drop_table("appointments")
