"""How people are shown to others: 张*三, 138****5678."""

_SHOWN_DIGITS = 4
_SHORT_NAME = 2


def mask_name(name: str | None) -> str:
    """Hide the middle of a name: 张小三 → 张*三, 张三 → 张*, 欧阳小三 → 欧**三; an erased person has none."""
    if not name:
        return "***"
    if len(name) <= _SHORT_NAME:
        return name[0] + "*"
    return name[0] + "*" * (len(name) - 2) + name[-1]


def mask_phone(phone: str) -> str:
    """Hide the middle of a phone: 13812345678 → 138****5678; too short a one is hidden whole."""
    if len(phone) < _SHOWN_DIGITS + 7:
        return "*" * len(phone)
    return phone[:3] + "*" * (len(phone) - 7) + phone[-_SHOWN_DIGITS:]
