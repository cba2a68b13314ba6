"""Connects accounts at third parties: apps, consent sessions, connections."""
