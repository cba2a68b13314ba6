"""Providers of OAuth 2.0: what is known of one (provider.py), and a table of well-known ones (table.py)."""
