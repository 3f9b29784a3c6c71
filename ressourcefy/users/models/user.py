"""The account and its public side."""

from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.core.validators import MinLengthValidator
from django.db import models, transaction
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.crypto import salted_hmac

from core.models import BaseModel, SoftDeleteManager, SoftDeleteModel, SoftDeleteQuerySet
from users.types import AuthProvider, OnboardingStep, Role
from users.validators import validate_username


def normal_email(email: str) -> str:
    """The form in which an address is stored and compared: lower case, the domain in ASCII.

    An international domain is written as mail servers write it (RFC 5891). What is no address comes
    back as it is, so that it is found nowhere.
    """
    email = email.strip().lower()
    mailbox, at, domain = email.rpartition("@")
    if domain.isascii():
        return email
    try:
        return f"{mailbox}{at}{domain.encode('idna').decode()}"
    except UnicodeError:
        return email


def own_username(user: "User") -> str:
    """A user name that nobody else has, for whoever chose none."""
    return f"user_{user.id.hex[-12:]}"


class UserQuerySet(SoftDeleteQuerySet["User"]):
    """Queries on accounts."""

    def able_to_sign_in(self) -> "UserQuerySet":
        """Accounts that are neither deactivated nor deleted."""
        return self.filter(is_active=True, deleted_at__isnull=True)

    def by_email(self, email: str) -> "UserQuerySet":
        """The account of an address, compared without regard to case."""
        return self.filter(email=normal_email(email))


class UserManager(SoftDeleteManager["User"], BaseUserManager["User"]):
    """Live accounts, and the two ways in which Django makes one."""

    queryset_class = UserQuerySet

    def get_queryset(self) -> UserQuerySet:
        return UserQuerySet(self.model, using=self._db).active()

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get_queryset().by_email(username or "").get()

    @transaction.atomic
    def create_user(
        self, email: str, password: str | None = None, *, username: str | None = None, **fields: Any
    ) -> "User":
        """Make an account together with its profile, `username` defaulting to one of its own.

        Raises IntegrityError when the address or the user name is taken.
        """
        role = Role(fields.pop("role", Role.USER))
        user = self.model(email=normal_email(email), **fields)
        user.assign_role(role)
        user.set_password(password)
        user.save(using=self._db)
        Profile.objects.using(self._db).create(user=user, username=username or own_username(user))
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """Make a superadmin who can sign in at once: activated and onboarded, with a profile."""
        fields |= {
            "role": Role.SUPERADMIN,
            "is_activated": True,
            "onboarding_step": OnboardingStep.COMPLETED,
        }
        return self.create_user(email, password, **fields)


