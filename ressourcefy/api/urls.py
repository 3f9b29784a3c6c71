"""The addresses of the API. Every path ends in a slash; anything else under /api/ is a JSON 404."""

from django.conf import settings
from django.urls import URLPattern, URLResolver, include, path, re_path

from api.views.account_care import (
    DeleteAccountView,
    ExportFileView,
    ExportView,
    NotificationsView,
)
from api.views.admin.dashboard import (
    DashboardActivityView,
    DashboardHealthView,
    DashboardOverviewView,
)
from api.views.admin.money import (
    AdministeredPaymentsView,
    AdministeredPaymentView,
    AdministeredSubscriptionsView,
    AdministeredSubscriptionView,
    CancelSubscriptionView,
    RefundPaymentView,
)
from api.views.admin.resources import (
    AddResourceVersionView,
    AdministeredProgressView,
    AdministeredResourcesView,
    AdministeredResourceView,
)
from api.views.admin.role_requests import (
    ApproveRoleRequestView,
    RejectRoleRequestView,
    RoleRequestsView,
    RoleRequestView,
)
from api.views.admin.tags import AdministeredTagsView, AdministeredTagView, MergeTagsView
from api.views.admin.users import (
    ImpersonateView,
    ResetUserPasswordView,
    SetRoleView,
    UserActivityView,
    UsersView,
    UserView,
)
from api.views.auth import (
    ActivateView,
    LoginView,
    LogoutEverywhereView,
    LogoutView,
    PasswordResetConfirmView,
    PasswordResetView,
    RefreshView,
    RegisterView,
    ResendActivationView,
)
from api.views.billing import (
    BillingPortalView,
    CheckoutSessionsView,
    CheckoutSessionView,
    OffersView,
    OwnPaymentsView,
    OwnSubscriptionView,
    StripeWebhookView,
)
from api.views.comments import (
    CreateCommentView,
    HiddenCommentsView,
    HideCommentView,
    OwnCommentView,
    RestoreCommentView,
    VoteOnCommentView,
)
from api.views.docs import DocsView, SchemaView
from api.views.health import LivenessView, ReadinessView
from api.views.link_pages import RestoreAccountPage, UnsubscribePage
from api.views.not_found import NotFoundView
from api.views.onboarding import (
    OnboardingCompleteView,
    OnboardingInterestsView,
    OnboardingProfileView,
    OnboardingStartView,
    OnboardingStatusView,
)
from api.views.progress import CompleteResourceView, FollowersPageView, OwnProgressPageView
from api.views.read.authors import AuthorProfileView
from api.views.read.feed import FeedView
from api.views.read.resources import (
    OwnResourcesView,
    ReaderProgressView,
    ResourceCommentsView,
    ResourceDetailPageView,
)
from api.views.resources import (
    AccessResourceView,
    CreateResourceVersionView,
    CreateResourceView,
    DeleteResourceView,
    UpdateResourceView,
    VoteOnResourceView,
)
from api.views.role_requests import RequestRoleView
from api.views.sessions import SessionsView, SessionView
from api.views.tags import TagsView
from api.views.user import CurrentUserView, PasswordView, ProfileView

type Patterns = list[URLPattern | URLResolver]

health_urlpatterns: Patterns = [
    path("live/", LivenessView.as_view()),
    path("ready/", ReadinessView.as_view()),
]

account_urlpatterns: Patterns = [
    path("auth/register/", RegisterView.as_view()),
    path("auth/activate/", ActivateView.as_view()),
    path("auth/resend-activation/", ResendActivationView.as_view()),
    path("auth/login/", LoginView.as_view()),
    path("auth/logout/", LogoutView.as_view()),
    path("auth/logout-all/", LogoutEverywhereView.as_view()),
    path("auth/refresh/", RefreshView.as_view()),
    path("auth/password-reset/", PasswordResetView.as_view()),
    path("auth/password-reset/confirm/", PasswordResetConfirmView.as_view()),
    path("user/me/", CurrentUserView.as_view()),
    path("user/profile/", ProfileView.as_view()),
    path("user/password/", PasswordView.as_view()),
    path("user/sessions/", SessionsView.as_view()),
    path("user/sessions/<uuid:session_id>/", SessionView.as_view()),
    path("user/notifications/", NotificationsView.as_view()),
    path("user/delete/", DeleteAccountView.as_view()),
    path("user/export/", ExportView.as_view()),
    path("user/export/<str:token>/", ExportFileView.as_view()),
    path("onboarding/status/", OnboardingStatusView.as_view()),
    path("onboarding/start/", OnboardingStartView.as_view()),
    path("onboarding/profile/", OnboardingProfileView.as_view()),
    path("onboarding/interests/", OnboardingInterestsView.as_view()),
    path("onboarding/complete/", OnboardingCompleteView.as_view()),
    path("tags/", TagsView.as_view()),
]

