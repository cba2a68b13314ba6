"""The command `strongroom-server`."""
