"""The scheme's numbers: how long points live, how high a cap is, how many days a notice lasts.

They come with defaults (`data/settings.csv`), each with its unit and with who may change it.
"""

from kit import db


async def number(key: str) -> int:
    """One number of the scheme; KeyError when there is none of this name."""
    return (await numbers(key))[key]


async def numbers(*keys: str) -> dict[str, int]:
    """Several numbers of the scheme in one read; KeyError names one that does not exist."""
    rows = await db.fetch("SELECT key, value FROM identity_scheme_setting WHERE key = any($1::text[])", keys)
    found = {row["key"]: row["value"] for row in rows}
    return {key: found[key] for key in keys}
