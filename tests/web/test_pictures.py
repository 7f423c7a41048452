"""Every product has a drawing until its merchant sends a photograph."""

import csv
from pathlib import Path

import pytest

from seed.goods import GOODS
from web.pages.pictures import picture_of

ROOT = Path(__file__).parent.parent.parent
DRAWN = {path.stem for path in (ROOT / "web/frontend/pictures").glob("*.svg")}


def test_every_product_of_the_demo_town_and_of_a_new_county_is_drawn() -> None:
    with (ROOT / "rewards/data/products.csv").open(encoding="utf-8") as file:
        ours = [(row["kind"], row["name_zh"]) for row in csv.DictReader(file)]
    demo = [(each.kind, each.name_zh) for each in GOODS]
    assert {picture_of(kind, name) for kind, name in [*ours, *demo]} <= DRAWN
    assert [name for kind, name in ours if kind == "goods" and picture_of(kind, name) == "goods"] == []


@pytest.mark.parametrize(
    ("kind", "name", "picture"),
    [
        ("goods", "葱油拌面一份", "meal"),
        ("goods", "早餐豆浆油条套餐", "meal"),
        ("goods", "梅岭红茶 100 克", "drink"),
        ("goods", "食用油 1 升", "groceries"),
        ("service", "油烟机清洗", "housekeeping"),
        ("goods", "中秋月饼一盒", "festival"),
        ("service", "老人理发上门", "haircut"),
        ("privilege", "优先预约", "booking"),
        ("donation", "邻里基金捐赠", "donation"),
        ("goods", "没有见过的东西", "goods"),
        ("privilege", "某种优待", "privilege"),
    ],
)
def test_a_product_is_drawn_by_what_it_is(kind: str, name: str, picture: str) -> None:
    assert picture_of(kind, name) == picture