class User(AbstractBaseUser, SoftDeleteModel):
    """An account. `role` is the truth; the two staff flags follow from it, and the table checks it.

    `token_version` is part of every session token: raising it ends all sessions. The generations
    are part of mailed tokens: raising one makes the mails sent before worthless.
    """

    # Deleted accounts keep theirs: an address is free again only after erasure.
    email = models.EmailField(max_length=254, unique=True)
    auth_provider = models.CharField(
        max_length=10, choices=AuthProvider, default=AuthProvider.LOCAL
    )
    # The provider's own id of the person; an address alone never links accounts.
    provider_subject = models.CharField(max_length=255, null=True, blank=True)  # noqa: DJ001 - unique
    role = models.CharField(max_length=11, choices=Role, default=Role.USER)
    is_staff = models.BooleanField(default=False, editable=False)
    is_superuser = models.BooleanField(default=False, editable=False)
    is_active = models.BooleanField(default=True)
    is_activated = models.BooleanField(default=False)
    onboarding_step = models.CharField(
        max_length=11, choices=OnboardingStep, default=OnboardingStep.NOT_STARTED
    )
    language = models.CharField(max_length=5, default="en")
    accepted_terms_at = models.DateTimeField(null=True, blank=True)
    token_version = models.PositiveIntegerField(default=0)
    activation_generation = models.PositiveIntegerField(default=0)
    reset_generation = models.PositiveIntegerField(default=0)

    objects: ClassVar[UserManager] = UserManager()
    all_objects: ClassVar[models.Manager[Any]] = models.Manager.from_queryset(UserQuerySet)()

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(email=Lower("email")), name="user_email_in_lower_case"
            ),
            models.UniqueConstraint(
                fields=["auth_provider", "provider_subject"],
                condition=Q(provider_subject__isnull=False),
                name="user_provider_subject_unique",
            ),
            models.CheckConstraint(
                name="user_flags_follow_role",
                condition=(
                    Q(role=Role.SUPERADMIN, is_staff=True, is_superuser=True)
                    | Q(role=Role.ADMIN, is_staff=True, is_superuser=False)
                    | (
                        Q(role__in=[Role.USER, Role.CONTRIBUTOR, Role.MODERATOR])
                        & Q(is_staff=False, is_superuser=False)
                    )
                ),
            ),
            models.CheckConstraint(
                name="user_onboarding_step_known",
                condition=Q(onboarding_step__in=OnboardingStep.values),
            ),
        ]
        indexes = [
            models.Index(fields=["-created_at", "-id"], name="user_newest"),
            models.Index(fields=["role"], name="user_staff", condition=Q(is_staff=True)),
            # What the administration filters its list by.
            models.Index(fields=["role", "-id"], name="user_by_role"),
            models.Index(fields=["-id"], name="user_deactivated", condition=Q(is_active=False)),
            models.Index(fields=["-id"], name="user_unactivated", condition=Q(is_activated=False)),
            models.Index(
                fields=["-id"], name="user_deleted", condition=Q(deleted_at__isnull=False)
            ),
            # Sorted in at once, so that a search never reads through a list of leftovers.
            GinIndex(
                OpClass("email", name="gin_trgm_ops"), name="user_email_parts", fastupdate=False
            ),
        ]

    def __str__(self) -> str:
        return str(self.id)

    def assign_role(self, role: Role) -> None:
        """Set the role and the flags that follow from it; does not save."""
        self.role = role
        self.is_staff = role.includes(Role.ADMIN)
        self.is_superuser = role == Role.SUPERADMIN

    def has_role(self, role: Role) -> bool:
        """Whether the account may do what `role` may."""
        return Role(self.role).includes(role)

    def get_onboarding_step(self) -> OnboardingStep:
        """The stored step; it is never recomputed from the profile."""
        return OnboardingStep(self.onboarding_step)

    @property
    def is_onboarded(self) -> bool:
        """Whether onboarding is finished."""
        return self.get_onboarding_step() == OnboardingStep.COMPLETED

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        """What a browser session of the admin site is bound to: it ends with all other sessions.

        Django's own binds it to the password, whose every change raises the version anyway.
        """
        return salted_hmac(
            "users.User.session",
            f"{self.pk}.{self.token_version}",
            secret=secret,
            algorithm="sha256",
        ).hexdigest()

    def has_perm(self, perm: str, obj: object = None) -> bool:
        """Django's question for its admin site, answered by the role alone."""
        return self.is_active and self.is_staff

    def has_module_perms(self, app_label: str) -> bool:
        """Django's question for its admin site, answered by the role alone."""
        return self.is_active and self.is_staff


class Profile(BaseModel):
    """The public side of an account; every account has one."""

    user = models.OneToOneField(User, on_delete=models.PROTECT, related_name="profile")
    username = models.CharField(
        max_length=50, validators=[MinLengthValidator(3), validate_username]
    )
    bio = models.TextField(blank=True, default="", max_length=2_000)
    avatar_url = models.URLField(max_length=500, null=True, blank=True)  # noqa: DJ001 - null is sent

    class Meta:
        constraints = [
            models.UniqueConstraint(Lower("username"), name="profile_username_unique"),
            models.CheckConstraint(condition=~Q(username=""), name="profile_username_not_blank"),
        ]
        indexes = [
            GinIndex(
                OpClass(Lower("username"), name="gin_trgm_ops"),
                name="profile_username_parts",
                fastupdate=False,
            ),
        ]

    def __str__(self) -> str:
        return self.username
