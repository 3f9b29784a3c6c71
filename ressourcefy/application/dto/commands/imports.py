"""Commands that bring in content from files."""

from collections.abc import Mapping
from dataclasses import dataclass

from resources.types import Visibility
from users.models import User


@dataclass(frozen=True, slots=True)
class ImportRecord:
    """A record as it stands in the file; `line` is where it begins."""

    line: int
    fields: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class ImportResourcesCommand:
    """One batch of records to publish in the name of `user`, all alike in visibility and price."""

    user: User
    records: tuple[ImportRecord, ...]
    visibility: Visibility = Visibility.PUBLIC
    price_cents: int | None = None
