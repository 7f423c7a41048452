"""The built files: which name stands for which file, and what is served under /static/.

`make build` writes them with the hash of their content in their names, and `manifest.json` from the name that a
template uses to the one that is served.
"""

from dataclasses import dataclass
from functools import cache, lru_cache
from mimetypes import guess_type
from pathlib import Path

import msgspec
from markupsafe import Markup, escape

from kit.settings import settings

DIST = Path(__file__).parent.parent / "static" / "dist"
_MANIFEST = "manifest.json"
_ENCODINGS = (("br", ".br"), ("gzip", ".gz"))
_TYPES = {".js": "text/javascript", ".wasm": "application/wasm", ".svg": "image/svg+xml", ".woff2": "font/woff2"}


class AssetsMissing(RuntimeError):
    """The pages' files were not built, or a template names one that the build does not make."""


@dataclass(frozen=True, slots=True)
class Served:
    """A built file, with the encodings that the build made of it."""

    path: Path
    media_type: str
    encodings: tuple[tuple[str, Path], ...]

    def chosen(self, accepted: str) -> tuple[str | None, bytes]:
        """The bytes for a client that takes these encodings."""
        offered = {
            part.partition(";")[0].strip() for part in accepted.split(",") if ";q=0" not in part.replace(" ", "")
        }
        for name, path in self.encodings:
            if name in offered:
                return name, path.read_bytes()
        return None, self.path.read_bytes()


def manifest() -> dict[str, str]:
    """The served name of each logical one."""
    return _manifest(_build())


def served_files() -> dict[str, Served]:
    """Everything under the folder by its name below it; nothing else is ever served."""
    return _served_files(_build())


def _build() -> int:
    """Which build is there; in production it is the one that was there first."""
    return _first_build() if settings().production else _newest_build()


def _newest_build() -> int:
    try:
        return (DIST / _MANIFEST).stat().st_mtime_ns
    except FileNotFoundError:
        return 0


_first_build = cache(_newest_build)


@lru_cache(1)
def _manifest(build: int) -> dict[str, str]:
    if not build:
        raise AssetsMissing("The pages' files are not built; run `make build`.")
    return msgspec.json.decode((DIST / _MANIFEST).read_bytes(), type=dict[str, str])


@lru_cache(1)
def _served_files(build: int) -> dict[str, Served]:
    if not build:
        return {}
    packed = {suffix for _, suffix in _ENCODINGS}
    found = {}
    for path in DIST.rglob("*"):
        name = path.relative_to(DIST).as_posix()
        if path.is_file() and path.suffix not in packed and name != _MANIFEST:
            encodings = tuple((each, Path(f"{path}{suffix}")) for each, suffix in _ENCODINGS)
            found[name] = Served(path, _media_type(path), tuple(each for each in encodings if each[1].is_file()))
    return found


def asset(name: str) -> str:
    """The address of a built file. While pages are being written the build may be behind; production refuses that."""
    try:
        return f"/static/{manifest()[name]}"
    except (AssetsMissing, KeyError):
        if settings().production:
            raise AssetsMissing(name) from None
        return f"/static/{name}"


def built(name: str) -> Served | None:
    """A built file by its logical name."""
    try:
        return served_files().get(manifest().get(name, ""))
    except AssetsMissing:
        return None


def icon(name: str, *, classes: str = "icon", sheet: str = "icons.svg") -> Markup:
    """A picture of one of our sheets, for the eye only: what it means stands beside it in words."""
    return Markup('<svg class="{}" aria-hidden="true" focusable="false"><use href="{}#{}"></use></svg>').format(
        classes, asset(sheet), name
    )


def art(name: str, *, classes: str = "art") -> Markup:
    """A drawing of ours, for the eye only."""
    return icon(escape(name), classes=classes, sheet="art.svg")


def _media_type(path: Path) -> str:
    return _TYPES.get(path.suffix) or guess_type(path.name)[0] or "application/octet-stream"
