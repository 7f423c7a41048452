"""What a person chose for himself: the language in which he reads, and how pages look."""

from identity import audit
from identity.actor import Actor
from kit import db


@db.flow
async def choose_language(*, actor: Actor, language: str) -> None:
    """Read in this language from now on, in pages and messages.

    Moves: nothing.
    Answers: nothing.
    Raises: nothing.
    """
    await db.current().execute("UPDATE identity_person SET language = $2 WHERE id = $1", actor.id, language)
    await audit.record(actor, action="language.chosen", subject=("person", actor.id), after={"language": language})


@db.flow
async def choose_view(*, actor: Actor, view: str) -> None:
    """See pages like this on the next sign-in too: plain or for elders, text size, theme.

    Moves: nothing.
    Answers: nothing.
    Raises: nothing.
    """
    await db.current().execute("UPDATE identity_person SET view = $2 WHERE id = $1", actor.id, view)
    await audit.record(actor, action="view.chosen", subject=("person", actor.id), after={"view": view})
