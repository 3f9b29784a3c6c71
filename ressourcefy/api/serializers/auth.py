"""The shapes of requests and answers about accounts, sessions and passwords."""

from typing import Any

from rest_framework import serializers

from api.serializers.fields import EmailText, Flag, SecretText, Text
from api.serializers.user import CurrentUserData
from users.types import OnboardingStep
from users.validators import PASSWORD_MAX_LENGTH, PASSWORD_MIN_LENGTH

# Longer than any password of ours: whoever presents one is simply wrong.
_PRESENTED_MAX_LENGTH = 1_000
_TOKEN_MAX_LENGTH = 4_000


def new_password(**options: Any) -> SecretText:
    """A password to set; the rules beyond its length are the account's own."""
    return SecretText(
        min_length=PASSWORD_MIN_LENGTH, max_length=PASSWORD_MAX_LENGTH, write_only=True, **options
    )


def _presented_password() -> SecretText:
    return SecretText(max_length=_PRESENTED_MAX_LENGTH, write_only=True)


class RegisterInput(serializers.Serializer[Any]):
    """Who wants an account. The rules of a user name are the account's own (`docs/accounts.md`)."""

    username = Text(max_length=100)
    email = EmailText()
    password = new_password()
    accepted_terms = Flag()


class RegisteredData(serializers.Serializer[Any]):
    """The new account."""

    user_id = serializers.UUIDField()
    message = serializers.CharField()


class MessageData(serializers.Serializer[Any]):
    """A sentence for a person."""

    message = serializers.CharField()


class ActivateInput(serializers.Serializer[Any]):
    """The token of an activation mail; the query parameter of the same name does as well."""

    token = Text(max_length=_TOKEN_MAX_LENGTH, required=False, allow_blank=True, allow_null=True)


class EmailInput(serializers.Serializer[Any]):
    """An address to mail something to, if it belongs to an account that needs it."""

    email = EmailText()


class LoginInput(serializers.Serializer[Any]):
    """Credentials."""

    email = Text(max_length=254)
    password = _presented_password()


class TokensData(serializers.Serializer[Any]):
    """A pair of session tokens (RFC 7519)."""

    access_token = serializers.CharField()
    refresh_token = serializers.CharField()


class LoginData(TokensData):
    """A pair of session tokens and whom they speak for."""

    user = CurrentUserData()


class RefreshInput(serializers.Serializer[Any]):
    """A refresh token, under either name; the cookie of an allowed origin does as well."""

    refresh_token = Text(max_length=_TOKEN_MAX_LENGTH, required=False, allow_blank=True)
    refresh = Text(max_length=_TOKEN_MAX_LENGTH, required=False, allow_blank=True)


class PasswordResetConfirmInput(serializers.Serializer[Any]):
    """The token of a reset mail and the password to set."""

    token = Text(max_length=_TOKEN_MAX_LENGTH)
    new_password = new_password()


class ChangePasswordInput(serializers.Serializer[Any]):
    """The present password as a proof, and the one to set."""

    current_password = _presented_password()
    new_password = new_password()


class ChangedPasswordData(TokensData):
    """Tokens with which the present session goes on; all others have ended."""

    message = serializers.CharField()


class OnboardingData(serializers.Serializer[Any]):
    """Where the account stands after the call."""

    message = serializers.CharField()
    onboarding_step = serializers.ChoiceField(choices=OnboardingStep.choices)
