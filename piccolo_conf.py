"""What Piccolo reads: the engine, which connects when it is first used, and the packages that have tables.

A package adds its line when it has a `piccolo_app.py`; the order is that of the house, from the ground up.
"""

from piccolo.conf.apps import AppRegistry

from kit.db import engine

DB = engine

APP_REGISTRY = AppRegistry(
    apps=[
        "kit.piccolo_app",
        "identity.piccolo_app",
        "points.piccolo_app",
        "merchants.piccolo_app",
        "rewards.piccolo_app",
        "grid.piccolo_app",
        "admin.piccolo_app",
    ]
)
