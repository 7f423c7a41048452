"""The routes of residents."""

from web.resident.home import HomeController

routes = [HomeController]
