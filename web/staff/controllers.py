"""The routes of staff: one line a page."""

from web.staff.verify import VerifyController
from web.staff.workbench import WorkbenchController

routes = [
    WorkbenchController,
    VerifyController,
]
