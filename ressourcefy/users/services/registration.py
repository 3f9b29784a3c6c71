"""Registration: one account for an address, whatever happens at once."""

from dataclasses import dataclass

from django.utils import timezone

from users.exceptions import EmailAlreadyUsed, EmailRefused
from users.models import Profile, User, normal_email
from users.models.user import own_username
from users.services.mail_tokens import next_activation_generation
from users.services.passwords import change_password
from users.services.usernames import unique_username
from users.types import AuthProvider

_EMAIL_MAX_LENGTH = 254


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """What a person registers with; the name is in its normal form, the password hashed."""

    email: str
    username: str
    password_hash: str
    language: str


def claim_email(registration: Registration) -> tuple[User, bool]:
    """The account of the address, locked, and whether it is new.

    A new account has no profile yet. Another registration of the same address that is under way is
    waited for. Raises EmailRefused for what cannot be stored, and EmailAlreadyUsed unless the
    account is new or was never activated. Needs a transaction.
    """
    newcomer = User(
        email=normal_email(registration.email),
        password=registration.password_hash,
        language=registration.language,
        accepted_terms_at=timezone.now(),
    )
    user = _owner_of_address(newcomer)
    if user.id == newcomer.id:
        return user, True
    if not _may_be_registered_anew(user):
        raise EmailAlreadyUsed
    return user, False


def add_account(newcomer: User, *, username: str | None = None) -> None:
    """Store a new account with its profile, under a name of its own if none is given.

    Raises EmailRefused, EmailAlreadyUsed whoever has the address, or UsernameTaken. Needs a
    transaction.
    """
    if _owner_of_address(newcomer).id != newcomer.id:
        raise EmailAlreadyUsed
    with unique_username():
        Profile.objects.create(user=newcomer, username=username or own_username(newcomer))


def _owner_of_address(newcomer: User) -> User:
    """The account of the newcomer's address, locked: the newcomer, stored, where it was free."""
    if not newcomer.email.isascii() or len(newcomer.email) > _EMAIL_MAX_LENGTH:
        raise EmailRefused
    # Nothing is written, and no error breaks the transaction, where the address is taken.
    User.all_objects.bulk_create([newcomer], ignore_conflicts=True)
    user: User = User.all_objects.select_for_update(no_key=True).get(email=newcomer.email)
    return user


def _may_be_registered_anew(user: User) -> bool:
    return (
        not user.is_activated
        and user.is_active
        and not user.is_deleted
        and user.auth_provider == AuthProvider.LOCAL
    )


def give_profile(user: User, registration: Registration) -> None:
    """Complete a new account. Raises UsernameTaken."""
    with unique_username():
        Profile.objects.create(user=user, username=registration.username)


def register_anew(user: User, registration: Registration) -> None:
    """Replace all that an earlier registration of the address chose, and end its links.

    So nobody keeps access to an account by registering somebody else's address first. Raises
    UsernameTaken. The caller holds the row's lock.
    """
    with unique_username():
        Profile.objects.filter(user=user).update(
            username=registration.username, bio="", avatar_url=None, updated_at=timezone.now()
        )
    user.language = registration.language
    user.accepted_terms_at = timezone.now()
    user.save(update_fields=["language", "accepted_terms_at", "updated_at"])
    change_password(user, registration.password_hash)
    next_activation_generation(user)
