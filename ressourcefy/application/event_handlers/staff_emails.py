"""The mail that holds a password which an administrator had made (`docs/mail.md`)."""

from django.contrib.auth.hashers import check_password

from application.dto.events import EventType
from application.services.letters import Letter
from application.services.mailing import live_user, send_letter
from application.services.staff_letters import staff_password_letter
from application.services.web_links import login_link, password_reset_link
from core.outbox import Event, HandlerKind, handles
from core.tokens import Purpose, lifetime
from users.services.mail_tokens import reset_token_for
from users.services.passwords import staff_password


@handles(EventType.USER_PASSWORD_SET_BY_STAFF, HandlerKind.EXTERNAL)
def send_staff_password_email(event: Event) -> None:
    """The password is made again from the event's id; not sent once another one was set."""
    user, password = live_user(event), staff_password(event.id)
    if user is None or not check_password(password, user.password):
        return
    life = lifetime(Purpose.PASSWORD_RESET)
    is_fresh = event.age < life / 2

    def write() -> Letter:
        return staff_password_letter(
            username=user.profile.username,
            password=password,
            changed_at=event.created_at,
            link=password_reset_link(reset_token_for(user, issued_at=event.created_at))
            if is_fresh
            else login_link(),
            expires_at=event.created_at + life if is_fresh else None,
        )

    send_letter(event, user, write)
