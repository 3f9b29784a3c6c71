"""Results: what use cases answer, one module for each area."""

from application.dto.results.accounts import (
    ActivatedUser,
    AuthenticatedUser,
    ChangedRole,
    OnboardingProgress,
    RegisteredUser,
    SessionPass,
    Superadmin,
    UpdatedProfile,
)
from application.dto.results.administered_users import UpdatedUser
from application.dto.results.administration import (
    AccountStanding,
    ContentStanding,
    EditedResource,
    KeptTag,
    MergedTags,
    PublishedForAuthor,
    SignedInAdministrator,
)
from application.dto.results.billing import (
    BillingPortal,
    CanceledSubscription,
    ChangedSubscription,
    CheckoutSession,
    GrantedPremium,
    ProcessedWebhook,
    Reconciliation,
    RefundedPayment,
)
from application.dto.results.imports import ImportedBatch, RefusedRecord
from application.dto.results.interactions import CommentVoteResult, PublishedComment
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
    "ChangedSubscription",
    "CheckoutSession",
    "CommentVoteResult",
    "ContentStanding",
    "DeletedResource",
    "EditedResource",
    "GrantedAccess",
    "GrantedPremium",
    "ImportedBatch",
    "KeptTag",
    "LatestVersion",
    "MergedTags",
    "OnboardingProgress",
    "ProcessedWebhook",
    "PublishedComment",
    "PublishedForAuthor",
    "PublishedResource",
    "PublishedVersion",
    "Reconciliation",
    "RefundedPayment",
    "RefusedRecord",
    "RegisteredUser",
    "ResourceVoteResult",
    "SessionPass",
    "SignedInAdministrator",
    "Superadmin",
    "UpdatedProfile",
    "UpdatedResource",
    "UpdatedUser",
]
