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

resources_urlpatterns: Patterns = [
    path("", CreateResourceView.as_view()),
    path("versions/", CreateResourceVersionView.as_view()),
    path("vote/", VoteOnResourceView.as_view()),
    path("<uuid:resource_id>/", UpdateResourceView.as_view()),
    path("<uuid:resource_id>/delete/", DeleteResourceView.as_view()),
    path("<uuid:resource_id>/detail/", ResourceDetailPageView.as_view()),
    path("<uuid:resource_id>/access/", AccessResourceView.as_view()),
    path("<uuid:resource_id>/comments/", ResourceCommentsView.as_view()),
    path("<uuid:resource_id>/progress/", ReaderProgressView.as_view()),
    path("<uuid:resource_id>/complete/", CompleteResourceView.as_view()),
    path("<uuid:resource_id>/users-progress/", FollowersPageView.as_view()),
]

comments_urlpatterns: Patterns = [
    path("", CreateCommentView.as_view()),
    path("vote/", VoteOnCommentView.as_view()),
    path("hidden/", HiddenCommentsView.as_view()),
    path("<uuid:comment_id>/", OwnCommentView.as_view()),
    path("<uuid:comment_id>/hide/", HideCommentView.as_view()),
    path("<uuid:comment_id>/restore/", RestoreCommentView.as_view()),
]

auth_urlpatterns: Patterns = [
    path("register/", RegisterView.as_view()),
    path("activate/", ActivateView.as_view()),
    path("resend-activation/", ResendActivationView.as_view()),
    path("login/", LoginView.as_view()),
    path("logout/", LogoutView.as_view()),
    path("logout-all/", LogoutEverywhereView.as_view()),
    path("refresh/", RefreshView.as_view()),
    path("password-reset/", PasswordResetView.as_view()),
    path("password-reset/confirm/", PasswordResetConfirmView.as_view()),
]

user_urlpatterns: Patterns = [
    path("me/", CurrentUserView.as_view()),
    path("profile/", ProfileView.as_view()),
    path("password/", PasswordView.as_view()),
    path("sessions/", SessionsView.as_view()),
    path("sessions/<uuid:session_id>/", SessionView.as_view()),
    path("notifications/", NotificationsView.as_view()),
    path("delete/", DeleteAccountView.as_view()),
    path("export/", ExportView.as_view()),
    path("export/<str:token>/", ExportFileView.as_view()),
    path("request-role/", RequestRoleView.as_view()),
    path("resources/", OwnResourcesView.as_view()),
    path("progress/", OwnProgressPageView.as_view()),
]

onboarding_urlpatterns: Patterns = [
    path("status/", OnboardingStatusView.as_view()),
    path("start/", OnboardingStartView.as_view()),
    path("profile/", OnboardingProfileView.as_view()),
    path("interests/", OnboardingInterestsView.as_view()),
    path("complete/", OnboardingCompleteView.as_view()),
]

billing_urlpatterns: Patterns = [
    path("plans/", OffersView.as_view()),
    path("checkout/", CheckoutSessionsView.as_view()),
    path("checkout/<str:session_id>/", CheckoutSessionView.as_view()),
    path("portal/", BillingPortalView.as_view()),
    path("subscription/", OwnSubscriptionView.as_view()),
    path("payments/", OwnPaymentsView.as_view()),
    path("webhook/", StripeWebhookView.as_view()),
]

admin_users_urlpatterns: Patterns = [
    path("", UsersView.as_view()),
    path("<uuid:user_id>/", UserView.as_view()),
    path("<uuid:user_id>/set_role/", SetRoleView.as_view()),
    path("<uuid:user_id>/activity/", UserActivityView.as_view()),
    path("<uuid:user_id>/impersonate/", ImpersonateView.as_view()),
    path("<uuid:user_id>/reset_password/", ResetUserPasswordView.as_view()),
]

admin_dashboard_urlpatterns: Patterns = [
    path("overview/", DashboardOverviewView.as_view()),
    path("activity/", DashboardActivityView.as_view()),
    path("system-health/", DashboardHealthView.as_view()),
]

admin_role_requests_urlpatterns: Patterns = [
    path("", RoleRequestsView.as_view()),
    path("<uuid:role_request_id>/", RoleRequestView.as_view()),
    path("<uuid:role_request_id>/approve/", ApproveRoleRequestView.as_view()),
    path("<uuid:role_request_id>/reject/", RejectRoleRequestView.as_view()),
]

admin_tags_urlpatterns: Patterns = [
    path("", AdministeredTagsView.as_view()),
    path("merge/", MergeTagsView.as_view()),
    path("<uuid:tag_id>/", AdministeredTagView.as_view()),
]

admin_resources_urlpatterns: Patterns = [
    path("", AdministeredResourcesView.as_view()),
    path("<uuid:resource_id>/", AdministeredResourceView.as_view()),
    path("<uuid:resource_id>/versions/", AddResourceVersionView.as_view()),
]

admin_subscriptions_urlpatterns: Patterns = [
    path("", AdministeredSubscriptionsView.as_view()),
    path("<uuid:subscription_id>/", AdministeredSubscriptionView.as_view()),
    path("<uuid:subscription_id>/cancel/", CancelSubscriptionView.as_view()),
]

admin_payments_urlpatterns: Patterns = [
    path("", AdministeredPaymentsView.as_view()),
    path("<uuid:payment_id>/", AdministeredPaymentView.as_view()),
    path("<uuid:payment_id>/refund/", RefundPaymentView.as_view()),
]

# The REST administration; Django's own site lives elsewhere (`docs/admin.md`).
admin_urlpatterns: Patterns = [
    path("users/", include(admin_users_urlpatterns)),
    path("dashboard/", include(admin_dashboard_urlpatterns)),
    path("role-requests/", include(admin_role_requests_urlpatterns)),
    path("tags/", include(admin_tags_urlpatterns)),
    path("resources/", include(admin_resources_urlpatterns)),
    path("progress/", AdministeredProgressView.as_view()),
    path("subscriptions/", include(admin_subscriptions_urlpatterns)),
    path("payments/", include(admin_payments_urlpatterns)),
]

# Outside /api/: pages for whoever follows a link in a mail.
link_urlpatterns: Patterns = [
    path("unsubscribe/<str:token>/", UnsubscribePage.as_view()),
    path("restore-account/<str:token>/", RestoreAccountPage.as_view()),
]

docs_urlpatterns: Patterns = [
    path("schema/", SchemaView.as_view(), name="schema"),
    path("docs/", DocsView.as_view(), name="docs"),
]

urlpatterns: Patterns = [
    # They are tried one after the other, so there are few of them, the most wanted first.
    path("feed/", FeedView.as_view()),
    path("resources/", include(resources_urlpatterns)),
    path("comments/", include(comments_urlpatterns)),
    path("tags/", TagsView.as_view()),
    path("authors/<uuid:user_id>/", AuthorProfileView.as_view()),
    path("user/", include(user_urlpatterns)),
    path("auth/", include(auth_urlpatterns)),
    path("health/", include(health_urlpatterns)),
    path("onboarding/", include(onboarding_urlpatterns)),
    path("billing/", include(billing_urlpatterns)),
    path("admin/", include(admin_urlpatterns)),
    *(docs_urlpatterns if settings.API_DOCS_PUBLIC else []),
    re_path(r"", NotFoundView.as_view()),
]
