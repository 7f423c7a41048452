"""The codes of the record in words: what was done, and to what; a code without words shows itself."""

from web.pages.texts import Catalogue


class AuditWords:
    """What the acts and the things of the record are called in one language, by code, in the order of the codes."""

    def __init__(self, words: Catalogue) -> None:
        self.acts = {code: words.text(f"audit.act.{code}") for code in words.below("audit.act.")}
        self.things = {code: words.text(f"audit.thing.{code}") for code in words.below("audit.thing.")}

    def act(self, code: str) -> str:
        """What was done; a `bonus.approved` is an approval of a bonus."""
        return self.acts.get(code, code)

    def thing(self, code: str) -> str:
        """What it was done to."""
        return self.things.get(code, code)
