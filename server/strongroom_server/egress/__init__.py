"""What leaves the machine over HTTP. The only importer of an HTTP client; must not know what is sent or why.

client.py opens connections; guard.py decides where to, with urls.py, addresses.py and resolver.py; connection.py connects,
opened.py sends a request, exchange.py streams.
"""