# The REST administration; Django's own site lives elsewhere (`docs/admin.md`).
administration_urlpatterns: Patterns = [
    path("admin/users/", UsersView.as_view()),
    path("admin/users/<uuid:user_id>/", UserView.as_view()),
    path("admin/users/<uuid:user_id>/set_role/", SetRoleView.as_view()),
    path("admin/users/<uuid:user_id>/activity/", UserActivityView.as_view()),
    path("admin/users/<uuid:user_id>/impersonate/", ImpersonateView.as_view()),
    path("admin/users/<uuid:user_id>/reset_password/", ResetUserPasswordView.as_view()),
    path("admin/dashboard/overview/", DashboardOverviewView.as_view()),
    path("admin/dashboard/activity/", DashboardActivityView.as_view()),
    path("admin/dashboard/system-health/", DashboardHealthView.as_view()),
]

role_urlpatterns: Patterns = [
    path("user/request-role/", RequestRoleView.as_view()),
    path("admin/role-requests/", RoleRequestsView.as_view()),
    path("admin/role-requests/<uuid:role_request_id>/", RoleRequestView.as_view()),
    path("admin/role-requests/<uuid:role_request_id>/approve/", ApproveRoleRequestView.as_view()),
    path("admin/role-requests/<uuid:role_request_id>/reject/", RejectRoleRequestView.as_view()),
]

resource_urlpatterns: Patterns = [
    path("feed/", FeedView.as_view()),
    path("resources/", CreateResourceView.as_view()),
    path("resources/versions/", CreateResourceVersionView.as_view()),
    path("resources/vote/", VoteOnResourceView.as_view()),
    path("resources/<uuid:resource_id>/", UpdateResourceView.as_view()),
    path("resources/<uuid:resource_id>/delete/", DeleteResourceView.as_view()),
    path("resources/<uuid:resource_id>/detail/", ResourceDetailPageView.as_view()),
    path("resources/<uuid:resource_id>/access/", AccessResourceView.as_view()),
    path("resources/<uuid:resource_id>/comments/", ResourceCommentsView.as_view()),
    path("resources/<uuid:resource_id>/progress/", ReaderProgressView.as_view()),
    path("comments/", CreateCommentView.as_view()),
    path("comments/vote/", VoteOnCommentView.as_view()),
    path("authors/<uuid:user_id>/", AuthorProfileView.as_view()),
    path("user/resources/", OwnResourcesView.as_view()),
    path("resources/<uuid:resource_id>/complete/", CompleteResourceView.as_view()),
    path("resources/<uuid:resource_id>/users-progress/", FollowersPageView.as_view()),
    path("user/progress/", OwnProgressPageView.as_view()),
    path("comments/hidden/", HiddenCommentsView.as_view()),
    path("comments/<uuid:comment_id>/", OwnCommentView.as_view()),
    path("comments/<uuid:comment_id>/hide/", HideCommentView.as_view()),
    path("comments/<uuid:comment_id>/restore/", RestoreCommentView.as_view()),
]

billing_urlpatterns: Patterns = [
    path("billing/plans/", OffersView.as_view()),
    path("billing/checkout/", CheckoutSessionsView.as_view()),
    path("billing/checkout/<str:session_id>/", CheckoutSessionView.as_view()),
    path("billing/portal/", BillingPortalView.as_view()),
    path("billing/subscription/", OwnSubscriptionView.as_view()),
    path("billing/payments/", OwnPaymentsView.as_view()),
    path("billing/webhook/", StripeWebhookView.as_view()),
]

# Outside /api/: pages for whoever follows a link in a mail.
link_urlpatterns: Patterns = [
    path("unsubscribe/<str:token>/", UnsubscribePage.as_view()),
    path("restore-account/<str:token>/", RestoreAccountPage.as_view()),
]

content_administration_urlpatterns: Patterns = [
    path("admin/tags/", AdministeredTagsView.as_view()),
    path("admin/tags/merge/", MergeTagsView.as_view()),
    path("admin/tags/<uuid:tag_id>/", AdministeredTagView.as_view()),
    path("admin/resources/", AdministeredResourcesView.as_view()),
    path("admin/resources/<uuid:resource_id>/", AdministeredResourceView.as_view()),
    path("admin/resources/<uuid:resource_id>/versions/", AddResourceVersionView.as_view()),
    path("admin/progress/", AdministeredProgressView.as_view()),
]

money_administration_urlpatterns: Patterns = [
    path("admin/subscriptions/", AdministeredSubscriptionsView.as_view()),
    path("admin/subscriptions/<uuid:subscription_id>/", AdministeredSubscriptionView.as_view()),
    path("admin/subscriptions/<uuid:subscription_id>/cancel/", CancelSubscriptionView.as_view()),
    path("admin/payments/", AdministeredPaymentsView.as_view()),
    path("admin/payments/<uuid:payment_id>/", AdministeredPaymentView.as_view()),
    path("admin/payments/<uuid:payment_id>/refund/", RefundPaymentView.as_view()),
]

docs_urlpatterns: Patterns = [
    path("schema/", SchemaView.as_view(), name="schema"),
    path("docs/", DocsView.as_view(), name="docs"),
]

urlpatterns: Patterns = [
    # They are tried one after the other, so what is asked for most comes first.
    *resource_urlpatterns,
    path("health/", include(health_urlpatterns)),
    *account_urlpatterns,
    *role_urlpatterns,
    *billing_urlpatterns,
    *administration_urlpatterns,
    *content_administration_urlpatterns,
    *money_administration_urlpatterns,
    *(docs_urlpatterns if settings.API_DOCS_PUBLIC else []),
    re_path(r"", NotFoundView.as_view()),
]
