"""Reading one's own account and the list of tags."""

from django.test import TestCase

from read_models.tags import get_tags
from read_models.users.current_user import get_current_user
from users.exceptions import UserNotFound
from users.tests.factories import make_contributor, make_tag
from users.types import OnboardingStep, Role


class CurrentUserTests(TestCase):
    def test_is_read_with_one_query(self) -> None:
        user = make_contributor(username="ana", email="ana@example.org")

        with self.assertNumQueries(1):
            account = get_current_user(user.id)

        self.assertEqual((account.id, account.username), (user.id, "ana"))
        self.assertEqual((account.email, account.bio), ("ana@example.org", "Reads a lot."))
        self.assertEqual(account.onboarding_step, OnboardingStep.COMPLETED)
        self.assertEqual((account.role, account.activated), (Role.CONTRIBUTOR, True))

    def test_is_not_there_after_deletion(self) -> None:
        user = make_contributor()
        user.delete()

        with self.assertRaises(UserNotFound):
            get_current_user(user.id)


class TagsTests(TestCase):
    def test_are_read_by_name_with_one_query_however_many(self) -> None:
        for name in ("C++", "Ada", "C", "C#"):
            make_tag(name)
        make_tag("Gone").delete()

        with self.assertNumQueries(1):
            tags = get_tags()

        self.assertEqual([tag["name"] for tag in tags], ["Ada", "C", "C#", "C++"])
        self.assertEqual(len({tag["slug"] for tag in tags}), 4)
