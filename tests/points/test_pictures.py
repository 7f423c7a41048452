"""Pictures that prove a claim: who may see them, and that one picture proves one act."""

import io

import httpx
from PIL import Image

from tests.points.conftest import Town
from tests.points.test_http import Browser, moments_ago, signed_in


async def upload(browser: Browser, color: str = "teal") -> str:
    encoded = io.BytesIO()
    Image.new("RGB", (40, 30), color).save(encoded, "JPEG")
    answer = await browser.client.post(
        "/api/files",
        files={"file": ("photo.jpg", encoded.getvalue(), "image/jpeg")},
        headers={"Authorization": f"Bearer {browser.token}"},
    )
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def claim(browser: Browser, picture: str, action: str, key: str) -> dict[str, object]:
    body = {"action": action, "occurred_at": moments_ago(), "file_ids": [picture]}
    answer = await browser.post("/api/participations", body, key)
    assert answer.status_code == 201, answer.text
    found: dict[str, object] = answer.json()
    return found


async def status(browser: Browser, picture: str) -> int:
    headers = {"Authorization": f"Bearer {browser.token}"}
    return (await browser.client.get(f"/api/files/{picture}", headers=headers)).status_code


async def test_a_picture_is_seen_by_its_resident_and_the_verifiers_of_his_area_alone(
    town: Town, client: httpx.AsyncClient
) -> None:
    lan = await signed_in(client, town, "lan")
    picture = await upload(lan)
    assert (await claim(lan, picture, "CIV-FOUND", "k1"))["state"] == "pending"
    village = await signed_in(client, town, "village", staff=True)
    elsewhere = await signed_in(client, town, "elsewhere", staff=True)
    hong = await signed_in(client, town, "hong")
    assert [await status(each, picture) for each in (lan, village, elsewhere, hong)] == [200, 200, 404, 404]


async def test_a_picture_that_belongs_to_no_claim_yet_is_its_owners_alone(
    town: Town, client: httpx.AsyncClient
) -> None:
    lan = await signed_in(client, town, "lan")
    village = await signed_in(client, town, "village", staff=True)
    picture = await upload(lan)
    assert [await status(each, picture) for each in (lan, village)] == [200, 404]


async def test_the_same_picture_proves_one_act_a_day(town: Town, client: httpx.AsyncClient) -> None:
    lan = await signed_in(client, town, "lan")
    first = await claim(lan, await upload(lan), "CIV-FOUND", "k1")
    again = await claim(lan, await upload(lan), "VOL-SKILL", "k2")
    other = await claim(lan, await upload(lan, "maroon"), "VOL-SKILL", "k3")
    assert (first["state"], other["state"]) == ("pending", "pending")
    assert (again["state"], again["decision"]["code"]) == ("refused", "same_picture")  # type: ignore[index]
