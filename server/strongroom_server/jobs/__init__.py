"""What a node does by itself."""
