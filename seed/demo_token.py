"""`qunzhifen demo-token ROLE`: sign somebody of the demo town in, for trying the API in a shell."""

import time

import click
import httpx
import msgspec
import pyotp

from kit.settings import settings

LOGINS = "demo-logins.json"
_STEP = 30  # seconds that one code of an authenticator holds


@click.command("demo-token")
@click.argument("role")
@click.option("--nth", type=click.IntRange(1), default=1, show_default=True, help="Which of those who hold the role.")
def demo_token_command(*, role: str, nth: int) -> None:
    """Print an access token for somebody who holds ROLE in the demo town that is being served."""
    logins = settings().data_dir / LOGINS
    if not logins.exists():
        raise click.ClickException("There is no demo town here; `make run` builds it.")
    holders = [each for each in msgspec.json.decode(logins.read_bytes()) if each["role"] == role]
    if len(holders) < nth:
        raise click.ClickException(f"The demo town has {len(holders)} logins for {role}.")
    chosen = holders[nth - 1]
    click.echo(chosen["api_key"] if "api_key" in chosen else _sign_in(chosen))


def _sign_in(login: dict[str, str]) -> str:
    answer = _ask(login)
    if answer.status_code == httpx.codes.UNAUTHORIZED and "totp_secret" in login:
        # A code is taken once: the one of this half minute may have been used just now.
        time.sleep(_STEP - time.time() % _STEP + 1)
        answer = _ask(login)
    if answer.status_code != httpx.codes.OK:
        raise click.ClickException(answer.json()["detail"])
    return str(answer.json()["access_token"])


def _ask(login: dict[str, str]) -> httpx.Response:
    body = {"login": login["login"], "password": login["password"]}
    if "totp_secret" in login:
        body["totp"] = pyotp.TOTP(login["totp_secret"]).now()
    address = f"http://127.0.0.1:{settings().port}/api/auth/login"
    try:
        return httpx.post(address, json=body, headers={"Accept-Language": "en"}, timeout=10)
    except httpx.TransportError as failure:
        raise click.ClickException(f"Nothing answers at {address}; start it with `make run`.") from failure
