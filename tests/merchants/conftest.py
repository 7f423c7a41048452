"""Merchants need somebody who redeems: the fixtures of the shop."""

from tests.rewards.conftest import proven, shop

__all__ = ["proven", "shop"]
