"""Acting in somebody else's name: what it reaches and cannot, what it leaves, when it ends.

`REACHED` is the whole of what it reaches; every other operation of the schema has to refuse, those
of tomorrow included.
"""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import jwt
from django.test import TransactionTestCase
from django.urls import resolve
from django.utils import timezone

from api.tests.authorisation import TABLE, Kind, Outcome, Who
from api.tests.authorisation_case import AuthorisationCase, operations, undone_afterwards
from api.tests.base import ApiTestCase, access_token
from api.tests.test_forged_tokens import key
from application.dto.commands import (
    ImpersonateUserCommand,
    SetRoleCommand,
    SignOutEverywhereCommand,
    UpdateUserCommand,
)
from application.dto.results import AuthenticatedUser
from application.use_cases.auth.sign_out_everywhere import SignOutEverywhere
from application.use_cases.impersonate_user import ImpersonateUser
from application.use_cases.set_role import SetRole
from application.use_cases.update_user import UpdateUser
from audit.models import AuditLog
from core.exceptions import AccessDenied
from core.tests.races import at_once
from interactions.models import Comment
from resources.tests.factories import make_resource
from users.models import User, UserSession
from users.tests.factories import make_contributor, make_user
from users.types import OnboardingStep, Role

#: The product as the person sees it.
REACHED = {
    "author",
    "comment_create",
    "comment_delete",
    "comment_hide",
    "comment_restore",
    "comment_update",
    "comment_vote",
    "comments_hidden",
    "feed",
    "onboarding_complete",
    "onboarding_interests",
    "onboarding_profile",
    "onboarding_start",
    "onboarding_status",
    "resource_access",
    "resource_comments",
    "resource_complete",
    "resource_create",
    "resource_delete",
    "resource_detail",
    "resource_progress",
    "resource_update",
    "resource_users_progress",
    "resource_version_create",
    "resource_vote",
    "user_me",
    "user_profile",
    "user_profile_update",
    "user_progress",
    "user_resources",
}


def ignores_tokens(path: str) -> bool:
    """Whether the view of a documented address looks at no Authorization header."""
    zero = "00000000-0000-7000-8000-000000000000"
    view = resolve("/".join(zero if "{" in part else part for part in path.split("/"))).func
    return not view.view_class.authentication_classes  # type: ignore[attr-defined]


class ReachTests(AuthorisationCase):
    """Every operation of the schema, in the name of a user."""

    def setUp(self) -> None:
        super().setUp()
        self.user = self.people[Who.USER]
        self.sign_in(self.people[Who.SUPERADMIN])
        answer = self.client.post(f"/api/admin/users/{self.user.id}/impersonate/")
        self.token = answer.json()["data"]["access_token"]
        self.client.credentials(HTTP_AUTHORIZATION=f"Bearer {self.token}")

    def test_refuses_every_operation_but_those_of_the_product(self) -> None:
        refused, looked_at = (
            set(),
            {name: at for name, at in operations().items() if not ignores_tokens(at[1])},
        )
        zero = "00000000-0000-7000-8000-000000000000"
        for name, (method, template) in looked_at.items():
            path = "/".join(zero if "{" in part else part for part in template.split("/"))
            with undone_afterwards():
                response = self.client.generic(method.upper(), path)

            if response.status_code == 403 and "somebody else's name" in response.content.decode():
                self.assertEqual(response.json()["error"]["code"], "access_denied", name)
                refused.add(name)
        self.assertLessEqual(REACHED, looked_at.keys())
        self.assertEqual(refused, looked_at.keys() - REACHED)
        for part in ("billing_", "admin_", "user_password", "user_session", "auth_logout_all"):
            self.assertTrue(any(name.startswith(part) for name in refused), part)

    def test_is_what_the_person_may_where_it_reaches(self) -> None:
        for row in TABLE:
            if row.operation in REACHED:
                with self.subTest(row.operation), undone_afterwards():
                    response = self.send(row)

                    expected = row.outcome(Who.USER, Kind.PUBLIC)
                    self.assert_outcome(response, row, expected, row.operation)

    def test_is_a_good_token_elsewhere_in_no_way(self) -> None:
        """Without its claim it is nobody's: the session knows whose it is."""
        outcomes = []
        claims = jwt.decode(self.token, options={"verify_signature": False})
        for changed in (
            {name: value for name, value in claims.items() if name != "act"},
            claims | {"act": {"sub": str(self.user.id)}},
            claims | {"act": {"sub": "nobody"}},
            claims | {"act": "nobody"},
            claims | {"act": {}},
        ):
            token = jwt.encode(changed, key(), algorithm="HS256")
            self.client.credentials(HTTP_AUTHORIZATION=f"Bearer {token}")
            outcomes.append(self.client.get("/api/user/me/").status_code)

        self.assertEqual(outcomes, [Outcome.SIGN_IN.value[0]] * 5)


