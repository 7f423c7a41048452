"""What is told in confidence: texts and notes of private categories, sealed to their row."""

from uuid import UUID

from kit import crypto


def seal_text(event_id: UUID, text: str) -> bytes:
    """An event's text as its row keeps it."""
    return crypto.seal(text.encode(), ("grid_event", "text_sealed", event_id))


def open_text(event_id: UUID, text: str | None, sealed: bytes | None) -> str:
    """An event's text, out of its row."""
    if sealed is None:
        return text or ""
    return crypto.open_sealed(sealed, ("grid_event", "text_sealed", event_id)).decode()


def seal_note(step_id: UUID, note: str) -> bytes:
    """A step's note as its row keeps it."""
    return crypto.seal(note.encode(), ("grid_event_step", "note_sealed", step_id))


def open_note(step_id: UUID, note: str | None, sealed: bytes | None) -> str | None:
    """A step's note, out of its row."""
    if sealed is None:
        return note
    return crypto.open_sealed(sealed, ("grid_event_step", "note_sealed", step_id)).decode()
