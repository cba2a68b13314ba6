"""The variants of secret data: the rules of each are in one module, `table` collects them."""
