"""The target of the ASGI server: `web.asgi:app`."""

from web.app import create_app

app = create_app()
