"""How often signing in, registering, refreshing and mailed links may be tried.

These run with the limits as they are in production; all other tests with wider ones.
"""

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from functools import partial

from django.test import TestCase, TransactionTestCase, override_settings

from application.dto.commands import (
    ActivateUserCommand,
    ChangePasswordCommand,
    ConfirmPasswordResetCommand,
    RequestPasswordResetCommand,
    ResendActivationCommand,
)
from application.dto.events import EventType
from application.exceptions import (
    ActivationTokenInvalid,
    InvalidCredentials,
    ResetTokenInvalid,
    WrongPassword,
)
from application.tests.test_use_cases.account_helpers import (
    authenticate,
    events_of,
    is_good,
    refresh,
    register,
    sign_in,
)
from application.use_cases.auth.activate_user import ActivateUser
from application.use_cases.auth.change_password import ChangePassword
from application.use_cases.auth.confirm_password_reset import ConfirmPasswordReset
from application.use_cases.auth.request_password_reset import RequestPasswordReset
from application.use_cases.auth.resend_activation import ResendActivation
from core.exceptions import DomainError, TooManyRequests
from core.models import RateCounter
from core.request_context import RequestContext, request_context
from core.tests.limit_helpers import let_time_pass
from core.tests.races import at_once
from users.exceptions import EmailAlreadyUsed
from users.models import User
from users.services.mail_tokens import activation_token_for, reset_token_for
from users.tests.factories import PASSWORD, make_user

HERE = "203.0.113.7"
WRONG = "a wrong password"
NEW_PASSWORD = "a newer and better one"


def coming_from[R](address: str, call: Callable[[], R]) -> R:
    """Make the call as a request from that address would."""
    with request_context(RequestContext(ip_address=address)):
        return call()


def outcomes(calls: list[Callable[[], object]]) -> Counter[str]:
    """How often the calls, one after the other, ended how: the name of the error, or "done"."""

    def outcome(call: Callable[[], object]) -> str:
        try:
            call()
        except DomainError as error:
            return type(error).__name__
        return "done"

    return Counter(outcome(call) for call in calls)


def request_reset(email: str) -> None:
    RequestPasswordReset().execute(RequestPasswordResetCommand(email=email))


def confirm_reset(token: str, password: str = NEW_PASSWORD) -> None:
    ConfirmPasswordReset().execute(ConfirmPasswordResetCommand(token=token, new_password=password))


def activate(token: str) -> None:
    ActivateUser().execute(ActivateUserCommand(token=token))


def guess(email: str, *, times: int, address: str = HERE) -> Counter[str]:
    """Try wrong passwords from an address."""
    return outcomes([partial(coming_from, address, partial(authenticate, email, WRONG))] * times)


