"""What was used of the caps, written back by year: the newest in the account, the years before in rows."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.table import Table

ID = "2026-11-22T00:34:59:000000"
VERSION = "1.38.0"
DESCRIPTION = "Usage of the caps by year"

# A use is one number: day of the year, action, units, points (points/caps.py). The row's id is a digest of subject and
# year (points/usage.py).
WRITE_BACK = """
CREATE TABLE points_usage_by_year AS
SELECT subject_id, year, array_agg(use ORDER BY use) AS uses,
       year = max(year) OVER (PARTITION BY subject_id) AS newest
FROM (
    SELECT subject_id, month / 12 AS year,
           extract(doy FROM make_date(month / 12, month % 12 + 1, use.day))::bigint * 1000000000000000
               + use.action * 100000000000 + use.units * 10000000 + use.points AS use
    FROM points_usage_by_month, unnest(days, actions, units, points) AS use (day, action, units, points)
) AS used
GROUP BY subject_id, year;

UPDATE points_account AS account SET used_year = used.year, uses = used.uses
FROM points_usage_by_year AS used WHERE used.subject_id = account.id AND used.newest;

INSERT INTO points_usage (id, subject_id, year, uses)
SELECT md5(uuid_send(subject_id) || int4send(year))::uuid, subject_id, year, uses
FROM points_usage_by_year WHERE NOT newest;

DROP TABLE points_usage_by_month, points_usage_by_year;
"""


class Raw(Table):
    """Where Piccolo hangs statements of our own."""


async def write_back():
    """Write the rows by year."""
    await Raw._meta.db.current_transaction.get().connection.execute(WRITE_BACK)


async def forwards():
    """Put back what the migration before kept aside."""
    manager = MigrationManager(migration_id=ID, app_name="points", description=DESCRIPTION)
    manager.add_raw(write_back)
    return manager
