"""The routes of staff: one line a page."""

from web.staff.api_keys import ApiKeysController
from web.staff.audit import AuditController, TrialBalanceController
from web.staff.bonus_batch import BatchController
from web.staff.bonuses import BonusController, DecisionController
from web.staff.budget import BudgetController, BudgetDecisionController
from web.staff.event_report import EventReportController
from web.staff.event_steps import EventStepsController
from web.staff.events import EventsController
from web.staff.imports import ImportController
from web.staff.logins import (
    ConfirmingController,
    DisablingController,
    InvitingController,
    LoginsController,
    WithdrawingController,
)
from web.staff.merchants import MerchantsController, PartnersController, ShopPeopleController
from web.staff.nominate import NominateController
from web.staff.payouts import PayingController, PayoutController
from web.staff.people import PeopleController, RoleDecisionsController, RoleRequestsController
from web.staff.products import ProductsController
from web.staff.residents import RegisterController, ResidentsController, UnmaskingController
from web.staff.settlements import SettlementsController
from web.staff.territory import TerritoryController
from web.staff.verify import VerifyController
from web.staff.workbench import WaitingController, WorkbenchController

routes = [
    WorkbenchController,
    WaitingController,
    VerifyController,
    EventsController,
    EventReportController,
    EventStepsController,
    NominateController,
    BonusController,
    DecisionController,
    BatchController,
    PayoutController,
    PayingController,
    BudgetController,
    BudgetDecisionController,
    AuditController,
    TrialBalanceController,
    ProductsController,
    MerchantsController,
    PartnersController,
    ShopPeopleController,
    SettlementsController,
    ResidentsController,
    UnmaskingController,
    RegisterController,
    PeopleController,
    RoleRequestsController,
    RoleDecisionsController,
    LoginsController,
    InvitingController,
    ConfirmingController,
    WithdrawingController,
    DisablingController,
    ApiKeysController,
    ImportController,
    TerritoryController,
]
