"""How an action is proven, in words: the catalogue keeps a short English note, people read it in their language."""

from typing import Final

from kit.errors import EN

_ZH: Final = {
    "ID check": "身份核验",
    "QR": "扫码签到",
    "QR + group photo": "扫码签到和现场合影",
    "QR in + out": "签到和签退扫码",
    "QR in + out, organiser list": "签到和签退扫码，或组织者名单",
    "QR points on route": "沿途点位扫码",
    "adoption note": "采纳说明",
    "agreement": "书面协议",
    "agreement no.": "协议编号",
    "ballot receipt": "投票回执",
    "before/after figures": "改进前后的数据",
    "bonus decision": "奖励决定",
    "both sides confirm": "双方确认",
    "certificate": "证书",
    "certificate shown, only yes/no kept": "出示证明（系统只记是或否）",
    "file + review": "卷宗和复核",
    "form": "登记表",
    "inspection": "入户评比",
    "list + sample call-back": "名单和抽样回访",
    "log + V3 visit": "记录和村（社区）走访",
    "mediator's note": "调解员记录",
    "minutes": "会议记录",
    "order + receiver confirm": "代办单和受助人确认",
    "panel photo": "评比照片",
    "photo+place": "照片和地点",
    "photo+place+text": "照片、地点和文字说明",
    "photo/video+place": "照片或视频和地点",
    "plan + attendance": "方案和签到表",
    "pledge + V3 note": "承诺书和村（社区）说明",
    "published list": "公布的名单",
    "rating + optional photo": "评价，可附照片",
    "receipt": "收据",
    "receiver confirm": "受助人确认",
    "roll call": "点名",
    "rotating QR on site": "现场动态码",
    "score": "得分",
    "service sheet + receiver confirm": "服务单和受助人确认",
    "system": "系统记录",
    "text": "文字说明",
    "text (private)": "文字说明（不公开）",
    "text/photo, sealed identity": "文字或照片，身份保密",
    "visit form, family or V2 confirm": "走访表，由家属或网格员确认",
    "visit form, sample check": "走访表，抽查",
}


def proof_text(evidence: str, language: str) -> str:
    """The words for what the catalogue asks for; a county's own words stay as they are."""
    return evidence if language == EN else _ZH.get(evidence, evidence)
