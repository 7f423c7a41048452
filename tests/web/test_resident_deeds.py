"""Residents' pages over HTTP: what works without a script, what is refused in words, and what nobody else sees."""

import re
from datetime import timedelta
from uuid import UUID

import httpx
import pytest

from identity import messages
from identity.actor import Actor
from identity.messages import MessageTemplate
from kit import clock, db
from kit.ids import new_id
from kit.once import result_of
from points import accounts, ledger, months
from rewards.exchange import ExchangeLine, exchange_lines
from rewards.products import NewProduct, create_products

from .browsing import OWN_PAGE, browse, changing
from .conftest import SYSTEM, Callers

CLAIMED = "ERR-NEIGHBOR"
messages.register(
    MessageTemplate(code="points.test", title_zh="试", body_zh="试 {n}", title_en="Test", body_en="Test {n}")
)


async def shown(client: httpx.AsyncClient, path: str) -> str:
    answer = await client.get(path, headers=OWN_PAGE)
    assert answer.status_code == 200, answer.text
    return answer.text


def once_in(html: str) -> str:
    found = re.search(r'name="once" value="([^"]+)"', html)
    assert found is not None
    return found[1]


async def product(points: int = 0, **more: object) -> UUID:
    """Something that the county offers."""
    (product_id,) = await create_products(
        actor=SYSTEM,
        products=[
            NewProduct(
                name_zh="五元餐券", name_en="Meal voucher", kind="goods", points=points, value_fen=0,
                merchant_percent=100, town_percent=0, **more,
            )  # type: ignore[arg-type]
        ],
    )  # fmt: skip
    return product_id


async def test_the_catalogue_is_searched_and_says_how_and_by_whom(client: httpx.AsyncClient, callers: Callers) -> None:
    await browse(client, callers.people["resident"])
    every = await shown(client, "/earn")
    assert "双方确认" in every
    assert "无偿献血" not in every, "not open here"
    found = await shown(client, "/earn?q=%E9%82%BB%E9%87%8C")
    assert "邻里互助" in found
    assert "拾金不昧" not in found
    assert "没有找到" in await shown(client, "/earn?q=xyz")
    one = await shown(client, "/earn/ERR-PAIR")
    assert "村（社区），再由镇（街道）" in one
    activity = await shown(client, "/earn/VOL-PATROL")
    assert '<form class="form' not in activity
    assert "签到登记" in activity


async def test_a_claim_without_a_script_is_taken_once_and_its_refusal_is_said(
    client: httpx.AsyncClient, callers: Callers
) -> None:
    mine = await browse(client, callers.people["resident"])
    once = once_in(await shown(client, f"/earn/{CLAIMED}"))
    at = clock.now().strftime("%Y-%m-%dT00:05")
    fields = {"occurred_at": at, "note": "帮邻居搬家", "once": once}
    first, again = [await client.post(f"/earn/{CLAIMED}", data=fields, headers=changing(mine)) for _ in range(2)]
    assert (first.status_code, first.headers["location"]) == (303, again.headers["location"])
    assert "已提交" in await shown(client, first.headers["location"])
    assert "等待微网格长或组织者核实" in await shown(client, first.headers["location"].removesuffix("/result"))
    full = await client.post(
        f"/earn/{CLAIMED}", data={**fields, "occurred_at": at[:-1] + "6", "once": "b"}, headers=changing(mine)
    )
    assert "审核中 1 件（8 分）" in await shown(client, "/")
    refused = await shown(client, full.headers["location"])
    assert "该行为当天的计分次数已满" in refused
    assert "可以再次计分" in refused
    misfit = await client.post(f"/earn/{CLAIMED}", data={"note": "x", "once": "c"}, headers=changing(mine))
    assert misfit.status_code == 422
    assert 'href="#occurred_at"' in misfit.text
    assert ">x</textarea>" in misfit.text
    await browse(client, callers.people["grid_worker"])
    assert (await client.get(first.headers["location"], headers=OWN_PAGE)).status_code in {403, 404}


