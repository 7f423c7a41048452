"""Lists that go on over several pages: every pager leads further on and back, with what was filtered."""

import re
from pathlib import Path

from web.pages.filters import Filters, ways

TEMPLATES = Path(__file__).parents[2] / "web" / "templates"
PAGER = re.compile(r"\bpager\(([^)]*)\)")


class OfMonth(Filters):
    month: str | None = None


def test_a_list_on_one_page_leads_nowhere() -> None:
    assert ways("/points", OfMonth(month="2026-11"), None) == {"next_page": "", "first_page": ""}


def test_a_list_leads_on_and_back_and_keeps_what_was_filtered() -> None:
    further = ways("/points", OfMonth(month="2026-11", cursor="here"), "there")
    assert further == {"next_page": "/points?cursor=there&month=2026-11", "first_page": "/points?month=2026-11"}
    assert ways("/shop", Filters(cursor="here"), None, kind="goods")["first_page"] == "/shop?kind=goods"


def test_every_list_leads_both_ways() -> None:
    calls = {
        (path.relative_to(TEMPLATES).as_posix(), arguments)
        for path in TEMPLATES.rglob("*.html")
        if path.parent.name not in {"components", "design"}
        for arguments in PAGER.findall(path.read_text(encoding="utf-8"))
    }
    assert len(calls) > 20
    assert {arguments for _, arguments in calls} == {"first_page, next_page"}, calls