class ImpersonationTests(ApiTestCase):
    def setUp(self) -> None:
        self.superadmin = make_user(role=Role.SUPERADMIN)
        self.user = make_contributor()
        self.sign_in(self.superadmin)

    def begin(self, user: User | None = None) -> Any:
        return self.client.post(f"/api/admin/users/{(user or self.user).id}/impersonate/")

    def act(self) -> dict[str, Any]:
        """Begin, and send the token from now on."""
        data: dict[str, Any] = self.begin().json()["data"]
        self.client.credentials(HTTP_AUTHORIZATION=f"Bearer {data['access_token']}")
        return data

    def test_answers_tokens_that_name_both_and_sets_no_cookie(self) -> None:
        response = self.begin()

        data = response.json()["data"]
        self.assertEqual(response.status_code, 200)
        self.assertEqual(response.cookies, {})
        self.assertEqual(data["user"]["id"], str(self.user.id))
        for name in ("access_token", "refresh_token"):
            claims = jwt.decode(data[name], options={"verify_signature": False})
            self.assertEqual(claims["sub"], str(self.user.id))
            self.assertEqual(claims["act"], {"sub": str(self.superadmin.id)})

    def test_an_ordinary_token_names_one(self) -> None:
        claims = jwt.decode(access_token(self.user), options={"verify_signature": False})

        self.assertNotIn("act", claims)

    def test_is_recorded_on_both_accounts(self) -> None:
        self.begin()

        session = UserSession.objects.get(user=self.user)
        self.assertEqual(session.impersonator, self.superadmin)
        entries = {entry.object_id: entry for entry in AuditLog.objects.all()}
        self.assertEqual(entries.keys(), {str(self.user.id), str(self.superadmin.id)})
        self.assertEqual({entry.actor for entry in entries.values()}, {self.superadmin})
        for entry, other in (
            (entries[str(self.user.id)], {"impersonated_by": str(self.superadmin.id)}),
            (entries[str(self.superadmin.id)], {"impersonates": str(self.user.id)}),
        ):
            self.assertEqual(entry.after_state, {"session_id": str(session.id), **other})

    def test_what_is_done_names_the_administrator(self) -> None:
        resource = make_resource()
        self.act()

        said = self.client.post(
            "/api/comments/", {"resource_id": str(resource.id), "content": "Indeed."}
        )

        self.assertEqual(Comment.objects.get().author, self.user)
        entry = AuditLog.objects.get(object_id=said.json()["data"]["comment_id"])
        self.assertEqual((entry.actor, entry.impersonator), (self.user, self.superadmin))

    def test_what_people_do_themselves_names_nobody_else(self) -> None:
        resource = make_resource()
        self.act()
        self.sign_in(self.user)

        self.client.post("/api/comments/", {"resource_id": str(resource.id), "content": "Mine."})

        self.assertFalse(AuditLog.objects.filter(impersonator__isnull=False).exists())

    def test_is_for_superadmins_only(self) -> None:
        for role in set(Role) - {Role.SUPERADMIN}:
            with self.subTest(role):
                self.sign_in(make_user(role=role))

                self.assert_error(self.begin(), 403, "access_denied")

    def test_is_refused_for_superadmins_and_the_shut_out_and_unknown_for_the_deleted(self) -> None:
        deleted = make_user()
        deleted.delete()
        for user, status, code in (
            (make_user(role=Role.SUPERADMIN), 400, "invalid_action"),
            (self.superadmin, 400, "invalid_action"),
            (make_user(is_active=False), 400, "invalid_action"),
            (deleted, 404, "user_not_found"),
            (User(), 404, "user_not_found"),
        ):
            self.assert_error(self.begin(user), status, code)
        self.assertFalse(UserSession.objects.filter(impersonator__isnull=False).exists())

    def test_cannot_be_begun_in_somebody_elses_name(self) -> None:
        self.user = make_user(role=Role.ADMIN)
        self.act()

        self.assert_error(self.begin(make_user()), 403, "access_denied")

    def test_ends_with_whatever_ends_the_administrators_rights(self) -> None:
        second = make_user(role=Role.SUPERADMIN)
        for end in (self.demote, self.shut_out, self.delete, self.sign_out_everywhere):
            with self.subTest(end.__name__), undone_afterwards():
                self.sign_in(self.superadmin)
                data = self.act()
                self.assertEqual(self.client.get("/api/user/me/").status_code, 200)

                end(second)

                self.assert_error(self.client.get("/api/user/me/"), 401, "unauthorized")
                renewed = self.client.post("/api/auth/refresh/", {"refresh": data["refresh_token"]})
                self.assert_error(renewed, 401, "unauthorized")

    def demote(self, second: User) -> None:
        SetRole().execute(SetRoleCommand(user=second, user_id=self.superadmin.id, role="ADMIN"))

    def shut_out(self, second: User) -> None:
        UpdateUser().execute(
            UpdateUserCommand(user=second, user_id=self.superadmin.id, is_active=False)
        )

    def delete(self, _second: User) -> None:
        User.objects.filter(pk=self.superadmin.pk).delete()

    def sign_out_everywhere(self, _second: User) -> None:
        SignOutEverywhere().execute(SignOutEverywhereCommand(user=self.superadmin))

    def test_ends_with_the_persons_own_sessions(self) -> None:
        self.act()

        SignOutEverywhere().execute(SignOutEverywhereCommand(user=self.user))

        self.assert_error(self.client.get("/api/user/me/"), 401, "unauthorized")

    def test_lasts_an_hour_however_often_it_is_refreshed(self) -> None:
        data = self.act()
        session = UserSession.objects.get(user=self.user)
        self.assertLessEqual(session.expires_at, timezone.now() + timedelta(minutes=60))

        renewed = self.client.post("/api/auth/refresh/", {"refresh": data["refresh_token"]})

        self.assertEqual(renewed.status_code, 200)
        self.assertEqual(renewed.cookies, {})
        token = renewed.json()["data"]["access_token"]
        claims = jwt.decode(token, options={"verify_signature": False})
        self.assertEqual(claims["act"], {"sub": str(self.superadmin.id)})
        entry = AuditLog.objects.get(object_id=str(session.id))
        self.assertEqual(entry.impersonator, self.superadmin)
        UserSession.objects.filter(pk=session.pk).update(expires_at=timezone.now())
        self.client.credentials(HTTP_AUTHORIZATION=f"Bearer {token}")
        self.assert_error(self.client.get("/api/user/me/"), 401, "unauthorized")

    def test_can_be_left_by_signing_out(self) -> None:
        data = self.act()

        self.client.post("/api/auth/logout/", {"access_token": data["access_token"]})

        self.assert_error(self.client.get("/api/user/me/"), 401, "unauthorized")
        entry = AuditLog.objects.get(object_id=str(UserSession.objects.get(user=self.user).id))
        self.assertEqual(entry.impersonator, self.superadmin)
        self.sign_in(self.superadmin)
        self.assertEqual(self.client.get("/api/user/me/").status_code, 200)

    def test_is_no_session_of_the_persons_own(self) -> None:
        self.begin()
        self.sign_in(self.user)

        listed = self.client.get("/api/user/sessions/").json()["data"]

        self.assertEqual([session["current"] for session in listed], [True])

    def test_shows_the_state_of_the_account_as_it_is(self) -> None:
        newcomer = make_user(onboarding_step=OnboardingStep.NOT_STARTED)
        data = self.begin(newcomer).json()["data"]
        self.client.credentials(HTTP_AUTHORIZATION=f"Bearer {data['access_token']}")

        self.assertEqual(data["user"]["onboarding_step"], "not_started")
        self.assert_error(self.client.get("/api/user/resources/"), 403, "onboarding_incomplete")


class ImpersonationRaceTests(TransactionTestCase):
    def test_two_who_demote_each_other_and_act_in_a_name_leave_no_session_of_the_demoted(
        self,
    ) -> None:
        ana, ben = (make_user(role=Role.SUPERADMIN) for _ in range(2))
        user = make_user()

        def impersonate(actor: User) -> AuthenticatedUser:
            return ImpersonateUser().execute(ImpersonateUserCommand(user=actor, user_id=user.id))

        def demote(actor: User, other: User) -> object:
            return SetRole().execute(SetRoleCommand(user=actor, user_id=other.id, role="USER"))

        calls: list[Callable[[], object]] = [
            partial(demote, ana, ben),
            partial(demote, ben, ana),
            partial(impersonate, ana),
            partial(impersonate, ben),
        ]
        results = at_once(calls)

        self.assertEqual(User.objects.filter(role=Role.SUPERADMIN).count(), 1)
        self.assertEqual(sum(isinstance(r, AccessDenied) for r in results[:2]), 1, results)
        demoted = User.objects.get(pk__in=[ana.pk, ben.pk], role=Role.USER)
        for session in UserSession.objects.filter(impersonator=demoted):
            self.assertNotEqual(session.impersonator_version, demoted.token_version)
