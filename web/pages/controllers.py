"""The routes of pages that are nobody's in particular."""

from web.pages.built_files import BuiltFilesController
from web.pages.choices import ChoicesController
from web.pages.design import show_design
from web.pages.invitation import InvitationController
from web.pages.live import LiveController
from web.pages.sign_in import SignInController, SignOutController

routes = [
    BuiltFilesController,
    ChoicesController,
    LiveController,
    SignInController,
    SignOutController,
    InvitationController,
    show_design,
]
