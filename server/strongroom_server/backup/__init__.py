"""Backs up the database and the key files, each into an encrypted file, and restores them."""
