"""Parts of one statement that several modules contribute, so that a change is one round trip."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Part:
    """A statement for a WITH, and the values of its parameters.

    The text is the same for every call, so that the server plans the whole only once.
    """

    text: str
    values: Mapping[str, Any]


def joined(parts: Iterable[Part]) -> tuple[str, dict[str, Any]]:
    """The parts as further members of a WITH that nobody reads, and all their values."""
    text, values = "", dict[str, Any]()
    for number, part in enumerate(parts):
        text += f", part_{number} AS ({part.text})"
        values |= part.values
    return text, values
