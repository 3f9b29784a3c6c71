"""What commands of administrators about accounts end with."""

from dataclasses import dataclass

from users.services.accounts import AccountRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdatedUser:
    """`changed` is False if everything was as wanted before."""

    record: AccountRecord
    changed: bool
