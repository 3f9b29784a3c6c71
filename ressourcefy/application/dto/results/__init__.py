"""Results: what use cases answer, one module for each area."""

from application.dto.results.account_care import NotificationChoices, Unsubscribed
from application.dto.results.accounts import (
    ActivatedUser,
    AuthenticatedUser,
    ChangedRole,
    OnboardingProgress,
    RegisteredUser,
    RequestedRole,
    SessionPass,
    Superadmin,
    UpdatedProfile,
)
from application.dto.results.administered_users import UpdatedUser
from application.dto.results.administration import (
    AccountStanding,
    ContentStanding,
    KeptTag,
    ReviewedRoleRequest,
    SignedInAdministrator,
)
from application.dto.results.billing import (
    BillingPortal,
    CanceledSubscription,
    CheckoutSession,
    GrantedPremium,
    ProcessedWebhook,
    Reconciliation,
    RefundedPayment,
)
from application.dto.results.imports import ImportedBatch, RefusedRecord
from application.dto.results.interactions import (
    CommentVoteResult,
    DeletedComment,
    EditedComment,
    ModeratedComment,
    PublishedComment,
)
from application.dto.results.resources import (
    DeletedResource,
    GrantedAccess,
    LatestVersion,
    PublishedResource,
    PublishedVersion,
    ResourceVoteResult,
    UpdatedResource,
)

__all__ = [
    "AccountStanding",
    "ActivatedUser",
    "AuthenticatedUser",
    "BillingPortal",
    "CanceledSubscription",
    "ChangedRole",
    "CheckoutSession",
    "CommentVoteResult",
    "ContentStanding",
    "DeletedComment",
    "DeletedResource",
    "EditedComment",
    "GrantedAccess",
    "GrantedPremium",
    "ImportedBatch",
    "KeptTag",
    "LatestVersion",
    "ModeratedComment",
    "NotificationChoices",
    "OnboardingProgress",
    "ProcessedWebhook",
    "PublishedComment",
    "PublishedResource",
    "PublishedVersion",
    "Reconciliation",
    "RefundedPayment",
    "RefusedRecord",
    "RegisteredUser",
    "RequestedRole",
    "ResourceVoteResult",
    "ReviewedRoleRequest",
    "SessionPass",
    "SignedInAdministrator",
    "Superadmin",
    "Unsubscribed",
    "UpdatedProfile",
    "UpdatedResource",
    "UpdatedUser",
]
