"""What leaves the machine over HTTP. The only importer of an HTTP client; must not know what is sent or why."""
