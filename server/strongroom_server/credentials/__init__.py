"""CredentialService, and all that is behind it."""
