"""The routes of residents."""

from web.resident.claims import ClaimsController
from web.resident.code import CodeController
from web.resident.credit import CreditController
from web.resident.earn import EarnController
from web.resident.home import HomeController
from web.resident.me import MeController
from web.resident.messages import MessagesController
from web.resident.offline import OfflineController
from web.resident.points import PointsController
from web.resident.reports import ReportController, ReportsController
from web.resident.shop import ShopController
from web.resident.vouchers import VouchersController

routes = [
    HomeController,
    ClaimsController,
    CodeController,
    CreditController,
    EarnController,
    MeController,
    MessagesController,
    OfflineController,
    PointsController,
    ReportController,
    ReportsController,
    ShopController,
    VouchersController,
]
