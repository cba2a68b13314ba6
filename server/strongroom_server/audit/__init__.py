"""The audit trail: recording, denials, request ids, the chain, retention, verification and AuditService."""
