"""The frame of every page, and the few elements that they are made of; all text is escaped here."""

from collections.abc import Iterable
from datetime import UTC, datetime
from html import escape
from pathlib import Path
from string import Template

STYLE = Path(__file__).with_name("style.css")
FRAME = Template("""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>$title · Development Stripe</title>
<link rel="stylesheet" href="/style.css">
</head>
<body class="$kind">
<p class="banner">Development Stripe: no money moves</p>
<main>
<h1>$title</h1>
$content
</main>
</body>
</html>
""")


def framed(title: str, *content: str, kind: str = "narrow") -> str:
    """A whole page; `content` is HTML, the title is text."""
    return FRAME.substitute(title=escape(title), content="\n".join(content), kind=kind)


def text(words: object) -> str:
    return escape(str(words))


def paragraph(words: str, *, kind: str = "") -> str:
    marked = f' class="{kind}"' if kind else ""
    return f"<p{marked}>{escape(words)}</p>"


def heading(words: str) -> str:
    return f"<h2>{escape(words)}</h2>"


def link(address: str, words: str) -> str:
    return f'<a href="{escape(address)}">{escape(words)}</a>'


def button(target: str, words: str, *, kind: str = "", **fields: str) -> str:
    """A form with one button."""
    hidden = "".join(_hidden(name, value) for name, value in fields.items())
    marked = f' class="{kind}"' if kind else ""
    return (
        f'<form method="post" action="{escape(target)}">{hidden}'
        f"<button{marked}>{escape(words)}</button></form>"
    )


def number_form(
    target: str, words: str, *, name: str, value: int, label: str, **fields: str
) -> str:
    """A form with a number to choose."""
    hidden = "".join(_hidden(key, one) for key, one in fields.items())
    return (
        f'<form method="post" action="{escape(target)}">{hidden}'
        f'<input type="number" name="{name}" value="{value}" min="1" aria-label="{escape(label)}">'
        f"<button>{escape(words)}</button></form>"
    )


def choice_form(
    target: str, words: str, *, name: str, options: Iterable[tuple[str, str]], **fields: str
) -> str:
    """A form with one of several values to choose."""
    hidden = "".join(_hidden(key, one) for key, one in fields.items())
    listed = "".join(
        f'<option value="{escape(value)}">{escape(label)}</option>' for value, label in options
    )
    return (
        f'<form method="post" action="{escape(target)}">{hidden}'
        f'<select name="{name}" aria-label="{escape(words)}">{listed}</select>'
        f"<button>{escape(words)}</button></form>"
    )


def row(*elements: str) -> str:
    return f'<div class="row">{"".join(elements)}</div>'


def table(head: Iterable[str], rows: Iterable[Iterable[str]], *, nothing: str) -> str:
    """`rows` are of HTML."""
    lines = ["".join(f"<td>{cell}</td>" for cell in one) for one in rows]
    if not lines:
        return paragraph(nothing, kind="quiet")
    titles = "".join(f"<th>{escape(one)}</th>" for one in head)
    body = "".join(f"<tr>{one}</tr>" for one in lines)
    return (
        f'<div class="wide"><table><thead><tr>{titles}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>"
    )


def moment(seconds: int | None) -> str:
    if seconds is None:
        return "–"
    return f"{datetime.fromtimestamp(seconds, UTC):%-d %b %Y, %H:%M} UTC"


def day(seconds: int | None) -> str:
    return "–" if seconds is None else f"{datetime.fromtimestamp(seconds, UTC):%-d %B %Y}"


def _hidden(name: str, value: str) -> str:
    return f'<input type="hidden" name="{name}" value="{escape(value)}">'
