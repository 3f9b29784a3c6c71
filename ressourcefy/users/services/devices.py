"""What a client calls itself, in words that are safe to show.

Whoever sends a request writes its User-Agent. So nothing of it is passed on but names from the
lists below and, for programs, a plain word: no address that a mail program would make a link of.
"""

import re

# The first that occurs counts: most browsers also claim to be others further down.
_BROWSERS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser", "Samsung Internet"),
    ("Firefox", "Firefox"),
    ("FxiOS", "Firefox"),
    ("CriOS", "Chrome"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
_SYSTEMS = (
    ("Windows", "Windows"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("CrOS", "ChromeOS"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
)
_PROGRAM = re.compile(r"([A-Za-z][A-Za-z0-9_-]{0,29})(?:/|$)")


def device_of(user_agent: str) -> str:
    """Browser and system without their versions, or the name of a program; empty if unknown.

    So an update of the browser makes no new device of an old one.
    """
    browser = _first(_BROWSERS, user_agent)
    system = _first(_SYSTEMS, user_agent)
    if browser:
        return f"{browser} ({system})" if system else browser
    program = _PROGRAM.match(user_agent)
    return program[1] if program and program[1] != "Mozilla" else system


def _first(names: tuple[tuple[str, str], ...], user_agent: str) -> str:
    return next((name for mark, name in names if mark in user_agent), "")
