"""Small services on accounts that the use cases build on."""

from django.db import IntegrityError, transaction
from django.test import TestCase

from users.exceptions import UserNotFound
from users.models import Profile, User
from users.services.accounts import account_of, lock_user, user_or_nobody
from users.services.mail_tokens import next_reset_generation
from users.tests.factories import make_user
from users.types import AuthProvider


class LockUserTests(TestCase):
    def test_finds_live_accounts_only(self) -> None:
        user, deleted = make_user(), make_user()
        deleted.delete()

        self.assertEqual(lock_user(user.id), user)
        with self.assertRaises(UserNotFound):
            lock_user(deleted.id)

    def test_locks_without_stopping_rows_that_refer_to_the_account(self) -> None:
        user = make_user()

        with self.assertNumQueries(1) as queries:
            lock_user(user.id)

        self.assertIn("FOR NO KEY UPDATE", queries.captured_queries[0]["sql"])


class UserOrNobodyTests(TestCase):
    def test_keeps_what_is_done_for_a_user(self) -> None:
        user = make_user()

        with transaction.atomic(), user_or_nobody(user) as somebody:
            next_reset_generation(somebody)

        user.refresh_from_db()
        self.assertEqual(user.reset_generation, 1)

    def test_undoes_what_is_done_for_nobody_and_nothing_else(self) -> None:
        with transaction.atomic():
            user = make_user()
            with user_or_nobody(None) as nobody:
                next_reset_generation(nobody)
                make_user(username="made for nobody")

        self.assertEqual(list(User.objects.all()), [user])


class AccountTests(TestCase):
    def test_shows_absent_texts_as_none(self) -> None:
        user = make_user()
        Profile.objects.update(bio="", avatar_url="")

        account = account_of(User.objects.select_related("profile").get(pk=user.pk))

        self.assertEqual((account.bio, account.avatar_url), (None, None))

    def test_shows_an_account_that_lost_its_profile(self) -> None:
        user = make_user()
        Profile.objects.all().delete()

        account = account_of(User.objects.get(pk=user.pk))

        self.assertEqual((account.username, account.bio, account.avatar_url), (None, None, None))


class ProviderTests(TestCase):
    def test_one_person_of_a_provider_has_one_account(self) -> None:
        def make(subject: str | None, provider: AuthProvider = AuthProvider.GOOGLE) -> User:
            return make_user(auth_provider=provider, provider_subject=subject)

        make("1234")

        with self.assertRaises(IntegrityError), transaction.atomic():
            make("1234")
        make("5678")
        for _ in range(2):
            make(None, AuthProvider.LOCAL)
