"""Serves OrganisationService: organisations, teams, folders and API keys."""
