"""Trial series with their attempts, scores, root causes, the regression set, and what a report keeps of them."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables and add the columns."""
    op.create_table("cause",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("report_id", sa.String(), nullable=False),
        sa.Column("cause", sa.String(), nullable=False),
        sa.Column("part", sa.String(), nullable=False),
        sa.Column("person_id", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("gone_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("evidence", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["report_id"], ["report.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_cause_report_id", "cause", ["report_id"])
    op.create_table("rating",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("report_id", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("level", sa.String(), nullable=False),
        sa.Column("vector", sa.String(), nullable=False),
        sa.Column("score", sa.String(), nullable=False),
        sa.Column("rubric", sa.String(), nullable=False),
        sa.Column("provisional", sa.Boolean(), nullable=False),
        sa.Column("budget", sa.String(), nullable=False),
        sa.Column("stand_in", sa.String(), nullable=False),
        sa.Column("settled", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["report_id"], ["report.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_rating_report_id", "rating", ["report_id"])
    op.create_table("regression_item",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("report_id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("gone_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["report_id"], ["report.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_regression_item_report_id", "regression_item", ["report_id"])
    op.create_table("trial_series",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("report_id", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("k", sa.Integer(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("dropped", sa.Integer(), nullable=False),
        sa.Column("planned", sa.Integer(), nullable=False),
        sa.Column("judge", sa.String(), nullable=False),
        sa.Column("unseen", sa.Boolean(), nullable=False),
        sa.Column("person_id", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("stand", sa.String(), nullable=False),
        sa.Column("test", sa.String(), nullable=False),
        sa.Column("context", sa.LargeBinary(), nullable=True),
        sa.Column("name", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["report_id"], ["report.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_trial_series_report_id", "trial_series", ["report_id"])
    op.create_index("trial_series_stand", "trial_series", ["stand"])
    op.create_table("trial_attempt",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("series_id", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("detail", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["series_id"], ["trial_series.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_trial_attempt_series_id", "trial_attempt", ["series_id"])
    op.add_column("report", sa.Column("vector", sa.String(), nullable=False, server_default=""))
    op.add_column("report", sa.Column("score", sa.String(), nullable=False, server_default=""))
    op.add_column("report", sa.Column("rubric", sa.String(), nullable=False, server_default=""))
    op.add_column("report", sa.Column("provisional", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("report", sa.Column("budget", sa.String(), nullable=False, server_default=""))
    op.add_column("report", sa.Column("cvss", sa.String(), nullable=False, server_default=""))
    op.add_column("report", sa.Column("planned", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("report", sa.Column("cause", sa.String(), nullable=False, server_default=""))
    op.add_column("report", sa.Column("component", sa.LargeBinary(), nullable=True))
    op.add_column("report", sa.Column("signature", sa.String(), nullable=False, server_default=""))
    op.add_column("report", sa.Column("recurs_of", sa.String(), nullable=False, server_default=""))
    op.add_column("report", sa.Column("follow_up_on", sa.DateTime(timezone=True), nullable=True))
    op.add_column("report", sa.Column("sketch", sa.LargeBinary(), nullable=True))
    op.add_column("report", sa.Column("facts_asked_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index("ix_report_signature", "report", ["signature"])
