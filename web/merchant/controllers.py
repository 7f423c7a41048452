"""The routes of shops."""

from web.merchant.redeem import RedeemController

routes = [RedeemController]
