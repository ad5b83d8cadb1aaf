"""The steps of the schema, each a file in `versions/` whose name begins with its four-digit number.

Decides nothing: `storage/migrate.py` runs the steps, `python -m storage.migrations` writes new ones.
"""