async def test_one_voucher_is_shown_at_once_of_several_one_chooses(
    client: httpx.AsyncClient, callers: Callers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("web.resident.code._MOST", 2)
    await browse(client, callers.people["resident"])
    actor = Actor(id=callers.people["resident"], kind="person", name="")
    product_id = await product()
    assert "还没有可用的券" in await shown(client, "/code")
    for number in range(1, 4):
        (bought,) = await exchange_lines([ExchangeLine(actor=actor, person_id=actor.id, product_id=product_id)])
        voucher = result_of(bought).vouchers[0]
        if number == 1:
            answer = await client.get("/code", headers=OWN_PAGE)
            assert answer.headers["location"] == f"/code/{voucher.id}"
            continue
        html = await shown(client, "/code")
        assert len(set(re.findall(r'href="/code/[^"]+"', html))) == 2
        assert ("查看全部券" in html) == (number == 3)


async def test_a_report_is_taken_once_and_rated_by_its_reporter(client: httpx.AsyncClient, callers: Callers) -> None:
    mine = await browse(client, callers.people["resident"])
    fields = {"category": "FACILITY", "severity": "2", "place": "桥头", "text": "路灯不亮", "once": "r1"}
    first, again = [await client.post("/report", data=fields, headers=changing(mine)) for _ in range(2)]
    assert (first.status_code, first.headers["location"]) == (303, again.headers["location"])
    assert await db.fetchval("SELECT count(*) FROM grid_event") == 1
    changed = await client.post("/report", data={**fields, "text": "两盏"}, headers=changing(mine))
    assert changed.headers["location"] == "/reports", "it had arrived before it was changed"
    one = first.headers["location"].removesuffix("/done")
    assert "等待受理" in await shown(client, one)
    assert "/rate" not in await shown(client, one), "not yet"
    early = await client.post(f"{one}/rate", data={"stars": "5", "once": "r2"}, headers=changing(mine))
    assert early.status_code == 409
    wrong = await client.post(
        "/report", data={"place": "x", "once": "r3"}, headers={**changing(mine), "HX-Request": "1"}
    )
    assert wrong.status_code == 422
    assert 'href="#category"' in wrong.text


@pytest.mark.parametrize(
    ("terms", "said"),
    [
        ({"points": 10}, "可用积分不足"),
        ({"stock": 0}, "库存不足"),
        ({"min_level": 3}, "需要信用等级 L3"),
        ({"opens_at": clock.now() + timedelta(days=1)}, "不在兑换时间内"),
    ],
)
async def test_what_stands_in_the_way_is_said_before_and_after(
    client: httpx.AsyncClient, callers: Callers, terms: dict[str, object], said: str
) -> None:
    mine = await browse(client, callers.people["resident"])
    offered = await product(**terms)  # type: ignore[arg-type]
    before = await shown(client, f"/shop/{offered}")
    assert said in before
    assert "data-open" not in before
    refused = await client.post(f"/shop/{offered}/exchange", data={"once": "s"}, headers=changing(mine))
    assert refused.status_code == 409
    assert said in refused.text
    assert "积分没有扣除" in refused.text


async def test_an_exchange_without_a_script_is_done_once_and_within_its_limit(
    client: httpx.AsyncClient, callers: Callers
) -> None:
    mine = await browse(client, callers.people["resident"])
    offered = await product(person_limit=1, limit_period="month")
    asked = await shown(client, f"/shop/{offered}/confirm")
    fields = {"once": once_in(asked)}
    first, again = [
        await client.post(f"/shop/{offered}/exchange", data=fields, headers=changing(mine)) for _ in range(2)
    ]
    assert (first.status_code, first.headers["location"]) == (303, again.headers["location"])
    assert "出示码" in await shown(client, first.headers["location"])
    more = await client.post(f"/shop/{offered}/exchange", data={"once": "t"}, headers=changing(mine))
    assert "已达本期每人限额" in more.text
    assert "您的名额已用完" in await shown(client, "/shop")


async def test_points_that_moved_in_a_way_these_pages_do_not_know_are_shown_all_the_same(
    client: httpx.AsyncClient, callers: Callers, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As while a newer version of the product runs beside this one."""
    person = accounts.person(callers.people["resident"])
    monkeypatch.setattr(ledger, "PERSONAL", {"novelty"})
    novelty = ledger.Transfer(
        kind="novelty",
        reference=new_id(),
        amount=7,
        debit=accounts.ISSUE,
        credit=person,
        label=ledger.Label("新事项", "Something new"),
        fact=("novelty", new_id()),
        expires_month=months.month_number(clock.business_day(clock.now())) + 1,
    )
    async with db.transaction(), ledger.open_book([person], at=clock.now()) as book:
        book.post(novelty)
    await browse(client, person.id)
    assert "已记账" in await shown(client, "/points")
    assert "这笔积分变动已记入您的账户。" in await shown(client, f"/points/{novelty.id}")


async def test_messages_are_new_until_they_are_read(client: httpx.AsyncClient, callers: Callers) -> None:
    person = callers.people["resident"]
    mine = await browse(client, person)
    assert "还没有消息" in await shown(client, "/messages")
    async with db.transaction():
        await messages.send(person, "points.test", n=1)
        await messages.send(callers.people["leader"], "points.test", n=2)
    assert "未读" in await shown(client, "/messages")
    assert "1 条未读" in await shown(client, "/me")
    await client.post("/messages/read", headers=changing(mine))
    assert "未读" not in await shown(client, "/messages")
    assert await messages.count_unread(callers.people["leader"]) == 1


async def test_a_list_that_is_further_on_leads_back_to_its_first_page_and_says_so(
    client: httpx.AsyncClient, callers: Callers
) -> None:
    person = callers.people["resident"]
    await browse(client, person)
    async with db.transaction():
        await messages.send_lines([(person, "points.test", {"n": number}) for number in range(41)])
    page = await shown(client, "/messages")
    assert "第一页" not in page
    for _ in range(2):
        further = re.search(r'href="(/messages\?cursor=[^"]+)"[^>]*>下一页', page)
        assert further is not None
        page = await shown(client, further[1])
    assert "试 0" in page, "the third and last page"
    assert "下一页" not in page
    assert re.search(r'href="/messages"[^>]*>(?:<svg.*?</svg>)?回到第一页', page)


async def test_me_shows_who_one_is_and_ends_another_device(client: httpx.AsyncClient, callers: Callers) -> None:
    person = callers.people["resident"]
    await browse(client, person)
    other = client.cookies["qunzhifen"]
    mine = await browse(client, person)
    page = await shown(client, "/me")
    assert "138****0000" in page
    assert 'href="tel:12345"' in page
    session = re.search(r'name="session" value="([^"]+)"', page)
    assert session is not None
    while session is not None:
        ended = await client.post("/devices/end", data={"session": session[1], "next": "/me"}, headers=changing(mine))
        assert ended.headers["location"] == "/me"
        session = re.search(r'name="session" value="([^"]+)"', await shown(client, "/me"))
    client.cookies.set("qunzhifen", other)
    assert (await client.get("/me", headers=OWN_PAGE)).status_code == 303
