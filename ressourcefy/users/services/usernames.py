"""User names: unique without regard to case, whatever happens at once."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import IntegrityError, OperationalError
from psycopg.errors import DeadlockDetected

from core.services.constraints import violated_constraint
from users.exceptions import UsernameTaken


@contextmanager
def unique_username() -> Iterator[None]:
    """Run the statement that writes a user name; the table decides. Raises UsernameTaken.

    Two people who swap their names at the same moment wait for each other; the database ends one of
    the two, for whom the name is taken.
    """
    try:
        yield
    except IntegrityError as error:
        if violated_constraint(error) == "profile_username_unique":
            raise UsernameTaken from error
        raise
    except OperationalError as error:
        if isinstance(error.__cause__, DeadlockDetected):
            raise UsernameTaken from error
        raise
