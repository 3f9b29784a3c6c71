"""What may be tried how often: signing in, registering, refreshing, mailed links, commenting.

`docs/accounts.md` has the table and the reasons. Whoever asks is told the same whether or not an
account exists, so addresses that nobody has are counted like the others. Call these outside any
transaction.
"""

import ipaddress
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from core.request_context import current_context
from core.services.limits import Hit, Limit, count, forget, give_back, try_count
from users.models import normal_email

_SIGN_IN = timedelta(minutes=5)
_REGISTRATION = timedelta(hours=1)
# Half of a reset link's life: whoever is sent nothing more has a link in the mailbox that still
# works for as long.
_MAIL_REQUEST = timedelta(minutes=30)
_LINK = timedelta(minutes=10)

SIGN_IN_OF_ACCOUNT = Limit(name="sign-in.account", most=5, window=_SIGN_IN)
SIGN_IN_FROM_ADDRESS = Limit(name="sign-in.address", most=50, window=_SIGN_IN)
PASSWORD_PROOF = Limit(name="password-proof.account", most=5, window=_SIGN_IN)
REGISTRATION_OF_ACCOUNT = Limit(name="registration.account", most=5, window=_REGISTRATION)
REGISTRATION_FROM_ADDRESS = Limit(name="registration.address", most=60, window=_REGISTRATION)
ACTIVATION_MAIL_FOR_ACCOUNT = Limit(name="resend.account", most=5, window=_MAIL_REQUEST)
ACTIVATION_MAIL_FROM_ADDRESS = Limit(name="resend.address", most=60, window=_MAIL_REQUEST)
RESET_FOR_ACCOUNT = Limit(name="reset.account", most=5, window=_MAIL_REQUEST)
RESET_FROM_ADDRESS = Limit(name="reset.address", most=60, window=_MAIL_REQUEST)
RESET_MAILS = Limit(name="reset.mails", most=3, window=_MAIL_REQUEST)
ACTIVATION_OF_ACCOUNT = Limit(name="activation.account", most=20, window=_LINK)
ACTIVATION_FROM_ADDRESS = Limit(name="activation.address", most=60, window=_LINK)
CONFIRMATION_OF_ACCOUNT = Limit(name="reset-confirm.account", most=20, window=_LINK)
CONFIRMATION_FROM_ADDRESS = Limit(name="reset-confirm.address", most=60, window=_LINK)
EXPORT_OF_ACCOUNT = Limit(name="export.account", most=3, window=timedelta(days=1))
REFRESH_OF_SESSION = Limit(name="refresh.session", most=30, window=_SIGN_IN)
REFRESH_FROM_ADDRESS = Limit(name="refresh.address", most=300, window=_SIGN_IN)
ROLE_REQUESTS_OF_ACCOUNT = Limit(name="role-request.account", most=5, window=timedelta(days=1))
COMMENTS_OF_ACCOUNT = Limit(name="comment.account", most=60, window=timedelta(minutes=10))


@dataclass(frozen=True, slots=True)
class PasswordAttempt:
    """A password that is about to be judged. Only wrong ones stay counted."""

    hits: tuple[Hit | None, ...]

    def was_right(self) -> None:
        """The password was right, so it does not count."""
        give_back(self.hits)


def attempt_sign_in(email: str) -> PasswordAttempt:
    """Count an attempt to sign in, before the password is looked at.

    Every way of signing in with a password has to begin with this. Raises TooManyRequests.
    """
    # The address first: who goes on against a closed account is stopped here without a write.
    from_address = _count_address(SIGN_IN_FROM_ADDRESS)
    return PasswordAttempt((from_address, count(SIGN_IN_OF_ACCOUNT, normal_email(email))))


def open_sign_in(email: str) -> None:
    """Let the owner, who has just chosen a new password, sign in whatever was tried before."""
    forget(SIGN_IN_OF_ACCOUNT, normal_email(email))


def attempt_password_proof(user_id: UUID) -> PasswordAttempt:
    """Count a signed-in person's own password, given as a proof. Raises TooManyRequests."""
    return PasswordAttempt((count(PASSWORD_PROOF, user_id),))


def count_registration(email: str) -> None:
    """Raises TooManyRequests. Nobody can use up the tries of an address's owner elsewhere."""
    _count_address(REGISTRATION_FROM_ADDRESS)
    count(REGISTRATION_OF_ACCOUNT, normal_email(email), caller_network())


def count_activation_mail_request(email: str) -> None:
    """Raises TooManyRequests. Nobody can use up the tries of an address's owner elsewhere."""
    _count_address(ACTIVATION_MAIL_FROM_ADDRESS)
    count(ACTIVATION_MAIL_FOR_ACCOUNT, normal_email(email), caller_network())


def count_reset_request(email: str) -> None:
    """Raises TooManyRequests. Nobody can use up the tries of an address's owner elsewhere."""
    _count_address(RESET_FROM_ADDRESS)
    count(RESET_FOR_ACCOUNT, normal_email(email), caller_network())


def may_mail_reset_link(email: str) -> bool:
    """Whether the address gets another link. If not, its newest one works for a good while."""
    return try_count(RESET_MAILS, normal_email(email)).wait is None


def count_activation(account_id: UUID | None) -> None:
    """Raises TooManyRequests. `account_id` is whom the link is genuinely for, if anybody."""
    if account_id is None:
        _count_address(ACTIVATION_FROM_ADDRESS)
    else:
        count(ACTIVATION_OF_ACCOUNT, account_id)


def count_reset_confirmation(account_id: UUID | None) -> None:
    """Raises TooManyRequests. `account_id` is whom the link is genuinely for, if anybody.

    Who holds a genuine link is stopped by nothing that others do, from the same address or not.
    """
    if account_id is None:
        _count_address(CONFIRMATION_FROM_ADDRESS)
    else:
        count(CONFIRMATION_OF_ACCOUNT, account_id)


def count_refresh(session_id: UUID) -> None:
    """Raises TooManyRequests."""
    _count_address(REFRESH_FROM_ADDRESS)
    count(REFRESH_OF_SESSION, session_id)


def attempt_export(user_id: UUID) -> Hit | None:
    """Count a file with all data, to be given back if none is built. Raises TooManyRequests."""
    return count(EXPORT_OF_ACCOUNT, user_id)


def count_comment(user_id: UUID) -> None:
    """Raises TooManyRequests: comments are mailed to others."""
    count(COMMENTS_OF_ACCOUNT, user_id)


def count_role_request(user_id: UUID) -> None:
    """Raises TooManyRequests: people decide them."""
    count(ROLE_REQUESTS_OF_ACCOUNT, user_id)


def caller_network() -> str:
    """Where the caller is: an IPv4 address, or the /64 that an IPv6 line has to itself.

    Empty where nobody knows, as on a command line.
    """
    address = current_context().ip_address
    if not address:
        return ""
    if ipaddress.ip_address(address).version == 4:  # noqa: PLR2004 - the protocol's name
        return address
    return str(ipaddress.ip_network((address, 64), strict=False))


def _count_address(limit: Limit) -> Hit | None:
    network = caller_network()
    return count(limit, network) if network else None
