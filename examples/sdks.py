"""Use SDKs through the proxy: only their base URL and their API key change."""

import os

import openai
import slack_sdk

PROXY = "https://strongroom.internal:8081/proxy"
KEY = os.environ["STRONGROOM_API_KEY"]

chat = openai.OpenAI(base_url=f"{PROXY}/1/https/api.openai.com/v1", api_key=KEY)
print(chat.models.list())

slack = slack_sdk.WebClient(base_url=f"{PROXY}/2/https/slack.com/api/", token=KEY)
print(slack.api_test())
