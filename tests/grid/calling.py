"""Speaking to the app as one of the county's cast."""

import io
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import httpx
from PIL import Image

from kit import db
from tests.grid.county import County
from tests.signing_in import signed_in_with_second_factor


@dataclass(frozen=True, slots=True)
class Caller:
    """One of the cast at the other end of a line."""

    client: httpx.AsyncClient
    token: str

    async def get(self, path: str, **headers: str) -> httpx.Response:
        """Read."""
        return await self.client.get(path, headers={"Authorization": f"Bearer {self.token}", **headers})

    async def post(self, path: str, body: Any = None, *, key: str | None = None) -> httpx.Response:
        """Ask for something, under a fresh key unless one is given."""
        headers = {"Authorization": f"Bearer {self.token}", "Idempotency-Key": key or uuid4().hex}
        return await self.client.post(path, headers=headers, json=body)

    async def upload(self, colour: str = "red") -> UUID:
        """Send a picture."""
        picture = io.BytesIO()
        Image.new("RGB", (40, 30), colour).save(picture, "JPEG")
        answer = await self.client.post(
            "/api/files",
            headers={"Authorization": f"Bearer {self.token}"},
            files={"file": ("picture.jpg", picture.getvalue(), "image/jpeg")},
        )
        assert answer.status_code == 201, answer.text
        return UUID(answer.json()["id"])


@dataclass(frozen=True, slots=True)
class Line:
    """A way to call as anybody."""

    client: httpx.AsyncClient
    county: County

    async def of(self, name: str) -> Caller:
        """The caller who plays a part."""
        async with db.transaction():
            session = await signed_in_with_second_factor(self.county[name].id)
        return Caller(self.client, session.access_token)
