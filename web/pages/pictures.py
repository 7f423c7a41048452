"""Which of our drawings stands for a product that has no photograph: by what its name says, else by its kind."""

from typing import Final

_BY_NAME: Final[tuple[tuple[str, tuple[str, ...]], ...]] = (
    ("parking", ("停车",)),
    ("transport", ("公交", "车票", "地铁", "打车")),
    ("haircut", ("理发", "染发", "剪发", "烫发")),
    ("cinema", ("电影", "影票", "演出", "戏票")),
    ("library", ("图书", "借书", "阅读", "书屋")),
    ("law", ("法律", "律师", "公证")),
    ("health", ("体检", "检测", "血压", "血糖", "健康", "义诊", "口腔")),
    ("housekeeping", ("家政", "清洗", "擦窗", "保洁", "维修")),
    ("festival", ("粽", "月饼", "年货", "春联", "福字", "灯笼")),
    ("safety", ("灭火", "头盔", "报警器", "手电", "雨衣")),
    ("household", ("洗", "垃圾袋", "纸", "毛巾", "皂", "牙膏")),
    ("meal", ("餐", "面", "馄饨", "片儿川", "早点", "包子", "小吃", "饭")),
    ("drink", ("茶", "豆浆", "咖啡", "饮料")),
    ("fish", ("鱼", "虾", "水产")),
    ("groceries", ("油", "米", "蛋", "盐", "菜", "果", "肉")),
    ("booking", ("预约", "优先")),
)
_BY_KIND: Final = {
    "goods": "goods",
    "service": "service",
    "privilege": "privilege",
    "donation": "donation",
    "loan": "loan",
}
_HELD_BY_KIND: Final = frozenset({"donation", "loan"})


def picture_of(kind: str, name_zh: str) -> str:
    """The name of a drawing in the sheet of pictures."""
    if kind not in _HELD_BY_KIND:
        for picture, words in _BY_NAME:
            if any(word in name_zh for word in words):
                return picture
    return _BY_KIND.get(kind, "goods")
