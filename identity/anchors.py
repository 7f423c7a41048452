"""The head of the audit chain, kept outside of the database: a line an hour in a file that only grows.

Copied off the machine, it shows that nothing up to it was rewritten, even by who owns the database.
"""

import os
from pathlib import Path

import msgspec

from identity.audit import AuditHead, head
from kit import clock
from kit.settings import settings


def anchor_file() -> Path:
    """Where the heads are kept."""
    return settings().data_dir / "audit-anchors.jsonl"


async def anchor_head() -> AuditHead | None:
    """Add the present head to the file; None when nothing is sealed yet."""
    newest = await head()
    if newest is None:
        return None
    line = {"number": newest.number, "hash": newest.hash.hex(), "at": clock.now()}
    path = anchor_file()
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        size = os.fstat(descriptor).st_size
        cut_off = size > 0 and os.pread(descriptor, 1, size - 1) != b"\n"  # what a crash left begins no line of ours
        os.write(descriptor, (b"\n" if cut_off else b"") + msgspec.json.encode(line) + b"\n")
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    return newest


def read_anchors() -> list[AuditHead]:
    """All heads that were kept; a line that was cut off by a crash is left out."""
    path = anchor_file()
    lines = path.read_bytes().splitlines() if path.exists() else []
    whole = [msgspec.json.decode(line) for line in lines if line.endswith(b"}")]
    return [AuditHead(line["number"], bytes.fromhex(line["hash"])) for line in whole]
