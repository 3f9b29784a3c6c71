"""Every object that we make has the keys that the installed client's classes name."""

import inspect
import typing
from collections.abc import Iterator
from typing import Any

import stripe
from stripe import StripeObject
from stripe._stripe_object import UntypedStripeObject

from development_stripe.messages import Thing
from development_stripe.store import API_VERSION
from development_stripe.tests.stack import MONTHLY, ONCE, SMALL, StripeTestCase

CLASSES: dict[str, type[StripeObject]] = {
    "billing_portal.session": stripe.billing_portal.Session,
    "charge": stripe.Charge,
    "checkout.session": stripe.checkout.Session,
    "coupon": stripe.Coupon,
    "customer": stripe.Customer,
    "dispute": stripe.Dispute,
    "event": stripe.Event,
    "invoice": stripe.Invoice,
    "invoice_payment": stripe.InvoicePayment,
    "item": stripe.LineItem,
    "line_item": stripe.InvoiceLineItem,
    "list": stripe.ListObject,
    "payment_intent": stripe.PaymentIntent,
    "plan": stripe.Plan,
    "price": stripe.Price,
    "product": stripe.Product,
    "refund": stripe.Refund,
    "subscription": stripe.Subscription,
    "subscription_item": stripe.SubscriptionItem,
    "webhook_endpoint": stripe.WebhookEndpoint,
}
# Required fields that we do not send, with the reason.
LEFT_OUT: dict[str, str] = {}


def annotations(owner: type) -> dict[str, Any]:
    """The fields of a class and of those it inherits from, but for what is the client's own."""
    found: dict[str, Any] = {}
    for one in reversed(owner.__mro__):
        found |= inspect.get_annotations(one)
    return {
        name: hint
        for name, hint in found.items()
        if not name.startswith("_") and typing.get_origin(hint) is not typing.ClassVar
    }


def parts(hint: Any) -> Iterator[Any]:
    """The annotation and everything inside it."""
    yield hint
    for one in typing.get_args(hint):
        yield from parts(one)


def is_optional(hint: Any) -> bool:
    return type(None) in typing.get_args(hint)


def class_within(hint: Any, key_of_object: object) -> type[StripeObject] | None:
    """Which class describes a dict: by its own name, or the one that the annotation names."""
    if isinstance(key_of_object, str):
        return CLASSES[key_of_object]
    for part in parts(hint):
        plain = typing.get_origin(part) or part
        if plain is UntypedStripeObject:
            return None
        if isinstance(plain, type) and issubclass(plain, StripeObject):
            return plain
    raise AssertionError(f"no class describes {hint}")


def faults(thing: Thing, owner: type[StripeObject], path: str) -> Iterator[str]:
    """What is wrong with the keys of an object and of all below it."""
    known = annotations(owner)
    if hasattr(owner, "OBJECT_NAME"):
        known.setdefault("object", str)
    deleted = thing.get("deleted") is True
    for name in thing:
        if name not in known:
            yield f"{path}.{name} is unknown"
    for name, hint in known.items():
        where = f"{path}.{name}"
        if name not in thing and not is_optional(hint) and where not in LEFT_OUT and not deleted:
            yield f"{where} is required"
    for name, value in thing.items():
        for one in value if isinstance(value, list) else [value]:
            if isinstance(one, dict) and name in known:
                below = class_within(known[name], one.get("object"))
                where = one.get("object") or f"{path}.{name}"
                if below is not None:
                    yield from faults(one, below, where)


def empty_ones(thing: Thing, owner: type[StripeObject], path: str) -> Iterator[str]:
    """Required fields that are null."""
    for name, hint in annotations(owner).items():
        if name in thing and thing[name] is None and not is_optional(hint):
            yield f"{path}.{name} must not be null"


class ShapeTests(StripeTestCase):
    def make_everything(self) -> None:
        """At least one object of each kind, in each of its states."""
        self.make_receiver()
        self.v1.coupons.create({"percent_off": 10, "duration": "once"})
        subscription = self.make_subscription()
        customer = str(subscription.customer)
        self.v1.billing_portal.sessions.create({"customer": customer})
        self.control("change_plan", subscription=subscription.id, price=SMALL)
        self.control("card", customer=customer, works=False)
        self.control("renew", subscription=subscription.id)
        self.make_subscription(MONTHLY, subscription_data={"trial_period_days": 7})
        self.control("pay", session=self.make_session(ONCE).id, outcome="debit")
        refunded, disputed = self.make_charge(), self.make_charge()
        self.control("refund", charge=refunded.id, amount=5, fails=True)
        self.control("dispute", charge=disputed.id)
        self.v1.customers.delete(self.make_customer().id)

    def test_of_all_objects_are_those_of_the_classes(self) -> None:
        self.make_everything()
        with self.store.lock:
            objects = self.store.account(self.key).objects

        problems = [
            problem
            for kind, things in objects.items()
            for thing in things.values()
            for check in (faults, empty_ones)
            for problem in check(thing, CLASSES[kind], kind)
        ]

        self.assertEqual(sorted(set(problems)), [])
        self.assertEqual(
            set(CLASSES) - set(objects), {"item", "line_item", "list", "plan", "subscription_item"}
        )

    def test_of_lists_are_those_of_the_class(self) -> None:
        session = self.make_session()

        items = self.v1.checkout.sessions.line_items.list(session.id).to_dict()

        self.assertEqual(list(faults(items, stripe.ListObject, "list")), [])

    def test_have_reasons_only_for_fields_that_are_required(self) -> None:
        for where in LEFT_OUT:
            kind, _dot, name = where.rpartition(".")
            with self.subTest(field=where):
                self.assertFalse(is_optional(annotations(CLASSES[kind])[name]))

    def test_are_of_the_client_s_version(self) -> None:
        self.assertEqual(API_VERSION, stripe.api_version)

    def test_faults_are_found(self) -> None:
        found = list(
            faults({"id": "prod_1", "object": "product", "new": 1}, stripe.Product, "product")
        )

        self.assertIn("product.new is unknown", found)
        self.assertIn("product.name is required", found)

    def test_event_types_are_known_to_the_client(self) -> None:
        self.make_everything()
        known = set(typing.get_args(annotations(stripe.Event)["type"]))

        unknown = set(self.events_since()) - known

        self.assertEqual(unknown, set())
