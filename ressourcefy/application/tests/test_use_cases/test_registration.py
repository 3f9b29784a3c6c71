"""Registering, registering anew, and activation."""

from datetime import timedelta
from functools import partial

from django.test import TestCase, TransactionTestCase

from application.dto.commands import ActivateUserCommand, ResendActivationCommand
from application.dto.events import EventType
from application.dto.results import ActivatedUser, RegisteredUser
from application.exceptions import (
    ActivationTokenExpired,
    ActivationTokenInvalid,
    InvalidCredentials,
    TermsNotAccepted,
)
from application.services.activation_mails import MAILS_A_DAY
from application.tests.test_use_cases.account_helpers import authenticate, events_of, register
from application.use_cases.auth.activate_user import ActivateUser
from application.use_cases.auth.resend_activation import ResendActivation
from audit.models import AuditLog
from core.exceptions import InvalidInput
from core.models import OutboxEvent
from core.tests.races import at_once
from core.tokens import Purpose, lifetime
from users.exceptions import EmailAlreadyUsed, EmailRefused, UsernameTaken
from users.models import Profile, User
from users.services.mail_tokens import activation_token_for
from users.tests.factories import PASSWORD, make_user
from users.types import AuthProvider, OnboardingStep, Role


def activate(token: str) -> ActivatedUser:
    return ActivateUser().execute(ActivateUserCommand(token=token))


def resend(email: str) -> None:
    ResendActivation().execute(ResendActivationCommand(email=email))


def mail_requests(user: User) -> list[int]:
    """The generations of the activation mails that were asked for."""
    events = OutboxEvent.objects.filter(
        aggregate_id=str(user.id),
        event_type__in=[EventType.USER_REGISTERED, EventType.USER_ACTIVATION_REQUESTED],
    )
    return [event.payload["generation"] for event in events.order_by("seq")]


class RegisterUserTests(TestCase):
    def test_makes_an_account_that_waits_for_its_activation(self) -> None:
        registered = register("Ana@Example.ORG", username="Ana", language="fr")

        user = User.objects.select_related("profile").get()
        self.assertEqual(user.id, registered.user_id)
        self.assertEqual((user.email, user.profile.username), ("ana@example.org", "Ana"))
        self.assertEqual((user.role, user.language), (Role.USER, "fr"))
        self.assertEqual(user.onboarding_step, OnboardingStep.NOT_STARTED)
        self.assertFalse(user.is_activated)
        self.assertIsNotNone(user.accepted_terms_at)
        self.assertTrue(user.check_password(PASSWORD))

    def test_emits_and_audits_in_ids_only(self) -> None:
        registered = register()

        event, entry = OutboxEvent.objects.get(), AuditLog.objects.get()
        self.assertEqual(event.event_type, EventType.USER_REGISTERED)
        self.assertEqual(event.payload, {"user_id": str(registered.user_id), "generation": 0})
        self.assertEqual((entry.action, entry.object_id), ("CREATE", str(registered.user_id)))

    def test_takes_a_password_exactly_as_it_is(self) -> None:
        register(password="  Zwölf Nächte \t")

        user = User.objects.get()
        self.assertTrue(user.check_password("  Zwölf Nächte \t"))
        self.assertFalse(user.check_password("Zwölf Nächte"))

    def test_refuses_what_breaks_a_rule_with_every_field(self) -> None:
        with self.assertRaises(InvalidInput) as refusal:
            register(username="a b", password="password")

        self.assertEqual(set(refusal.exception.details), {"username", "password"})
        self.assertFalse(User.objects.exists())

    def test_refuses_a_password_that_is_the_address_or_the_name(self) -> None:
        for password in ("ANA.MARIA@example.org", "maria-der-ERSTE"):
            with self.subTest(password=password), self.assertRaises(InvalidInput) as refusal:
                register("ana.maria@example.org", username="maria-der-erste", password=password)

            self.assertEqual(set(refusal.exception.details), {"password"})

    def test_refuses_without_the_terms(self) -> None:
        with self.assertRaises(TermsNotAccepted) as refusal:
            register(accepted_terms=False)

        self.assertEqual(set(refusal.exception.details), {"accepted_terms"})

    def test_refuses_a_name_that_somebody_has_in_another_case_and_leaves_no_account(self) -> None:
        make_user(username="Ángel")

        with self.assertRaises(UsernameTaken):
            register(username="áNGEL")

        self.assertFalse(User.objects.filter(email="ana@example.org").exists())

    def test_refuses_the_address_of_an_account_that_is_or_was_in_use(self) -> None:
        for state in (
            {"is_activated": True},
            {"is_activated": False, "is_active": False},
            {"is_activated": False, "auth_provider": AuthProvider.GOOGLE},
        ):
            with self.subTest(state=state):
                user = make_user(**state)

                with self.assertRaises(EmailAlreadyUsed):
                    register(user.email.upper(), username="somebody")

    def test_refuses_the_address_of_a_deleted_account(self) -> None:
        user = make_user(is_activated=False)
        user.delete()

        with self.assertRaises(EmailAlreadyUsed):
            register(user.email)

    def test_knows_one_spelling_of_an_international_domain(self) -> None:
        register("Ana@Bücher.example")

        self.assertEqual(User.objects.get().email, "ana@xn--bcher-kva.example")
        register("ana@BÜCHER.example", username="again")
        self.assertEqual(User.objects.count(), 1)

    def test_refuses_an_address_that_has_no_such_spelling(self) -> None:
        for email in ("ana@" + "ü" * 70 + ".example", "ana@" + "ü.".join("a" * 80) + ".example"):
            with self.subTest(email=email), self.assertRaises(EmailRefused):
                register(email)


