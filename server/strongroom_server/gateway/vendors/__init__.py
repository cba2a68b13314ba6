"""One package a vendor. None imports another."""
