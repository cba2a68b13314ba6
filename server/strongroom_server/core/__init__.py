"""Rows, errors and their reasons, names, retries: what every package may import. Imports no other package of the server."""
