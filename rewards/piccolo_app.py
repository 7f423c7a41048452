"""Piccolo's entry to the package: its tables and their migrations."""

from pathlib import Path

from piccolo.conf.apps import AppConfig, table_finder

APP_CONFIG = AppConfig(
    app_name="rewards",
    migrations_folder_path=str(Path(__file__).parent / "piccolo_migrations"),
    table_classes=table_finder(modules=["rewards.tables"], exclude_imported=True),
    migration_dependencies=["identity.piccolo_app", "points.piccolo_app", "merchants.piccolo_app"],
    commands=[],
)
