"""How a node is put together: settings, setup, the servers and the workers."""
