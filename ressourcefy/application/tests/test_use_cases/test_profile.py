"""Changing one's profile."""

from functools import partial

from django.db import transaction
from django.test import TestCase, TransactionTestCase

from application.dto.commands import UpdateProfileCommand
from application.dto.results import UpdatedProfile
from application.exceptions import NoPublicProfile, ProfileIncomplete
from application.use_cases.update_profile import UpdateProfile
from audit.models import AuditLog
from core.exceptions import InvalidInput
from core.tests.races import at_once
from core.tests.waiting import InThread, wait_until_somebody_waits_for_us
from users.exceptions import UsernameTaken
from users.models import Profile, User
from users.tests.factories import make_contributor, make_user
from users.types import Role

PICTURE = "https://example.org/me.png"


def update(user: User, **changes: str) -> UpdatedProfile:
    return UpdateProfile().execute(UpdateProfileCommand(user=user, **changes))


class UpdateProfileTests(TestCase):
    def test_changes_what_is_named_and_leaves_the_rest(self) -> None:
        user = make_user(username="ana")

        updated = update(user, avatar_url=PICTURE)

        self.assertEqual(
            updated, UpdatedProfile(username="ana", bio="Reads a lot.", avatar_url=PICTURE)
        )

    def test_clears_by_an_empty_text(self) -> None:
        user = make_user()
        update(user, avatar_url=PICTURE)

        self.assertIsNone(update(user, bio="").bio)
        self.assertIsNone(Profile.objects.get().bio or None)

    def test_takes_ones_own_name_in_any_case(self) -> None:
        user = make_user(username="ana")

        self.assertEqual(update(user, username="ANA").username, "ANA")

    def test_refuses_a_name_that_is_taken_or_none(self) -> None:
        user = make_user()
        make_user(username="Taken")

        for name, refusal in (("tAKEN", UsernameTaken), ("ab", InvalidInput), ("", InvalidInput)):
            with self.subTest(name=name), self.assertRaises(refusal), transaction.atomic():
                update(user, username=name)

    def test_keeps_a_biography_or_a_picture_of_users(self) -> None:
        user = make_user()

        with self.assertRaises(ProfileIncomplete):
            update(user, bio="")

        self.assertEqual(Profile.objects.get().bio, "Reads a lot.")

    def test_lets_contributors_be_known_by_their_work(self) -> None:
        self.assertIsNone(update(make_contributor(), bio="").bio)

    def test_refuses_administrators(self) -> None:
        for role in (Role.ADMIN, Role.SUPERADMIN):
            with self.subTest(role=role), self.assertRaises(NoPublicProfile):
                update(make_user(role=role), bio="Rules a lot.")

    def test_audits_the_names_of_fields_that_changed(self) -> None:
        user = make_user(username="ana")

        update(user, username="ana", bio="New.")
        update(user, username="ana", bio="New.")

        self.assertEqual(AuditLog.objects.get().after_state, {"changed": ["bio"]})


class UsernameRaceTests(TransactionTestCase):
    def test_gives_a_name_to_one_of_many(self) -> None:
        users = [make_user() for _ in range(10)]

        results = at_once([partial(update, user, username="Wanted") for user in users])

        kinds = [type(result) for result in results]
        self.assertEqual((kinds.count(UpdatedProfile), kinds.count(UsernameTaken)), (1, 9))

    def test_refuses_two_people_who_swap_their_names_at_the_same_moment(self) -> None:
        ana, ben = make_user(username="ana"), make_user(username="ben")

        with self.assertRaises(UsernameTaken), transaction.atomic():
            update(ana, username="temporary")
            # Ben takes Ana's old name, waits for us, and holds the name that we want next.
            other = InThread(partial(update, ben, username="ana"))
            wait_until_somebody_waits_for_us()
            update(ana, username="ben")
        with self.assertRaises(UsernameTaken):
            other.result()

        names = Profile.objects.order_by("username").values_list("username", "user_id")
        self.assertEqual(list(names), [("ana", ana.id), ("ben", ben.id)])
