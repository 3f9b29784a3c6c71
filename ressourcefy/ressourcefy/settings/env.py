"""The environment: how variables are read, and what makes a start impossible."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import urlsplit

from environs import Env, EnvError, validate

CHECKOUT_DIR = Path(__file__).resolve().parents[3]
BASE_DIR = CHECKOUT_DIR / "ressourcefy"

env = Env()


def load_dotenv() -> None:
    """Read `.env` beside the Makefile, where there is one; the real environment wins.

    A directory of that name is the virtual environment of the manual set-up and is passed over.
    """
    path = CHECKOUT_DIR / ".env"
    if path.is_file():
        env.read_env(str(path), recurse=False)


def stop(message: str) -> NoReturn:
    """End the start with one line on standard error."""
    sys.exit(f"Ressourcefy cannot start: {message}")


def read(parse: Callable[..., Any], name: str, default: Any = ..., **options: Any) -> Any:
    """The variable `name` through one of the parsers of `env`.

    An empty value counts as unset. A value that cannot be parsed ends the start with a line that
    names the variable, never its value: it may be a secret.
    """
    options["default"] = default
    try:
        with_blank_as_unset = env.str(name, default="") == ""
        return default if with_blank_as_unset else parse(name, **options)
    except EnvError as error:
        reasons = getattr(error, "error_messages", None) or ["is not valid"]
        stop(f"{name}: {' '.join(str(reason) for reason in reasons)}")


def text(name: str, default: str = "", *, choices: tuple[str, ...] = ()) -> str:
    """A string, or one of `choices`."""
    options = {"validate": validate.OneOf(choices)} if choices else {}
    return str(read(env.str, name, default, **options))


# As days it is some centuries: a date so far away can still be computed.
_MOST = 100_000


def integer(name: str, default: int, *, least: int = 0, most: int = _MOST) -> int:
    """A whole number within bounds."""
    return int(read(env.int, name, default, validate=validate.Range(min=least, max=most)))


def is_web_address(address: str) -> bool:
    """Whether it is http or https and names a host."""
    try:
        parts = urlsplit(address)
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def web_address(name: str, default: str = "") -> str:
    """The address of a page or a service, without a slash at its end."""
    address = text(name, default)
    if address and not is_web_address(address):
        stop(f"{name}: is not a web address, as https://app.example.org.")
    return address.rstrip("/")


def boolean(name: str, *, default: bool) -> bool:
    """True or False, in the usual spellings (true, 1, yes, on and their opposites)."""
    return bool(read(env.bool, name, default))


def names(name: str, default: tuple[str, ...] = ()) -> list[str]:
    """A comma-separated list; blanks around and empty entries are dropped."""
    entries = read(env.list, name, list(default))
    return [entry.strip() for entry in entries if entry.strip()]
