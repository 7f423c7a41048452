"""How an act is proven, who verifies it, and what sort of act it is, in the reader's words.

The catalogue of actions is the county's data and names these briefly; what the texts do not know is shown as it is.
"""

import re
from typing import Final

from web.pages.texts import Catalogue

_CATEGORIES: Final = {
    "上报": "report",
    "志愿": "volunteer",
    "议事": "meeting",
    "建议": "suggestion",
    "调解": "mediation",
    "代办互助": "errand",
    "学习宣传": "learning",
    "文明": "civility",
    "网格": "grid",
    "荣誉": "honour",
    "平台": "platform",
}
_NO_WORD = re.compile(r"[^a-z0-9]+")


def proof(evidence: str, words: Catalogue) -> str:
    """What has to be shown: photo+place as 照片和地点."""
    name = _NO_WORD.sub("_", evidence.lower()).strip("_")
    return words.text(f"proof.{name}") if f"proof.{name}" in words.texts else evidence


def verifiers(verified_by: str, words: Catalogue) -> str:
    """Who confirms it, in order: V2+V4 as 网格员，再由镇（街道）."""
    steps = [verifier(int(each), words) for each in re.findall(r"V(\d)", verified_by)]
    return words.text("earn.then").join(steps)


def verifier(level: int, words: Catalogue) -> str:
    """Who confirms at this level."""
    return words.text(f"verified_by.{level}")


def category(name: str, words: Catalogue) -> str:
    """The sort of act."""
    return words.text(f"act.{_CATEGORIES[name]}") if name in _CATEGORIES else name