@override_settings(RATE_LIMIT_FACTOR=1)
class SignInLimitTests(TestCase):
    def test_judges_five_wrong_passwords_of_an_account(self) -> None:
        user = make_user()

        self.assertEqual(
            guess(user.email, times=8), Counter(InvalidCredentials=5, TooManyRequests=3)
        )
        with self.assertRaises(TooManyRequests) as refusal:
            sign_in(user)
        self.assertTrue(290 < (refusal.exception.retry_after or 0) <= 300)
        let_time_pass(timedelta(minutes=5))
        self.assertTrue(is_good(sign_in(user).session))

    def test_counts_one_account_however_its_address_is_written(self) -> None:
        user = make_user(email="ana@example.org")
        spellings = ["ANA@example.org", " ana@example.org", "Ana@Example.Org"]

        tries = outcomes([partial(authenticate, email, WRONG) for email in spellings * 2])

        self.assertEqual(tries, Counter(InvalidCredentials=5, TooManyRequests=1))
        self.assertEqual(guess(user.email, times=1), Counter(TooManyRequests=1))

    def test_counts_an_address_that_nobody_has_like_any_other(self) -> None:
        self.assertEqual(
            guess("nobody@example.org", times=7), Counter(InvalidCredentials=5, TooManyRequests=2)
        )

    def test_is_not_fooled_by_coming_from_elsewhere(self) -> None:
        user = make_user()

        tries = Counter[str]()
        for number in range(20):
            tries += guess(user.email, times=1, address=f"198.51.100.{number}")

        self.assertEqual(tries, Counter(InvalidCredentials=5, TooManyRequests=15))

    def test_judges_fifty_wrong_passwords_from_an_address(self) -> None:
        tries = Counter[str]()
        for number in range(100):
            tries += guess(f"somebody{number}@example.org", times=1)

        self.assertEqual(tries, Counter(InvalidCredentials=50, TooManyRequests=50))
        self.assertEqual(
            guess("anybody@example.org", times=1, address="198.51.100.1"),
            Counter(InvalidCredentials=1),
        )

    def test_leaves_no_row_for_an_account_that_a_closed_address_names(self) -> None:
        for number in range(10):
            guess(f"somebody{number}@example.org", times=5)
        rows = RateCounter.objects.count()

        guess("another@example.org", times=5)

        self.assertEqual(RateCounter.objects.count(), rows)

    def test_does_not_count_right_passwords(self) -> None:
        user, waiting = make_user(), make_user(is_activated=False)
        guess(user.email, times=4)

        done = outcomes([partial(coming_from, HERE, partial(sign_in, user))] * 12)
        told = outcomes([partial(coming_from, HERE, partial(sign_in, waiting))] * 12)

        self.assertEqual((done, told), (Counter(done=12), Counter(AccountNotActivated=12)))
        self.assertEqual(
            guess(user.email, times=2), Counter(InvalidCredentials=1, TooManyRequests=1)
        )

    def test_takes_a_whole_ipv6_line_for_one_address(self) -> None:
        for number in range(50):
            address = f"2001:db8:0:7::{number:x}"
            guess(f"somebody{number}@example.org", times=1, address=address)

        same = guess("another@example.org", times=1, address="2001:db8:0:7:ffff::1")
        other = guess("another@example.org", times=1, address="2001:db8:0:8::1")

        self.assertEqual((same, other), (Counter(TooManyRequests=1), Counter(InvalidCredentials=1)))

    def test_guards_the_password_that_proves_who_is_signed_in(self) -> None:
        user = make_user()
        session = sign_in(user).session

        def change(password: str) -> None:
            ChangePassword().execute(
                ChangePasswordCommand(
                    user=user,
                    session_id=session.session_id,
                    current_password=password,
                    new_password=NEW_PASSWORD,
                )
            )

        guesses = outcomes([partial(change, WRONG)] * 6)

        self.assertEqual(guesses, Counter({WrongPassword.__name__: 5, "TooManyRequests": 1}))
        with self.assertRaises(TooManyRequests):
            change(PASSWORD)


@override_settings(RATE_LIMIT_FACTOR=1)
class SignInLimitRaceTests(TransactionTestCase):
    def test_judges_five_of_fifty_wrong_passwords_at_once(self) -> None:
        user = make_user()

        results = at_once([partial(authenticate, user.email, WRONG) for _ in range(50)])

        kinds = Counter(type(result) for result in results)
        self.assertEqual(kinds, Counter({InvalidCredentials: 5, TooManyRequests: 45}))


