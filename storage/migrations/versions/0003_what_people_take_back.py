"""A passage says whether its writer changed or deleted it where they wrote it."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column."""
    op.add_column("passage", sa.Column("changed", sa.String(), nullable=False, server_default=""))
