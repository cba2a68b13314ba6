"""The command `strongroom`: connects accounts from a command line. It uses the client library. Needs the extra `cli`."""
