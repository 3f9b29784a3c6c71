"""One example of each operation: a request to the demo of `make run`, and what it answers.

The requests are written by hand. The answers are recorded from the demo (`manage.py examples
--record`), with times, tokens and random ids made generic.
"""

import json
from functools import cache
from pathlib import Path
from typing import Any

from api.examples import accounts, administration, billing, content
from api.examples.example import Example

AREAS = {
    "accounts": accounts.EXAMPLES,
    "content": content.EXAMPLES,
    "administration": administration.EXAMPLES,
    "billing": billing.EXAMPLES,
}
EXAMPLES: dict[str, Example] = {
    operation: example for area in AREAS.values() for operation, example in area.items()
}


def answers_file(area: str) -> Path:
    """Where the recorded answers to the examples of an area are."""
    return Path(__file__).parent / "answers" / f"{area}.json"


@cache
def recorded_answers() -> dict[str, Any]:
    """The bodies of the answers, by operation."""
    answers: dict[str, Any] = {}
    for area in AREAS:
        answers |= json.loads(answers_file(area).read_text())
    return answers
