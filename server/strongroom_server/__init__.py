"""The service."""

import os

# Read by gRPC when it is first imported, which is after this. Its older way of listening costs a call some 5 % less CPU
# (bench/README.md), and nothing here forks without an exec.
os.environ.setdefault("GRPC_EXPERIMENTS", "-event_engine_listener")
os.environ.setdefault("GRPC_ENABLE_FORK_SUPPORT", "0")
# Its own lines on standard error are no JSON, and say again what the log or an error says.
os.environ.setdefault("GRPC_VERBOSITY", "NONE")
