"""Categories of events, as an event needs them."""

from dataclasses import dataclass

from grid.clocks import CategoryTimes
from kit import db
from kit.wire import Invalid

SEALED_ACTION = "RPT-FRAUD"
MAJOR_ACTION = "RPT-MAJOR"
MAJOR_FROM = 3  # the severity from which a hazard is a major one

_FIND = """
    SELECT code, name_zh, name_en, action, department, private, accept_minutes_1, accept_minutes_3, accept_minutes_5,
           close_minutes_1, close_minutes_3, close_minutes_5
    FROM grid_category
"""


@dataclass(frozen=True, slots=True)
class Category:
    """A kind of event."""

    code: str
    name_zh: str
    name_en: str
    action: str
    department: str
    private: bool
    times: CategoryTimes

    @property
    def seals_identity(self) -> bool:
        """Whether who reports is shown to named roles alone."""
        return self.action == SEALED_ACTION


def _category(row: db.Row) -> Category:
    return Category(
        row["code"],
        row["name_zh"],
        row["name_en"],
        row["action"],
        row["department"],
        row["private"],
        CategoryTimes(
            (row["accept_minutes_1"], row["accept_minutes_3"], row["accept_minutes_5"]),
            (row["close_minutes_1"], row["close_minutes_3"], row["close_minutes_5"]),
        ),
    )


async def categories() -> list[Category]:
    """All kinds of events."""
    return [_category(row) for row in await db.fetch(_FIND + " ORDER BY code")]


async def require_category(code: str) -> Category:
    """The category with this code, which a request named; raises Invalid."""
    row = await db.fetchrow(_FIND + " WHERE code = $1", code)
    if row is None:
        raise Invalid(("/category", "category_unknown", "没有这个事件类别。", "There is no such category."))
    return _category(row)


def check_severity(category: Category, severity: int) -> None:
    """A major hazard is one of degree 3 and up; raises Invalid."""
    if category.action == MAJOR_ACTION and severity < MAJOR_FROM:
        raise Invalid(
            ("/severity", "not_major", "重大隐患的等级须为 3 级以上。", "A major hazard is of severity 3 or worse.")
        )
