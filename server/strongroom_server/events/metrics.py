"""Counts requests to webhooks, and shows how long deliveries wait."""

from __future__ import annotations

from typing import Final

from prometheus_client import Counter, Gauge

REQUESTS: Final = Counter(
    "strongroom_webhook_requests",
    "Requests to webhooks: delivered, failed and to be repeated, or given_up after the last failure.",
    ("outcome",),
)
# Show outcomes that have not happened yet as 0.
for _outcome in ("delivered", "failed", "given_up"):
    REQUESTS.labels(_outcome)

OLDEST_PENDING: Final = Gauge(
    "strongroom_webhook_oldest_pending_seconds",
    "How long the oldest delivery waits that is neither done nor given up, of webhooks that are not paused or disabled.",
    multiprocess_mode="mostrecent",
)
