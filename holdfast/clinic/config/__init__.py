"""Settings, addresses and the ASGI application of the clinic."""
