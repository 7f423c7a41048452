"""The county of these tests, on a database of their own."""

import pytest

from tests.grid.county import County, build_county


@pytest.fixture
async def county(database: str) -> County:
    """Two towns and their cast."""
    return await build_county()