class RegisterAnewTests(TestCase):
    def setUp(self) -> None:
        register(username="mallory", password="chosen by mallory", language="fr")
        self.user = User.objects.get()

    def test_replaces_all_that_the_earlier_registration_chose(self) -> None:
        registered = register(username="ana", language="en")

        user = User.objects.select_related("profile").get()
        self.assertEqual(registered.user_id, self.user.id)
        self.assertEqual((user.profile.username, user.language), ("ana", "en"))
        self.assertTrue(user.check_password(PASSWORD))
        self.assertFalse(user.check_password("chosen by mallory"))

    def test_ends_the_links_mailed_before(self) -> None:
        token = activation_token_for(self.user)

        register(username="ana")

        with self.assertRaises(ActivationTokenInvalid):
            activate(token)
        self.assertEqual(mail_requests(self.user), [0, 1])

    def test_keeps_its_own_name_free_for_itself(self) -> None:
        register(username="MALLORY")

        self.assertEqual(Profile.objects.get().username, "MALLORY")

    def test_refuses_a_taken_name_and_changes_nothing(self) -> None:
        make_user(username="taken")

        with self.assertRaises(UsernameTaken):
            register(username="taken")

        user = User.objects.get(pk=self.user.pk)
        self.assertTrue(user.check_password("chosen by mallory"))
        self.assertEqual(user.activation_generation, 0)

    def test_answers_the_same_without_effect_once_the_mails_of_the_day_are_used_up(self) -> None:
        for number in range(MAILS_A_DAY - 1):
            register(username=f"name{number}")
        token = activation_token_for(User.objects.get())

        registered = register(username="onemore", password="not a word of it")

        self.assertEqual(registered.user_id, self.user.id)
        self.assertEqual(len(mail_requests(self.user)), MAILS_A_DAY)
        self.assertFalse(activate(token).was_activated)
        with self.assertRaises(InvalidCredentials):
            authenticate("ana@example.org", "not a word of it")

    def test_works_again_the_next_day(self) -> None:
        for number in range(MAILS_A_DAY):
            register(username=f"name{number}")
        for event in OutboxEvent.objects.all():
            slot = str(event.dedupe_key).split(":")
            event.dedupe_key = ":".join([*slot[:2], "2000-01-01", slot[3]])
            event.save(update_fields=["dedupe_key"])

        register(username="nextday")

        self.assertEqual(Profile.objects.get().username, "nextday")


