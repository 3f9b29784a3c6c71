"""The demo data."""

from io import StringIO

from django.core.management import CommandError, call_command
from django.test import TestCase, override_settings

from api.examples.demo import (
    COMMENTS,
    PAYMENTS,
    PEOPLE,
    RESOURCES,
    ROLE_REQUESTS,
    SESSIONS,
    SUBSCRIPTIONS,
    TAGS,
)
from core.models import OutboxEvent, Tag
from devtools.demo.accounts import DEMO_ACCOUNTS, DEMO_PASSWORD
from devtools.demo.content import DEMO_RESOURCES
from interactions.models import Comment, CommentVote
from monetization.models import Payment, Subscription
from monetization.services.premium import has_premium
from resources.models import Resource, ResourceVersion, ResourceVote
from resources.types import Visibility
from users.models import RoleRequest, User, UserSession
from users.types import OnboardingStep, Role, RoleRequestStatus


def run_seed() -> str:
    output = StringIO()
    with override_settings(DEBUG=True):
        call_command("seed_demo", stdout=output)
    return output.getvalue()


class SeededTests(TestCase):
    """Seeded once for all of them."""

    output: str

    @classmethod
    def setUpTestData(cls) -> None:
        cls.output = run_seed()

    def test_makes_an_account_of_every_role(self) -> None:
        self.assertEqual(set(User.objects.values_list("role", flat=True)), set(Role))
        self.assertTrue(all(user.check_password(DEMO_PASSWORD) for user in User.objects.all()))

    def test_makes_one_who_is_not_onboarded_and_one_with_premium(self) -> None:
        newcomer = User.objects.get(email="newcomer@example.com")
        self.assertEqual(newcomer.onboarding_step, OnboardingStep.NOT_STARTED)
        self.assertEqual(
            {user.email for user in User.objects.all() if has_premium(user)},
            {"subscriber@example.com", "patron@example.com", "sponsor@example.com"},
        )

    def test_publishes_resources_of_every_visibility(self) -> None:
        self.assertEqual(
            set(Resource.objects.values_list("visibility", flat=True)), set(Visibility)
        )
        self.assertTrue(ResourceVersion.objects.filter(version_number=3).exists())
        self.assertTrue(Comment.objects.filter(parent__isnull=False).exists())
        self.assertTrue(ResourceVote.objects.exists() and CommentVote.objects.exists())

    def test_changes_nothing_the_second_time(self) -> None:
        counted = (Resource, ResourceVersion, Comment, ResourceVote, User, OutboxEvent)
        before = [model.objects.count() for model in counted]

        output = run_seed()

        self.assertEqual([model.objects.count() for model in counted], before)
        self.assertIn("0 demo accounts and 0 demo resources added.", output)

    def test_completes_what_is_missing(self) -> None:
        # The only one without a file: those are never removed.
        draft = Resource.objects.get(pk=RESOURCES["rules_draft"])
        draft.tags.clear()
        Resource.all_objects.filter(pk=draft.pk)._raw_delete("default")

        output = run_seed()

        self.assertIn("0 demo accounts and 1 demo resources added.", output)

    def test_leaves_what_was_renamed(self) -> None:
        Resource.all_objects.filter(title=DEMO_RESOURCES[0].title).update(title="Renamed")

        output = run_seed()

        self.assertIn("0 demo accounts and 0 demo resources added.", output)

    def test_has_hidden_comments_and_role_requests_of_every_status_but_approved(self) -> None:
        hidden = Comment.objects.filter(hidden_at__isnull=False)
        self.assertEqual(
            list(hidden.values_list("hidden_by__email", flat=True)), ["moderator@example.com"] * 2
        )
        self.assertEqual(
            set(RoleRequest.objects.values_list("status", flat=True)),
            {RoleRequestStatus.PENDING, RoleRequestStatus.REJECTED},
        )

    def test_has_the_ids_that_examples_name(self) -> None:
        self.assertNotIn("make db-reset", self.output)
        for model, ids in (
            (User, PEOPLE),
            (Resource, RESOURCES),
            (Comment, COMMENTS),
            (Tag, TAGS),
            (RoleRequest, ROLE_REQUESTS),
            (Subscription, SUBSCRIPTIONS),
            (Payment, PAYMENTS),
            (UserSession, SESSIONS),
        ):
            with self.subTest(model=model.__name__):
                rows = model._default_manager.filter(pk__in=ids.values())
                self.assertEqual(rows.count(), len(ids))

    def test_prints_how_to_sign_in(self) -> None:
        for account in DEMO_ACCOUNTS:
            self.assertRegex(self.output, rf"{account.email} +{DEMO_PASSWORD} +{account.role} +")

    def test_prints_no_password_that_was_changed(self) -> None:
        reader = User.objects.get(email="reader@example.com")
        reader.set_password("another good password")
        reader.save()

        output = run_seed()

        self.assertRegex(output, r"reader@example.com +\(changed\) +USER")


class SeedDemoTests(TestCase):
    def test_says_that_an_older_demo_has_other_ids(self) -> None:
        User.objects.create_user("reader@example.com", DEMO_PASSWORD, username="reader")

        self.assertIn("make db-reset", run_seed())

    def test_leaves_a_taken_user_name_to_its_owner(self) -> None:
        owner = User.objects.create_user("somebody@example.org", username="Reader")

        run_seed()

        self.assertEqual(User.objects.get(profile__username__iexact="reader"), owner)
        self.assertTrue(User.objects.filter(email="reader@example.com").exists())

    def test_refuses_to_run_in_production(self) -> None:
        with self.assertRaisesRegex(CommandError, "needs DJANGO_DEBUG=True"):
            call_command("seed_demo")

        self.assertFalse(User.objects.exists())
