"""Examples: signing in, one's own account, onboarding."""

from api.examples.demo import PASSWORD, SESSIONS, TAGS, email
from api.examples.example import Before, Example, mailed_token, refresh_token

_NEW_PASSWORD = "a-new-demo-password"  # noqa: S105 - printed on purpose
_ONCE = "Once in each database; the account is there for this example."

EXAMPLES = {
    "auth_register": Example(
        body={
            "username": "ada",
            "email": "ada@example.com",
            "password": "correct-horse-battery",
            "accepted_terms": True,
        },
        note="Once in each database; then the address is taken.",
    ),
    "auth_activate": Example(
        body={"token": mailed_token("unconfirmed")},
        before=Before(operation="auth_resend_activation", body={"email": email("unconfirmed")}),
        note="The token is in the mail that `resend-activation` sends. Once in each database.",
    ),
    "auth_resend_activation": Example(body={"email": email("impatient")}),
    "auth_login": Example(body={"email": email("reader"), "password": PASSWORD}),
    "auth_logout": Example(note="With or without a token, expired or not."),
    "auth_logout_all": Example(caller="traveller"),
    "auth_refresh": Example(
        body={"refresh_token": refresh_token("reader")},
        note="The token is in the answer to `login`; it is good for one use.",
    ),
    "auth_password_reset": Example(body={"email": email("forgetful")}),
    "auth_password_reset_confirm": Example(
        body={"token": mailed_token("absentminded"), "new_password": _NEW_PASSWORD},
        before=Before(operation="auth_password_reset", body={"email": email("absentminded")}),
        note="The token is in the mail that `password-reset` sends; it is good for one use.",
    ),
    "user_me": Example(caller="reader"),
    "user_profile": Example(caller="reader"),
    "user_profile_update": Example(
        caller="reader",
        body={"bio": "Learns something new on every train ride.", "avatar_url": ""},
    ),
    "user_password": Example(
        caller="careful",
        body={"current_password": PASSWORD, "new_password": _NEW_PASSWORD},
        note=_ONCE,
    ),
    "user_sessions": Example(caller="reader", query={"page": 1, "page_size": 20}),
    "user_session_end": Example(
        caller="reader",
        path={"session_id": SESSIONS["phone"]},
        note="Once in each database; then the session has ended.",
    ),
    "user_notifications": Example(caller="reader"),
    "user_notifications_update": Example(caller="reader", body={"on_comment": False}),
    "user_delete": Example(caller="leaving", body={"password": PASSWORD}, note=_ONCE),
    "user_export": Example(
        caller="archivist",
        before=Before(operation="user_export_request", caller="archivist"),
    ),
    "user_export_request": Example(
        caller="reader", note="Again as soon as the file is built, and a few times a day."
    ),
    "user_export_file": Example(
        path={"token": mailed_token("archivist")},
        before=Before(operation="user_export_request", caller="archivist"),
        note="The token is in the mail that comes when the file is built.",
    ),
    "onboarding_status": Example(caller="newcomer"),
    "onboarding_start": Example(caller="onboarding_1", note=_ONCE),
    "onboarding_profile": Example(
        caller="onboarding_2",
        body={"username": "onboarding_2", "bio": "", "avatar_url": ""},
        note=_ONCE,
    ),
    "onboarding_interests": Example(
        caller="onboarding_3",
        body={"tag_ids": [TAGS["teaching"], TAGS["worksheets"]]},
        note=_ONCE,
    ),
    "onboarding_complete": Example(caller="reader"),
    "health_live": Example(),
    "health_ready": Example(),
}
