"""The ways requests come in besides WSGI: bytes and headers in, bytes and headers out, no logic.

`asgi` is the ASGI application behind `app.asgi`; `scopes` reads what a request says of itself, `environs` turns it into
what Flask's stations read, `bodies` reads request bodies, `replies` sends responses, `clients` notices clients that go
away, `workers` runs plain functions beside the event loop, `stalls` tells who holds it up. Nothing here imports the
application: it is handed in.
"""
