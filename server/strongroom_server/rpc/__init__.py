"""The gRPC transport: the server, the channel inside the process, the table of methods, and the pipeline that every call passes."""
