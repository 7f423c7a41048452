"""The county of 临溪: three towns, of which 青石镇 is laid out down to the micro-grids; streets and places in it."""

from dataclasses import dataclass
from random import Random

from identity.areas import NewArea

COUNTY = "lx"
DEMO_TOWN = f"{COUNTY}.t1"
GRIDS_A_VILLAGE, MICRO_GRIDS_A_GRID = 3, 3


@dataclass(frozen=True, slots=True)
class Village:
    """A village or urban community, the streets in it, and what its grids are called after."""

    name_zh: str
    name_en: str
    grids: tuple[str, str, str]
    streets: tuple[str, ...]


QINGSHI = (
    Village("青石社区", "Qingshi Community", ("青石老街", "钟楼", "文昌阁"), ("青石街", "钟楼路", "文昌巷", "米行弄")),
    Village("河埠社区", "Hebu Community", ("河埠头", "运河里", "船厂新村"), ("河埠路", "沿河东街", "船厂路", "盐仓弄")),
    Village(
        "新安社区", "Xin'an Community", ("新安花园", "锦绣苑", "学府里"), ("新安大道", "学府路", "锦绣路", "安居巷")
    ),
    Village("柳湾村", "Liuwan Village", ("上柳", "下柳", "湾里"), ("柳湾路", "柳堤", "晒谷场路")),
    Village("石桥村", "Shiqiao Village", ("桥东", "桥西", "祠堂前"), ("石桥路", "桥东街", "祠堂路")),
    Village("梅岭村", "Meiling Village", ("梅岭脚", "茶山", "竹坞"), ("梅岭路", "茶山路", "竹坞路")),
    Village("东塘村", "Dongtang Village", ("东塘", "藕塘头", "渔家埭"), ("东塘路", "藕塘路", "渔家埭")),
    Village("双溪村", "Shuangxi Village", ("溪口", "前溪", "后溪"), ("双溪路", "水碓路", "溪口街")),
)
"""The demo town; people of its first community sign in, so every role reaches it."""

DEDICATED = (
    ("v1", "gm", "青石农贸市场专属网格", "Qingshi Market dedicated grid"),
    ("v3", "gs", "青石中心学校专属网格", "Qingshi School dedicated grid"),
    ("v7", "gp", "东塘小微产业园专属网格", "Dongtang Industrial Park dedicated grid"),
)
OTHER_TOWNS = (
    (f"{COUNTY}.t2", "柳桥镇", "Liuqiao Town", ("柳桥社区", "前洲村", "下港村")),
    (f"{COUNTY}.t3", "云峰乡", "Yunfeng Township", ("云峰村", "大坪村", "岭上村")),
)
ROMANISED = {
    "柳桥社区": "Liuqiao Community", "前洲村": "Qianzhou Village", "下港村": "Xiagang Village",
    "云峰村": "Yunfeng Village", "大坪村": "Daping Village", "岭上村": "Lingshang Village",
}  # fmt: skip
_ORDINALS = ("第一", "第二", "第三")


def county_areas() -> list[NewArea]:
    """All areas of the county, those above before those below."""
    areas = [
        NewArea(path=COUNTY, name_zh="临溪县", name_en="Linxi County"),
        NewArea(path=DEMO_TOWN, name_zh="青石镇", name_en="Qingshi Town"),
    ]
    for number, village in enumerate(QINGSHI, start=1):
        areas += _village_areas(f"{DEMO_TOWN}.v{number}", village)
    areas += [
        NewArea(path=f"{DEMO_TOWN}.{village}.{label}", name_zh=zh, name_en=en, dedicated=True)
        for village, label, zh, en in DEDICATED
    ]
    for path, name_zh, name_en, villages in OTHER_TOWNS:
        areas.append(NewArea(path=path, name_zh=name_zh, name_en=name_en))
        for number, village_zh in enumerate(villages, start=1):
            english = ROMANISED[village_zh]
            areas.append(NewArea(path=f"{path}.v{number}", name_zh=village_zh, name_en=english))
            areas += [
                NewArea(
                    path=f"{path}.v{number}.g{grid}",
                    name_zh=f"{village_zh}{_ORDINALS[grid - 1]}网格",
                    name_en=f"{english}, grid {grid}",
                )
                for grid in (1, 2)
            ]
    return areas


def _village_areas(path: str, village: Village) -> list[NewArea]:
    areas = [NewArea(path=path, name_zh=village.name_zh, name_en=village.name_en)]
    for number, grid in enumerate(village.grids, start=1):
        grid_path = f"{path}.g{number}"
        areas.append(NewArea(path=grid_path, name_zh=f"{grid}网格", name_en=f"{village.name_en}, grid {number}"))
        areas += [
            NewArea(
                path=f"{grid_path}.m{micro}",
                name_zh=f"{grid}{_ORDINALS[micro - 1]}微网格",
                name_en=f"{village.name_en}, micro-grid {number}-{micro}",
            )
            for micro in range(1, MICRO_GRIDS_A_GRID + 1)
        ]
    return areas


def micro_grids() -> list[str]:
    """The paths of the demo town's micro-grids, those of the first community first."""
    return [
        f"{DEMO_TOWN}.v{village}.g{grid}.m{micro}"
        for village in range(1, len(QINGSHI) + 1)
        for grid in range(1, GRIDS_A_VILLAGE + 1)
        for micro in range(1, MICRO_GRIDS_A_GRID + 1)
    ]


def village_of(path: str) -> Village:
    """The village of the demo town in which an area lies."""
    return QINGSHI[int(path.split(".")[2].removeprefix("v")) - 1]


def place(draw: Random, path: str) -> str:
    """Somewhere in the village of this area, as people say it."""
    village = village_of(path)
    street = draw.choice(village.streets)
    corner = draw.choice(("", "路口", "公交站旁", "小卖部门口", "停车场", "文化礼堂旁"))
    number = draw.randint(1, 188)
    return f"{village.name_zh}{street}{number}号{corner}"
