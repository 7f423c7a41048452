"""A relay between a browser and the server: it counts the bytes that come back, by address, and it can be cut."""

import asyncio
import re
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

_ASKED = re.compile(rb"(?:GET|HEAD|POST) (\S+) HTTP/1\.1\r\n")
_CHUNK = 64 * 1024
_LOOK_SECONDS = 0.05


@dataclass(slots=True)
class Relay:
    """What came back since the last look, heads of answers included; a service worker's requests too."""

    url: str = ""
    came: Counter[str] = field(default_factory=Counter)
    is_cut: bool = False
    ends: set[asyncio.StreamWriter] = field(default_factory=set)
    """What is open now, towards both sides."""

    def cut(self) -> None:
        """End what is open, and let nothing through until it is mended."""
        self.is_cut = True
        for end in list(self.ends):
            end.close()

    def mend(self) -> None:
        """Let everything through again."""
        self.is_cut = False

    async def still(self, seconds: float) -> None:
        """Wait until nothing comes for so long."""
        loop = asyncio.get_running_loop()
        before, since = self.came.total(), loop.time()
        while loop.time() - since < seconds:
            await asyncio.sleep(_LOOK_SECONDS)
            if self.came.total() != before:
                before, since = self.came.total(), loop.time()

    def take(self) -> Counter[str]:
        """The bytes of each address since the last time."""
        taken, self.came = self.came, Counter()
        return taken


@asynccontextmanager
async def relayed(port: int) -> AsyncIterator[Relay]:
    """A relay before the server at this port of the same machine."""
    relay = Relay()

    async def connect(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if relay.is_cut:
            writer.close()
            return
        asked = [""]
        from_server, to_server = await asyncio.open_connection("127.0.0.1", port)
        ends = {writer, to_server}
        relay.ends.update(ends)
        try:
            await asyncio.gather(
                _pass_on(reader, to_server, lambda part: _note(asked, part)),
                _pass_on(from_server, writer, lambda part: relay.came.update({asked[0]: len(part)})),
            )
        finally:
            relay.ends.difference_update(ends)

    server = await asyncio.start_server(connect, "127.0.0.1", 0)
    relay.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield relay
    finally:
        server.close()
        relay.cut()


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, look: Callable[[bytes], None]) -> None:
    """Give on what comes until one of the two has gone."""
    try:
        while part := await reader.read(_CHUNK):
            look(part)
            writer.write(part)
            await writer.drain()
    except ConnectionError:
        pass
    finally:
        writer.close()


def _note(asked: list[str], part: bytes) -> None:
    found = _ASKED.match(part)
    if found is not None:
        asked[0] = found[1].decode("ascii").partition("?")[0]
