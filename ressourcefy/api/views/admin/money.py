"""Administration of subscriptions and payments."""

from dataclasses import asdict
from uuid import UUID

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from api.authentication import current_user
from api.filters import parameter, word
from api.pagination import PAGE_PARAMETERS, listed, page_of, page_request
from api.permissions import IsAdministrator
from api.responses import ok
from api.schema import enveloped
from api.serializers import admin_money as bodies
from api.serializers.admin_content import DoneView
from application.dto.commands import (
    CancelSubscriptionCommand,
    ChangeSubscriptionCommand,
    RefundPaymentCommand,
)
from application.use_cases.cancel_subscription import CancelSubscription
from application.use_cases.change_subscription import ChangeSubscription
from application.use_cases.refund_payment import RefundPayment
from read_models.administration.payments import (
    PaymentFilters,
    get_administered_payment,
    get_administered_payments,
)
from read_models.administration.subscriptions import (
    SubscriptionFilters,
    get_administered_subscription,
    get_administered_subscriptions,
)

_TAGS = ["admin"]
_USER_ID = parameter("user_id", "The id of an account.")


class AdministeredSubscriptionsView(APIView):
    """All subscriptions."""

    permission_classes = (IsAdministrator,)

    @extend_schema(
        operation_id="admin_subscriptions_list",
        tags=_TAGS,
        parameters=[
            *PAGE_PARAMETERS,
            _USER_ID,
            parameter("status", "`active`, `canceled` or `expired`, as it stands now."),
            parameter("plan", "`free` or `premium`."),
        ],
        responses=page_of("AdministeredSubscriptions", bodies.AdministeredSubscriptionView),
    )
    def get(self, request: Request) -> Response:
        """The newest first."""
        filters = SubscriptionFilters(
            user_id=word(request, "user_id"),
            status=word(request, "status"),
            plan=word(request, "plan"),
        )
        return listed(request, get_administered_subscriptions(filters, page=page_request(request)))


class AdministeredSubscriptionView(APIView):
    """One subscription."""

    permission_classes = (IsAdministrator,)

    @extend_schema(
        operation_id="admin_subscriptions_detail",
        tags=_TAGS,
        responses=bodies.AdministeredSubscriptionView,
    )
    def get(self, request: Request, subscription_id: UUID) -> Response:
        """Look at it."""
        return Response(get_administered_subscription(subscription_id))

    @extend_schema(
        operation_id="admin_subscriptions_update",
        tags=_TAGS,
        request=bodies.ChangeSubscriptionInput,
        responses=enveloped("ChangedSubscription", bodies.ChangedSubscriptionView),
    )
    def patch(self, request: Request, subscription_id: UUID) -> Response:
        """Change one that an administrator gave; those at Stripe are changed there."""
        body = bodies.ChangeSubscriptionInput(data=request.data, partial=True)
        body.is_valid(raise_exception=True)
        changed = ChangeSubscription().execute(
            ChangeSubscriptionCommand(
                user=current_user(request),
                subscription_id=subscription_id,
                changes=body.validated_data,
            )
        )
        return ok(asdict(changed))


class CancelSubscriptionView(APIView):
    """The end of a subscription."""

    permission_classes = (IsAdministrator,)

    @extend_schema(
        operation_id="admin_subscriptions_cancel",
        tags=_TAGS,
        request=None,
        responses=enveloped("CanceledSubscription", DoneView),
    )
    def post(self, request: Request, subscription_id: UUID) -> Response:
        """End it at this moment, at Stripe as well."""
        CancelSubscription().execute(
            CancelSubscriptionCommand(user=current_user(request), subscription_id=subscription_id)
        )
        return ok({"message": _("The subscription was canceled.")})


class AdministeredPaymentsView(APIView):
    """All payments."""

    permission_classes = (IsAdministrator,)

    @extend_schema(
        operation_id="admin_payments_list",
        tags=_TAGS,
        parameters=[
            *PAGE_PARAMETERS,
            _USER_ID,
            parameter("status", "`pending`, `completed`, `failed` or `refunded`."),
        ],
        responses=page_of("AdministeredPayments", bodies.AdministeredPaymentView),
    )
    def get(self, request: Request) -> Response:
        """The newest first."""
        filters = PaymentFilters(user_id=word(request, "user_id"), status=word(request, "status"))
        return listed(request, get_administered_payments(filters, page=page_request(request)))


class AdministeredPaymentView(APIView):
    """One payment."""

    permission_classes = (IsAdministrator,)

    @extend_schema(
        operation_id="admin_payments_detail",
        tags=_TAGS,
        responses=enveloped("AdministeredPayment", bodies.AdministeredPaymentView),
    )
    def get(self, request: Request, payment_id: UUID) -> Response:
        """Look at it."""
        return ok(get_administered_payment(payment_id))


class RefundPaymentView(APIView):
    """Money back."""

    permission_classes = (IsAdministrator,)

    @extend_schema(
        operation_id="admin_payments_refund",
        tags=_TAGS,
        request=bodies.RefundInput,
        responses=enveloped("RefundedPayment", bodies.RefundedPaymentView),
    )
    def post(self, request: Request, payment_id: UUID) -> Response:
        """Give back what is left, or the amount that is named."""
        body = bodies.RefundInput(data=request.data)
        body.is_valid(raise_exception=True)
        refunded = RefundPayment().execute(
            RefundPaymentCommand(
                user=current_user(request), payment_id=payment_id, **body.validated_data
            )
        )
        return ok(
            {
                "message": _("The refund is on its way."),
                "refund_amount_cents": refunded.refund_amount_cents,
            }
        )
