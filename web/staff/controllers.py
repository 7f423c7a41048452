"""The routes of staff."""

from web.staff.workbench import WorkbenchController

routes = [WorkbenchController]
