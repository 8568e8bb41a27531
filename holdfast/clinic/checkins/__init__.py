"""Check-ins between treatment sessions: agreed, sent, answered by a link that needs no password, never lost."""
