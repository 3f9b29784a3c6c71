"""Results: what use cases answer, one module for each area."""

from application.dto.results.account_care import (
    DeletedAccount,
    ErasedAccounts,
    NotificationChoices,
    RequestedExport,
    Unsubscribed,
)
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
    "DeletedAccount",
    "DeletedComment",
    "DeletedResource",
    "EditedComment",
    "ErasedAccounts",
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
    "RequestedExport",
    "RequestedRole",
    "ResourceVoteResult",
    "ReviewedRoleRequest",
    "SessionPass",
    "Superadmin",
    "Unsubscribed",
    "UpdatedProfile",
    "UpdatedResource",
    "UpdatedUser",
]
