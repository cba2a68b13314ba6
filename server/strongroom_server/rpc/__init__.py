"""The edge: one servicer a service, and the pipeline that every call passes."""