@override_settings(RATE_LIMIT_FACTOR=1)
class OwnerTests(TestCase):
    """Whatever strangers do, the owner gets back in."""

    def test_resets_and_signs_in_while_strangers_guess(self) -> None:
        user = make_user()
        for number in range(6):
            guess(user.email, times=1, address=f"198.51.100.{number}")

        coming_from(HERE, lambda: request_reset(user.email))
        user.refresh_from_db()
        coming_from(HERE, lambda: confirm_reset(reset_token_for(user)))

        self.assertTrue(is_good(sign_in(user, NEW_PASSWORD).session))

    def test_has_a_link_that_works_while_strangers_ask_for_links(self) -> None:
        user = make_user()
        asks = [
            partial(coming_from, f"198.51.{number}.1", partial(request_reset, user.email))
            for number in range(100)
        ]
        self.assertEqual(outcomes(list(asks)), Counter(done=100))
        mails = events_of(user).count(EventType.USER_PASSWORD_RESET_REQUESTED)
        user.refresh_from_db()
        newest = reset_token_for(user)

        coming_from(HERE, lambda: request_reset(user.email))

        self.assertEqual(mails, 3)
        confirm_reset(newest)
        self.assertTrue(is_good(sign_in(user, NEW_PASSWORD).session))

    def test_gets_a_new_link_once_the_newest_is_half_an_hour_old(self) -> None:
        user = make_user()
        outcomes([partial(request_reset, user.email)] * 5)
        let_time_pass(timedelta(minutes=30))

        request_reset(user.email)

        mails = events_of(user).count(EventType.USER_PASSWORD_RESET_REQUESTED)
        self.assertEqual(mails, 4)

    def test_confirms_from_an_address_that_tries_forged_links(self) -> None:
        user = make_user()

        forged = outcomes([partial(coming_from, HERE, partial(confirm_reset, "forged"))] * 62)

        self.assertEqual(forged, Counter({ResetTokenInvalid.__name__: 60, "TooManyRequests": 2}))
        coming_from(HERE, lambda: confirm_reset(reset_token_for(user)))

    def test_activates_from_an_address_that_tries_forged_links(self) -> None:
        user = make_user(is_activated=False)

        forged = outcomes([partial(coming_from, HERE, partial(activate, "forged"))] * 62)

        self.assertEqual(
            forged, Counter({ActivationTokenInvalid.__name__: 60, "TooManyRequests": 2})
        )
        coming_from(HERE, lambda: activate(activation_token_for(user)))
        self.assertTrue(User.objects.get().is_activated)


@override_settings(RATE_LIMIT_FACTOR=1)
class OtherLimitTests(TestCase):
    def test_stops_whoever_asks_for_mails_over_and_over(self) -> None:
        def resend(email: str) -> None:
            ResendActivation().execute(ResendActivationCommand(email=email))

        known, unknown = make_user(is_activated=False).email, "nobody@example.org"
        for ask in (request_reset, resend):
            for email in (known, unknown):
                with self.subTest(ask=ask.__name__, email=email):
                    asks = outcomes([partial(coming_from, HERE, partial(ask, email))] * 7)

                    self.assertEqual(asks, Counter(done=5, TooManyRequests=2))
                    self.assertEqual(outcomes([partial(ask, email)]), Counter(done=1))

    def test_stops_an_address_that_asks_for_everybodys_mails(self) -> None:
        asks = [
            partial(coming_from, HERE, partial(request_reset, f"somebody{number}@example.org"))
            for number in range(62)
        ]

        self.assertEqual(outcomes(list(asks)), Counter(done=60, TooManyRequests=2))

    def test_does_not_tell_a_whole_list_which_addresses_are_used(self) -> None:
        users = [make_user() for _ in range(62)]

        told = outcomes(
            [
                partial(coming_from, HERE, partial(register, user.email, username=f"ana{number}"))
                for number, user in enumerate(users)
            ]
        )

        self.assertEqual(told, Counter({EmailAlreadyUsed.__name__: 60, "TooManyRequests": 2}))

    def test_stops_whoever_registers_an_address_over_and_over(self) -> None:
        tries = outcomes([partial(coming_from, HERE, register)] * 6)

        self.assertEqual(tries, Counter(done=5, TooManyRequests=1))
        self.assertEqual(outcomes([register]), Counter(done=1))

    def test_stops_a_link_that_is_used_over_and_over(self) -> None:
        user = make_user(is_activated=False)
        token = activation_token_for(user)

        uses = outcomes([partial(activate, token)] * 21)

        self.assertEqual(uses, Counter(done=20, TooManyRequests=1))

    def test_stops_a_session_that_is_refreshed_over_and_over(self) -> None:
        session = sign_in(make_user()).session
        for _ in range(30):
            session = refresh(session)

        with self.assertRaises(TooManyRequests):
            refresh(session)
        self.assertTrue(is_good(session))
        let_time_pass(timedelta(minutes=5))
        self.assertTrue(is_good(refresh(session)))


@override_settings(RATE_LIMIT_FACTOR=1)
class RollbackTests(TransactionTestCase):
    def test_attempts_stay_counted_when_what_they_tried_is_rolled_back(self) -> None:
        user = make_user(is_activated=False)
        token = activation_token_for(user)
        User.objects.update(activation_generation=1)

        uses = outcomes([partial(activate, token)] * 21)

        self.assertEqual(uses, Counter(ActivationTokenInvalid=20, TooManyRequests=1))
