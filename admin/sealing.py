"""What is told in confidence, and what carries names: sealed to its row."""

from uuid import UUID

from kit import crypto


def seal_summary(bonus_id: UUID, summary: str) -> bytes:
    """The summary of a private matter as its row keeps it."""
    return crypto.seal(summary.encode(), ("admin_bonus", "summary_sealed", bonus_id))


def open_summary(bonus_id: UUID, summary: str | None, sealed: bytes | None) -> str:
    """The summary of a bonus, out of its row."""
    if sealed is None:
        return summary or ""
    return crypto.open_sealed(sealed, ("admin_bonus", "summary_sealed", bonus_id)).decode()


def seal_file(batch_id: UUID, content: bytes) -> bytes:
    """The file for the bank as its row keeps it; it carries names."""
    return crypto.seal(content, ("admin_payout_batch", "file_sealed", batch_id))


def open_file(batch_id: UUID, sealed: bytes) -> bytes:
    """The file for the bank, out of its row."""
    return crypto.open_sealed(sealed, ("admin_payout_batch", "file_sealed", batch_id))
