"""Who may do what with accounts."""

from django.test import SimpleTestCase

from application.policies.account_policy import (
    can_set_roles,
    has_public_profile,
    needs_introduction,
)
from users.models import User
from users.types import Role


def with_role(role: Role, *, is_active: bool = True) -> User:
    user = User(is_active=is_active)
    user.assign_role(role)
    return user


class AccountPolicyTests(SimpleTestCase):
    def assert_true_for(self, roles: set[Role], policy: object) -> None:
        assert callable(policy)
        self.assertEqual({role for role in Role if policy(with_role(role))}, roles)

    def test_superadmins_set_roles(self) -> None:
        self.assert_true_for({Role.SUPERADMIN}, can_set_roles)
        self.assertFalse(can_set_roles(with_role(Role.SUPERADMIN, is_active=False)))

    def test_administrators_have_no_public_profile(self) -> None:
        self.assert_true_for({Role.USER, Role.CONTRIBUTOR, Role.MODERATOR}, has_public_profile)

    def test_plain_users_need_an_introduction(self) -> None:
        self.assert_true_for({Role.USER}, needs_introduction)
