"""Which sign-ins the owner of an account is warned of."""

from datetime import timedelta

from django.core import mail
from django.test import TestCase, override_settings
from django.utils import timezone

from application.dto.events import EventType
from application.tests.test_use_cases.account_helpers import events_of, sign_in
from core.models import OutboxEvent
from core.outbox import process_outbox
from core.request_context import RequestContext, request_context
from users.models import User, UserSession
from users.tests.factories import make_user

LAPTOP = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
UPDATED = LAPTOP.replace("140", "141")
PHONE = (
    "Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0"
    " Mobile Safari/537.36"
)
LINKS = {"login": "https://app.example.com/auth/login"}


@override_settings(WEB_LINKS=LINKS)
class NewDeviceTests(TestCase):
    def setUp(self) -> None:
        self.user = make_user()

    def sign_in_with(self, user_agent: str) -> None:
        """Sign in, and let follow what follows."""
        context = RequestContext(user_agent=user_agent, ip_address="203.0.113.7")
        with request_context(context):
            sign_in(self.user)
        process_outbox()
        process_outbox()
        self.user = User.objects.get(pk=self.user.pk)

    def warnings(self) -> int:
        return events_of(self.user).count(EventType.USER_SIGNED_IN_ON_NEW_DEVICE)

    def test_the_first_of_all_is_no_news(self) -> None:
        self.sign_in_with(LAPTOP)

        self.assertEqual((self.warnings(), mail.outbox), (0, []))

    def test_each_new_device_is_mailed_once(self) -> None:
        for agent in (LAPTOP, PHONE, PHONE, LAPTOP):
            self.sign_in_with(agent)

        [sent] = mail.outbox
        self.assertIn("Chrome (Android)", sent.body)
        self.assertIn("203.0.113.7", sent.body)

    def test_an_update_of_the_browser_makes_no_new_device(self) -> None:
        self.sign_in_with(LAPTOP)
        self.sign_in_with(UPDATED)

        self.assertEqual(self.warnings(), 0)

    def test_a_device_that_signed_out_is_known_still(self) -> None:
        self.sign_in_with(LAPTOP)
        UserSession.objects.update(revoked_at=timezone.now())

        self.sign_in_with(LAPTOP)

        self.assertEqual(self.warnings(), 0)

    def test_somebody_elses_devices_do_not_count(self) -> None:
        self.sign_in_with(LAPTOP)
        owner, self.user = self.user, make_user()
        self.sign_in_with(PHONE)
        self.user = owner

        self.sign_in_with(PHONE)

        self.assertEqual(self.warnings(), 1)

    def test_whoever_comes_back_after_everything_was_pruned_is_warned(self) -> None:
        self.sign_in_with(LAPTOP)
        UserSession.objects.all().delete()

        self.sign_in_with(LAPTOP)

        self.assertEqual(self.warnings(), 1)

    def test_two_first_sign_ins_before_the_worker_comes_are_told_apart(self) -> None:
        for agent in (LAPTOP, PHONE):
            with request_context(RequestContext(user_agent=agent)):
                sign_in(self.user)

        process_outbox()

        self.assertEqual(self.warnings(), 1)

    def test_a_session_that_is_pruned_already_is_passed_over(self) -> None:
        sign_in(self.user)
        UserSession.objects.all().delete()

        process_outbox()

        self.assertEqual(self.warnings(), 0)

    def test_payloads_hold_ids_only(self) -> None:
        self.sign_in_with(LAPTOP)
        self.sign_in_with(PHONE)

        event = OutboxEvent.objects.get(event_type=EventType.USER_SIGNED_IN_ON_NEW_DEVICE)
        session = UserSession.objects.latest("created_at")
        self.assertEqual(
            event.payload, {"user_id": str(self.user.id), "session_id": str(session.id)}
        )
        self.assertLess(timezone.now() - event.created_at, timedelta(minutes=5))
