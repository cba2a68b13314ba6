"""The key providers. Each implements sealing/key_provider.py; node/key_provider.py chooses one by the settings."""
