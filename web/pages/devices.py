"""What a browser is called in the list of devices: the program and the system, and nothing that tells more."""

from web.pages.cookies import AnyRequest

_PROGRAMS = (
    ("MicroMessenger", "微信"),
    ("EdgA", "Edge"),
    ("Edg/", "Edge"),
    ("HuaweiBrowser", "华为浏览器"),
    ("MiuiBrowser", "小米浏览器"),
    ("UCBrowser", "UC"),
    ("Firefox", "Firefox"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
_SYSTEMS = (
    ("HarmonyOS", "HarmonyOS"),
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS", "macOS"),
    ("Linux", "Linux"),
)


def device_of(request: AnyRequest) -> str:
    """Chrome · Android; empty for a program that says nothing we know."""
    agent = request.headers.get("user-agent", "")
    named = (next((name for mark, name in known if mark in agent), "") for known in (_PROGRAMS, _SYSTEMS))
    return " · ".join(name for name in named if name)
