"""What people are called here: family names as common as they are, and given names by generation and sex."""

from random import Random
from typing import Literal

Sex = Literal["female", "male"]

FAMILY_NAMES = (
    ("王", 72), ("李", 70), ("张", 66), ("刘", 50), ("陈", 48), ("杨", 30), ("赵", 22), ("黄", 22), ("周", 21),
    ("吴", 20), ("徐", 16), ("孙", 15), ("胡", 13), ("朱", 13), ("高", 12), ("林", 12), ("何", 11), ("郭", 11),
    ("马", 10), ("罗", 9), ("梁", 8), ("宋", 8), ("郑", 8), ("谢", 7), ("韩", 7), ("唐", 7), ("冯", 6), ("于", 6),
    ("董", 6), ("萧", 5), ("程", 5), ("曹", 5), ("袁", 5), ("邓", 5), ("许", 5), ("傅", 4), ("沈", 4), ("曾", 4),
    ("彭", 4), ("吕", 4), ("苏", 4), ("卢", 3), ("蒋", 3), ("蔡", 3), ("贾", 3), ("丁", 3), ("魏", 3), ("薛", 3),
    ("叶", 3), ("阎", 2), ("余", 2), ("潘", 2), ("杜", 2), ("戴", 2), ("夏", 2), ("钟", 2), ("汪", 2), ("田", 2),
    ("任", 2), ("姜", 2), ("范", 2), ("方", 2), ("石", 2), ("姚", 2), ("谭", 2), ("廖", 2), ("邹", 2), ("熊", 1),
    ("金", 1), ("陆", 1), ("郝", 1), ("孔", 1), ("白", 1), ("崔", 1), ("康", 1), ("毛", 1), ("邱", 1), ("秦", 1),
    ("江", 1), ("史", 1), ("顾", 1), ("侯", 1), ("邵", 1), ("孟", 1), ("龙", 1), ("万", 1), ("段", 1), ("雷", 1),
    ("钱", 1), ("汤", 1), ("尹", 1), ("黎", 1), ("易", 1), ("常", 1), ("武", 1), ("乔", 1), ("贺", 1), ("欧阳", 1),
    ("诸葛", 1), ("司徒", 1),
)  # fmt: skip

_OLD_MALE = (
    "建国 建军 国强 德福 长根 金水 水根 福生 明德 志明 永福 兴旺 文斌 国平 卫东 爱民 根生 宝林 德胜 洪亮 大勇 庆华 "
    "正国 学文 保华 有才 昌盛 春林 连生 振华 立新 顺利 木根 阿毛 来发 炳炎 汉良 松涛 仁义 家兴"
)
_OLD_FEMALE = (
    "秀英 桂兰 玉珍 淑芬 凤英 兰英 秀兰 春梅 玉兰 桂花 彩霞 翠花 美珍 秋菊 银花 素珍 惠芳 金凤 月娥 荷花 招娣 巧云 "
    "菊仙 水仙 爱珍 雪梅 玉梅 凤仙 淑贞 桂英 冬梅 小妹 根娣 阿凤 文英 瑞芳 茶花 秀珍 腊梅 杏花"
)
_MIDDLE_MALE = (
    "伟 强 军 勇 磊 涛 斌 超 鹏 刚 建平 志刚 海波 晓东 志强 文杰 国庆 立军 少华 俊峰 永强 海涛 小明 剑锋 宏伟 利民 "
    "光明 晓峰 振宇 旭东 卫国 建林 伟民 方平 新华 忠良 向阳 云飞 家栋 明辉"
)
_MIDDLE_FEMALE = (
    "丽 敏 静 艳 娟 霞 燕 芳 玲 红 丽娟 晓红 海燕 小芳 丽华 雪芹 晓燕 美玲 文娟 春燕 丽萍 亚琴 建英 小红 雅琴 秋霞 "
    "慧敏 玉萍 丹丹 红梅 晓玲 素芳 佩华 莉莉 春华 小英 雪飞 海英 爱华 惠琴"
)
_YOUNG_MALE = (
    "浩然 子轩 宇航 俊杰 梓豪 一鸣 天宇 嘉豪 博文 泽宇 子涵 昊天 明轩 思远 晨曦 伟杰 志远 家豪 皓轩 睿 奕辰 景行 "
    "书豪 逸飞 承宇 文轩 子墨 宇辰 亦凡 凯 哲 煜 彦霖 铭泽 启航 星辰 嘉木 致远 知行 安然"
)
_YOUNG_FEMALE = (
    "欣怡 梓涵 诗涵 雨桐 可馨 佳怡 思琪 语嫣 若曦 一诺 雨欣 梦瑶 紫萱 静怡 雅婷 婷婷 晓彤 佳慧 思颖 依诺 子萱 书瑶 "
    "沐晴 清妍 安琪 心怡 乐瑶 芷若 语桐 瑾瑜 念慈 悦 颖 琳 雯 露 艺涵 初夏 知夏 锦书"
)

_OLD_BORN_BEFORE, _MIDDLE_BORN_BEFORE = 1963, 1988
_GIVEN_NAMES: dict[tuple[str, Sex], list[str]] = {
    ("old", "male"): _OLD_MALE.split(),
    ("old", "female"): _OLD_FEMALE.split(),
    ("middle", "male"): _MIDDLE_MALE.split(),
    ("middle", "female"): _MIDDLE_FEMALE.split(),
    ("young", "male"): _YOUNG_MALE.split(),
    ("young", "female"): _YOUNG_FEMALE.split(),
}
_NAMES = [name for name, _ in FAMILY_NAMES]
_WEIGHTS = [weight for _, weight in FAMILY_NAMES]


def family_name(draw: Random) -> str:
    """A family name, the common ones more often."""
    return draw.choices(_NAMES, _WEIGHTS)[0]


def given_name(draw: Random, sex: Sex, birth_year: int) -> str:
    """A given name of the person's generation."""
    later = "middle" if birth_year < _MIDDLE_BORN_BEFORE else "young"
    return draw.choice(_GIVEN_NAMES["old" if birth_year < _OLD_BORN_BEFORE else later, sex])
