"""The proxy: sends the requests of HTTP clients with a credential added. It is a client of StreamHttpRequest and nothing more."""
