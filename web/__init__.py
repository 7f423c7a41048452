"""The ASGI app, the pages by audience and the operators' command; the top of the house."""
