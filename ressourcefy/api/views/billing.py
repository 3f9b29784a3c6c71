"""Paying: checkouts, the portal, one's own subscription and payments, and Stripe's deliveries."""

from dataclasses import asdict

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from api.authentication import current_user
from api.pagination import PAGE_PARAMETERS, page_request
from api.permissions import AllowAny, IsSignedIn
from api.responses import ok
from api.schema import enveloped
from api.serializers import billing as bodies
from api.serializers.read import PageView
from application.dto.commands import (
    CreateCheckoutSessionCommand,
    HandleStripeWebhookCommand,
    OpenBillingPortalCommand,
)
from application.use_cases.create_checkout_session import CreateCheckoutSession
from application.use_cases.handle_stripe_webhook import HandleStripeWebhook
from application.use_cases.open_billing_portal import OpenBillingPortal
from read_models.billing.offers import get_offers
from read_models.billing.own_checkout import get_own_checkout
from read_models.billing.own_payments import get_own_payments
from read_models.billing.own_subscription import get_own_subscription

_TAGS = ["billing"]


class CheckoutSessionsView(APIView):
    """Begin to pay. The answer's `url` is Stripe's page; coming back from it grants nothing."""

    @extend_schema(
        operation_id="billing_checkout",
        tags=_TAGS,
        request=bodies.CheckoutInput,
        responses={201: enveloped("Checkout", bodies.CheckoutAnswer)},
    )
    def post(self, request: Request) -> Response:
        body = bodies.CheckoutInput(data=request.data)
        body.is_valid(raise_exception=True)
        session = CreateCheckoutSession().execute(
            CreateCheckoutSessionCommand(user=current_user(request), **body.validated_data)
        )
        return ok({"sessionId": session.session_id, "url": session.url}, status=201)


class CheckoutSessionView(APIView):
    """How one's checkout stands."""

    permission_classes = (IsSignedIn,)

    @extend_schema(
        operation_id="billing_checkout_status",
        tags=_TAGS,
        responses=enveloped("CheckoutStatus", bodies.CheckoutView),
    )
    def get(self, request: Request, session_id: str) -> Response:
        return ok(asdict(get_own_checkout(current_user(request), session_id)))


class BillingPortalView(APIView):
    """Manage cards, plan and cancellation at Stripe."""

    permission_classes = (IsSignedIn,)

    @extend_schema(
        operation_id="billing_portal",
        tags=_TAGS,
        request=bodies.PortalInput,
        responses=enveloped("BillingPortal", bodies.PortalAnswer),
    )
    def post(self, request: Request) -> Response:
        body = bodies.PortalInput(data=request.data)
        body.is_valid(raise_exception=True)
        portal = OpenBillingPortal().execute(
            OpenBillingPortalCommand(user=current_user(request), **body.validated_data)
        )
        return ok(asdict(portal))


class OwnSubscriptionView(APIView):
    """The caller's subscription, and what to do where it does not run."""

    permission_classes = (IsSignedIn,)

    @extend_schema(
        operation_id="billing_subscription",
        tags=_TAGS,
        responses=enveloped("OwnSubscription", bodies.SubscriptionView),
    )
    def get(self, request: Request) -> Response:
        return ok(asdict(get_own_subscription(current_user(request))))


class OwnPaymentsView(APIView):
    """The caller's payments with their receipts, the newest first."""

    permission_classes = (IsSignedIn,)

    @extend_schema(
        operation_id="billing_payments",
        tags=_TAGS,
        parameters=PAGE_PARAMETERS,
        responses=enveloped("OwnPayments", bodies.PaymentView(many=True), pagination=PageView()),
    )
    def get(self, request: Request) -> Response:
        own = get_own_payments(current_user(request), page=page_request(request))
        return ok(own.items, pagination=own.pagination)


class OffersView(APIView):
    """What premium costs."""

    authentication_classes = ()
    permission_classes = (AllowAny,)

    @extend_schema(
        operation_id="billing_plans",
        tags=_TAGS,
        responses=enveloped("Offers", bodies.OfferView(many=True)),
    )
    def get(self, request: Request) -> Response:
        return ok([asdict(offer) for offer in get_offers()])


class StripeWebhookView(APIView):
    """Stripe's deliveries. What counts is the signature over the raw body.

    Stripe's largest events are a small part of what any request may hold.
    """

    authentication_classes = ()
    permission_classes = (AllowAny,)
    throttle_classes = ()

    @extend_schema(
        operation_id="billing_webhook",
        tags=_TAGS,
        parameters=[OpenApiParameter("Stripe-Signature", str, OpenApiParameter.HEADER)],
        request={"application/json": OpenApiTypes.OBJECT},
        responses=inline_serializer(
            name="ReceivedWebhook", fields={"status": serializers.ChoiceField(["received"])}
        ),
    )
    def post(self, request: Request) -> Response:
        raw = request._request
        HandleStripeWebhook().execute(
            HandleStripeWebhookCommand(
                body=raw.body, signature=raw.headers.get("Stripe-Signature", "")
            )
        )
        return Response({"status": "received"})