class ActivateUserTests(TestCase):
    def setUp(self) -> None:
        self.user = make_user(is_activated=False, onboarding_step=OnboardingStep.NOT_STARTED)
        self.token = activation_token_for(self.user)

    def test_activates_once_and_says_so_the_second_time(self) -> None:
        first, second = activate(self.token), activate(self.token)

        self.user.refresh_from_db()
        self.assertTrue(self.user.is_activated)
        self.assertEqual((first.was_activated, second.was_activated), (False, True))
        self.assertEqual(first.onboarding_step, OnboardingStep.NOT_STARTED)
        self.assertEqual(events_of(self.user), [EventType.USER_ACTIVATED])
        self.assertEqual(AuditLog.objects.count(), 1)

    def test_refuses_what_is_no_token(self) -> None:
        for token in ("", "nonsense", self.token[:-1], "\x00", "é" * 5_000):
            with self.subTest(token=token), self.assertRaises(ActivationTokenInvalid):
                activate(token)

    def test_tells_an_old_token_from_a_wrong_one(self) -> None:
        issued_at = self.user.created_at - lifetime(Purpose.ACTIVATION) - timedelta(seconds=5)
        token = activation_token_for(self.user, issued_at=issued_at)

        with self.assertRaises(ActivationTokenExpired):
            activate(token)

        self.assertEqual(events_of(self.user), [])


class ResendActivationTests(TestCase):
    def test_ends_the_links_mailed_before_and_asks_for_a_mail(self) -> None:
        register()
        user = User.objects.get()
        token = activation_token_for(user)

        resend("ANA@example.org")

        self.assertEqual(mail_requests(user), [0, 1])
        with self.assertRaises(ActivationTokenInvalid):
            activate(token)

    def test_asks_for_no_more_than_a_few_mails_a_day_and_leaves_the_last_link_good(self) -> None:
        register()

        for _ in range(MAILS_A_DAY + 2):
            resend("ana@example.org")

        user = User.objects.get()
        self.assertEqual(len(mail_requests(user)), MAILS_A_DAY)
        self.assertFalse(activate(activation_token_for(user)).was_activated)
        self.assertEqual(user.activation_generation, MAILS_A_DAY - 1)

    def test_leaves_no_trace_where_no_mail_is_due(self) -> None:
        for account in (
            make_user(),
            make_user(is_activated=False, is_active=False),
            make_user(is_activated=False, auth_provider=AuthProvider.GOOGLE),
        ):
            resend(account.email)
        resend("nobody@example.org")

        self.assertFalse(OutboxEvent.objects.exists())
        self.assertFalse(AuditLog.objects.exists())


class RegistrationRaceTests(TransactionTestCase):
    def test_makes_one_account_of_fifty_registrations_of_one_address(self) -> None:
        results = at_once(
            [partial(register, "Ana@example.org", username=f"ana{n}") for n in range(50)]
        )

        user = User.objects.get()
        self.assertEqual({type(result) for result in results}, {RegisteredUser})
        self.assertEqual(Profile.objects.get().user_id, user.id)
        self.assertEqual(len(mail_requests(user)), MAILS_A_DAY)

    def test_makes_one_account_of_fifty_registrations_of_one_name(self) -> None:
        results = at_once(
            [
                partial(register, f"ana{n}@example.org", username="ANA" if n % 2 else "ana")
                for n in range(50)
            ]
        )

        kinds = [type(result) for result in results]
        self.assertEqual(kinds.count(RegisteredUser), 1)
        self.assertEqual(kinds.count(UsernameTaken), 49)
        self.assertEqual(User.all_objects.count(), 1)
        self.assertEqual(Profile.objects.count(), 1)
        self.assertEqual(OutboxEvent.objects.count(), 1)

    def test_activates_once_for_twenty_uses_of_a_token(self) -> None:
        user = make_user(is_activated=False)
        token = activation_token_for(user)

        results = at_once([partial(activate, token) for _ in range(20)])

        self.assertEqual(
            sorted(result.was_activated for result in results if isinstance(result, ActivatedUser)),
            [False] + [True] * 19,
        )
        self.assertEqual(events_of(user), [EventType.USER_ACTIVATED])
