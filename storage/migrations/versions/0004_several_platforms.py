"""Several platforms at once: one person with accounts on each, the codes that join them, and forms of several pages."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns and make the tables."""
    op.add_column("person", sa.Column("joined_to", sa.String(), nullable=False, server_default=""))
    op.add_column("person", sa.Column("circle", sa.String(), nullable=False, server_default=""))
    op.create_index("ix_person_joined_to", "person", ["joined_to"])
    op.add_column("identity", sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True))
    op.create_table(
        "draft",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("handle", sa.String(), nullable=False),
        sa.Column("key", sa.LargeBinary(), nullable=True),
        sa.Column("line", sa.LargeBinary(), nullable=True),
        sa.Column("pages", sa.LargeBinary(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_draft_expires_at", "draft", ["expires_at"])
    op.create_table(
        "link_code",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("person_id", sa.String(), nullable=False),
        sa.Column("identity_id", sa.String(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_link_code_expires_at", "link_code", ["expires_at"])
    op.create_index("ix_link_code_person_id", "link_code", ["person_id"])
    op.create_table(
        "joining",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("kept_id", sa.String(), nullable=False),
        sa.Column("part_id", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("brought", sa.String(), nullable=False),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["kept_id"], ["person.id"]),
        sa.ForeignKeyConstraint(["part_id"], ["person.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_joining_kept_id", "joining", ["kept_id"])
    op.create_index("ix_joining_part_id", "joining", ["part_id"])
