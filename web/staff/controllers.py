"""The routes of staff: one line a page."""

from web.staff.workbench import WorkbenchController

routes = [
    WorkbenchController,
]
