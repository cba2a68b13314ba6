"""One package per vendor. No package imports another."""
