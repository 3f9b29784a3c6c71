"""An account through any sequence of what can happen to it."""

from django.db import transaction
from django.test import TestCase
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from application.dto.commands import (
    ActivateUserCommand,
    ConfirmPasswordResetCommand,
    RequestPasswordResetCommand,
    ResendActivationCommand,
    SignOutEverywhereCommand,
)
from application.dto.results import SessionPass
from application.exceptions import ActivationTokenInvalid, InvalidCredentials, ResetTokenInvalid
from application.services.activation_mails import MAILS_A_DAY
from application.tests.test_use_cases.account_helpers import (
    authenticate,
    events_of,
    is_good,
    register,
)
from application.use_cases.auth.activate_user import ActivateUser
from application.use_cases.auth.confirm_password_reset import ConfirmPasswordReset
from application.use_cases.auth.request_password_reset import RequestPasswordReset
from application.use_cases.auth.resend_activation import ResendActivation
from application.use_cases.auth.sign_out_everywhere import SignOutEverywhere
from core.models import OutboxEvent
from users.exceptions import AccountNotActivated, EmailAlreadyUsed
from users.models import Profile, User
from users.services.mail_tokens import activation_token_for, reset_token_for

EMAIL = "ana@example.org"
PASSWORDS = st.sampled_from(["first password", "second password", "third password"])


class AccountMachine(RuleBasedStateMachine):
    """A model of four facts: the password, whether it is active, which links and sessions work."""

    def __init__(self) -> None:
        super().__init__()
        # Each sequence of calls begins with an empty database.
        self.example = transaction.atomic()
        self.example.__enter__()

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.example.__exit__(None, None, None)

    @initialize(password=PASSWORDS)
    def begin(self, password: str) -> None:
        register(EMAIL, password=password)
        self.password, self.activated = password, False
        self.mails = 1
        self.sessions: list[SessionPass] = []
        self.good_sessions: list[SessionPass] = []
        self.dead_activations: list[str] = []
        self.dead_resets: list[str] = []

    @property
    def user(self) -> User:
        return User.objects.get(email=EMAIL)

    @rule(password=PASSWORDS)
    def register_again(self, password: str) -> None:
        link, reset = activation_token_for(self.user), reset_token_for(self.user)
        try:
            register(EMAIL, password=password)
        except EmailAlreadyUsed:
            assert self.activated
            return
        assert not self.activated
        if self.mails < MAILS_A_DAY:
            self.mails += 1
            self.password = password
            self.dead_activations.append(link)
            self.dead_resets.append(reset)

    @rule()
    def resend(self) -> None:
        link = activation_token_for(self.user)
        ResendActivation().execute(ResendActivationCommand(email=EMAIL))
        if not self.activated and self.mails < MAILS_A_DAY:
            self.mails += 1
            self.dead_activations.append(link)

    @rule()
    def activate(self) -> None:
        token = activation_token_for(self.user)
        activated = ActivateUser().execute(ActivateUserCommand(token=token))
        assert activated.was_activated == self.activated
        self.activated = True

    @rule(password=PASSWORDS)
    def sign_in(self, password: str) -> None:
        try:
            session = authenticate(EMAIL, password).session
        except InvalidCredentials:
            assert password != self.password
        except AccountNotActivated:
            assert password == self.password
            assert not self.activated
        else:
            assert password == self.password
            assert self.activated
            self.sessions.append(session)
            self.good_sessions.append(session)

    @rule()
    def ask_for_a_reset(self) -> None:
        self.dead_resets.append(reset_token_for(self.user))
        RequestPasswordReset().execute(RequestPasswordResetCommand(email=EMAIL))

    @rule(password=PASSWORDS)
    def reset(self, password: str) -> None:
        token = reset_token_for(self.user)
        ConfirmPasswordReset().execute(
            ConfirmPasswordResetCommand(token=token, new_password=password)
        )
        self.dead_resets.append(token)
        self.password, self.good_sessions = password, []

    @rule()
    def sign_out_everywhere(self) -> None:
        self.dead_resets.append(reset_token_for(self.user))
        SignOutEverywhere().execute(SignOutEverywhereCommand(user=self.user))
        self.good_sessions = []

    @precondition(lambda self: self.dead_activations)
    @rule(data=st.data())
    def use_a_dead_activation_link(self, data: st.DataObject) -> None:
        token = data.draw(st.sampled_from(self.dead_activations))
        try:
            ActivateUser().execute(ActivateUserCommand(token=token))
        except ActivationTokenInvalid:
            return
        raise AssertionError("A replaced activation link worked.")

    @precondition(lambda self: self.dead_resets)
    @rule(data=st.data(), password=PASSWORDS)
    def use_a_dead_reset_link(self, data: st.DataObject, password: str) -> None:
        token = data.draw(st.sampled_from(self.dead_resets))
        try:
            ConfirmPasswordReset().execute(
                ConfirmPasswordResetCommand(token=token, new_password=password)
            )
        except ResetTokenInvalid:
            return
        raise AssertionError("A used or replaced reset link worked.")

    @invariant()
    def there_is_one_account_in_the_expected_state(self) -> None:
        if not hasattr(self, "password"):
            return
        user = User.all_objects.get()
        assert Profile.objects.get().user_id == user.id
        assert user.is_activated == self.activated
        assert user.check_password(self.password)

    @invariant()
    def exactly_the_expected_sessions_are_good(self) -> None:
        if hasattr(self, "sessions"):
            assert [one for one in self.sessions if is_good(one)] == self.good_sessions

    @invariant()
    def every_change_was_told(self) -> None:
        if not hasattr(self, "password"):
            return
        events = events_of(self.user)
        assert events.count("user.registered") == 1
        assert events.count("user.activated") == self.activated
        assert events.count("user.signed_in") == len(self.sessions)
        assert OutboxEvent.objects.filter(dedupe_key__isnull=False).count() == self.mails


class AccountMachineTests(TestCase):
    def test_holds_for_any_sequence_of_calls(self) -> None:
        run_state_machine_as_test(
            AccountMachine,
            settings=settings(max_examples=15, stateful_step_count=12, deadline=None),
        )
