"""Texts about opinion risks name nobody: phone numbers and account names are found, so that the form can bounce them.

Class 2 pays for the grievance that was solved, never for telling who said what. Pure.
"""

import re
import unicodedata
from typing import Final, Literal

Found = Literal["phone_number", "account_name"]

_PHONE: Final = re.compile(r"(?<!\d)(?:\+?86[\s-]?)?1[3-9]\d(?:[\s-]?\d){8}(?!\d)|(?<!\d)0\d{2,3}[\s-]?\d{7,8}(?!\d)")
_PLATFORMS: Final = (
    "微信|微博|抖音|快手|小红书|公众号|视频号|朋友圈|贴吧|知乎|QQ|群号|账号|帐号|网名|昵称|用户名"
    "|wechat|weixin|weibo|douyin|tiktok|kuaishou|account|user ?name|nick ?name"
)
_ACCOUNT: Final = re.compile(
    rf"@[\w\u4e00-\u9fff]{{2,}}"
    rf"|[\w.+-]+@[\w-]+\.\w+"
    rf"|https?://\S+|www\.\S+"
    rf"|(?:{_PLATFORMS})(?:号|名|用户|ID|id)?\s*(?:是|为|叫|is)?\s*[:=“\"「《]?\s*(?=[A-Za-z0-9_-]*[A-Za-z0-9])[A-Za-z0-9_-]{{3,}}"
    rf"|(?:账号|帐号|网名|昵称|用户名|account|nick ?name|user ?name)\s*(?:是|为|叫|is|[:=“\"「《])\s*\S+",
    re.IGNORECASE,
)
_DIGITS: Final = re.compile(r"(?<![\d.])\d{7,}(?![\d.])")


def names_somebody(text: str) -> Found | None:
    """What in the text points at a person, if anything; full-width characters count like others."""
    plain = unicodedata.normalize("NFKC", text)
    if _PHONE.search(plain):
        return "phone_number"
    if _ACCOUNT.search(plain) or _DIGITS.search(plain):
        return "account_name"
    return None
