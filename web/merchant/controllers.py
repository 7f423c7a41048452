"""The routes of shops."""

from web.merchant.redeem import RedeemController
from web.merchant.sales import SalesController
from web.merchant.statements import StatementsController

routes = [RedeemController, SalesController, StatementsController]
