"""The mails around the beginning of an account: the link that activates it, and the welcome."""

from datetime import UTC, datetime
from typing import Any

from django.core import mail
from django.test import TestCase, override_settings
from django.utils import timezone

from application.dto.events import EventType
from application.tests.test_event_handlers.test_emails.mails import (
    LINKS,
    emit,
    html_of,
    make_registration,
    token_in,
)
from core.outbox import dispatch_event
from core.tokens import TokenInvalid
from users.models import User
from users.services.mail_tokens import (
    next_activation_generation,
    user_for_activation,
)
from users.tests.factories import make_user
from users.types import AuthProvider


@override_settings(WEB_LINKS=LINKS)
class ActivationMailTests(TestCase):
    def test_brings_a_link_that_activates(self) -> None:
        user, event = make_registration()

        dispatch_event(event)

        [sent] = mail.outbox
        self.assertEqual(sent.to, [user.email])
        self.assertEqual(sent.subject, "Activate your Ressourcefy account")
        self.assertEqual(user_for_activation(token_in(sent)), user)
        link = f"{LINKS['activate']}?token={token_in(sent)}"
        self.assertIn(f"\n{link}\n", sent.body)
        self.assertEqual(html_of(sent).count(f'href="{link}"'), 2)

    def test_names_the_user_and_the_time_of_registration(self) -> None:
        moment = datetime(2026, 5, 4, 21, 30, tzinfo=UTC)
        _, event = make_registration(username="amélie", accepted_terms_at=moment)

        dispatch_event(event)

        [sent] = mail.outbox
        for form in (sent.body, html_of(sent)):
            self.assertIn("“amélie”", form)
            self.assertIn("4 May 2026, 21:30 UTC", form)

    def test_is_written_in_the_users_language(self) -> None:
        moment = datetime(2026, 8, 4, 21, 30, tzinfo=UTC)
        _, event = make_registration(language="fr", accepted_terms_at=moment)

        dispatch_event(event)

        [sent] = mail.outbox
        self.assertEqual(sent.subject, "Activez votre compte Ressourcefy")
        self.assertIn("4 août 2026, 21:30 UTC", sent.body)
        self.assertIn('<html lang="fr">', html_of(sent))
        self.assertIn("Bonjour,", html_of(sent))

    def test_shows_a_user_name_as_it_is_and_escapes_it_in_html(self) -> None:
        _, event = make_registration(username='<img/src="x">&')

        dispatch_event(event)

        [sent] = mail.outbox
        self.assertIn('“<img/src="x">&”', sent.body)
        self.assertIn("“&lt;img/src=&quot;x&quot;&gt;&amp;”", html_of(sent))
        self.assertNotIn("<img", html_of(sent))

    def test_follows_from_a_request_for_another_link(self) -> None:
        user, first = make_registration()
        dispatch_event(first)
        generation = next_activation_generation(user)

        dispatch_event(emit(EventType.USER_ACTIVATION_REQUESTED, user, generation=generation))

        older, newer = (token_in(sent) for sent in mail.outbox)
        self.assertEqual(user_for_activation(newer), user)
        with self.assertRaises(TokenInvalid):
            user_for_activation(older)

    def test_is_the_same_mail_however_often_it_is_sent(self) -> None:
        _, event = make_registration()

        dispatch_event(event)
        dispatch_event(event)

        first, second = mail.outbox
        self.assertEqual((first.body, html_of(first)), (second.body, html_of(second)))
        self.assertEqual(first.extra_headers, second.extra_headers)
        self.assertIn(str(event.id), first.extra_headers["Message-ID"])

    def test_is_not_sent_once_its_reason_has_gone(self) -> None:
        reasons: list[dict[str, Any]] = [
            {"is_activated": True},
            {"is_active": False},
            {"deleted_at": timezone.now()},
            {"auth_provider": AuthProvider.GOOGLE},
            {"activation_generation": 2},
        ]
        for change in reasons:
            with self.subTest(change=list(change)):
                user, event = make_registration()
                User.objects.filter(pk=user.pk).update(**change)

                dispatch_event(event)

                self.assertEqual(mail.outbox, [])

    def test_goes_to_the_stored_address(self) -> None:
        user, event = make_registration()
        User.objects.filter(pk=user.pk).update(email="stored@example.org")

        dispatch_event(event)

        self.assertEqual([sent.to for sent in mail.outbox], [["stored@example.org"]])


@override_settings(WEB_LINKS=LINKS)
class WelcomeMailTests(TestCase):
    def test_greets_an_activated_account(self) -> None:
        user = make_user(username="amélie", language="fr")

        dispatch_event(emit(EventType.USER_ACTIVATED, user))

        [sent] = mail.outbox
        self.assertEqual(sent.subject, "Bienvenue sur Ressourcefy")
        self.assertIn("Votre compte «\u00a0amélie\u00a0» est actif.", sent.body)
        self.assertIn(LINKS["login"], sent.body)

    def test_is_not_sent_once_its_reason_has_gone(self) -> None:
        reasons: list[dict[str, Any]] = [{"is_activated": False}, {"is_active": False}]
        for fields in reasons:
            with self.subTest(fields=fields):
                dispatch_event(emit(EventType.USER_ACTIVATED, make_user(**fields)))

                self.assertEqual(mail.outbox, [])
