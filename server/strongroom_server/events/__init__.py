"""EventService: webhooks and their deliveries, and events as a stream. Must not know transport."""
