"""Send requests with credentials that this program never reads, by httpx and by botocore."""

import asyncio
import os

import httpx

import strongroom
from strongroom.aws_credentials import aws_session  # pip install '.[aws]'
from strongroom.httpx_auth import CredentialAuth  # pip install '.[httpx]'


async def main() -> None:
    async with strongroom.Client("127.0.0.1:50051", os.environ["STRONGROOM_API_KEY"], plaintext=True) as client:
        auth = CredentialAuth(client, os.environ["INVOICES_CREDENTIAL"], actor="invoice 4711")
        async with httpx.AsyncClient(auth=auth) as http:
            print(await http.get("https://api.example.com/v1/invoices"))

        session = await aws_session(client, os.environ["AWS_CREDENTIAL"])
        s3 = session.create_client("s3", "eu-west-1")
        print(await asyncio.to_thread(s3.list_buckets))


asyncio.run(main())
