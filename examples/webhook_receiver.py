"""Receive webhooks: verify each request, and process each event once. Run it with `uvicorn webhook_receiver:app` behind TLS."""

import os

from standardwebhooks import Webhook, WebhookVerificationError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

webhook = Webhook(os.environ["WEBHOOK_SECRET"])
processed: set[str] = set()  # a table with a unique column, so that a restart forgets nothing


async def receive(request: Request) -> Response:
    try:
        event = webhook.verify(await request.body(), dict(request.headers))
    except WebhookVerificationError:
        return Response(status_code=400)
    event_id = request.headers["webhook-id"]
    if event_id not in processed:  # an event may arrive more than once
        print(event["type"], event["data"])
        processed.add(event_id)
    return Response(status_code=204)


app = Starlette(routes=[Route("/strongroom", receive, methods=["POST"])])
