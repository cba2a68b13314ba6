"""Where private keys live: the providers that wrap them."""
