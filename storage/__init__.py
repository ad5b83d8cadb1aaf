"""Remembers: tables, one transaction, the ledger, the vault, keys and ciphertext."""
