"""The paid part of the way: from the price to premium, through a year's troubles, to its end."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from devtools.journey.browser import Answer, Browser, StepFailed
from devtools.journey.till import Till

_PATIENCE_SECONDS = 30.0
_POLL_SECONDS = 0.2
_FOUR_MONTHS = 125 * 24 * 3_600

type Step = tuple[str, Callable[[], str]]


@dataclass(slots=True)
class Paying:
    """Steps of a person who subscribes, and buys a resource; `token` is asked for each time."""

    browser: Browser
    email: str
    token: Callable[[], str]
    premium_resource: Callable[[], str]
    _till: Till = field(init=False)
    _session: str = field(init=False, default="")

    def steps(self) -> list[Step]:
        """In their order."""
        return [
            ("The reader sees what premium costs", self._see_offers),
            ("The reader pays on Stripe's page", self._subscribe),
            ("Stripe's delivery opens premium", self._enjoy_premium),
            ("A welcome and a receipt are mailed", self._receive_first_mails),
            ("A month later the subscription renews", self._renew),
            ("A payment fails: access stays, and a mail says how to pay", self._fail_to_renew),
            ("The open invoice is paid", self._recover),
            ("The reader cancels in the portal; premium stays for now", self._cancel),
            ("The period ends, and premium closes", self._end),
            ("The reader buys the resource by itself", self._buy),
            ("It is refunded, and closes", self._be_refunded),
        ]

    def _see_offers(self) -> str:
        offers = self.browser.call("GET", "/api/billing/plans/").expect(200).data
        own = self._subscription()
        if own["plan"] != "free" or not offers:
            raise StepFailed("somebody who never paid has a subscription, or nothing is sold")
        return ", ".join(f"{one['key']} {one['amount_cents']} {one['currency']}" for one in offers)

    def _subscribe(self) -> str:
        offers = self.browser.call("GET", "/api/billing/plans/").expect(200).data
        page = self._check_out(plan=offers[0]["key"])
        self._be_refused(400, "invalid_action", price_id="price_of_somebody_else")
        return self._pay(page)

    def _enjoy_premium(self) -> str:
        self._wait_for_checkout()
        # Told by another delivery than the end of the checkout, which may come first.
        own = self._wait_for("premium", stripe_status="active", has_access=True)
        opened = self._access().expect(200)
        self._be_refused(409, "already_subscribed", plan=own["offer"])
        return f"200 with {opened.data['latest_version']['file_url']}; a second checkout: 409"

    def _receive_first_mails(self) -> str:
        subjects = ("Welcome to Ressourcefy Premium", "Your payment to Ressourcefy")
        return "; ".join(self._mailed(subject) for subject in subjects)

    def _renew(self) -> str:
        before = self._subscription()["current_period_end"]
        self._till.control("renew", subscription=self._stripe_subscription())
        self._until(lambda: self._subscription()["current_period_end"] > before, "the renewal")
        payments = self._until(
            lambda: (found := self._payments()) and len(found) > 1 and found, "a second payment"
        )
        self._mailed("Your payment to Ressourcefy")
        return (
            f"period until {self._subscription()['current_period_end']}, {len(payments)} payments"
        )

    def _fail_to_renew(self) -> str:
        self._till.control("card", customer=self._stripe_customer(), works=False)
        self._till.control("renew", subscription=self._stripe_subscription())
        own = self._wait_for("the failure", stripe_status="past_due", action="pay_invoice")
        self._access().expect(200)
        self._mailed("Your payment to Ressourcefy failed")
        return f"past_due, status {own['status']}, access until {own['access_until']}"

    def _recover(self) -> str:
        invoice = self._subscription()["action_url"]
        self._till.control("card", customer=self._stripe_customer(), works=True)
        self._till.submit(invoice)
        own = self._wait_for("the recovery", stripe_status="active", action="none")
        return f"{urlsplit(invoice).path}: {own['stripe_status']} again"

    def _cancel(self) -> str:
        portal = self._post("/api/billing/portal/", {}).expect(200).data["url"]
        self._till.submit(portal, action="cancel", subscription=self._stripe_subscription())
        own = self._until(
            lambda: (found := self._subscription())["cancel_at"] and found, "the cancellation"
        )
        self._access().expect(200)
        self._mailed("Your Premium subscription will end")
        return f"ends at {own['cancel_at']}, open until then"

    def _end(self) -> str:
        # Renewals have taken Stripe's clock into the future; ours takes Stripe's word for the end.
        self._till.control("advance", seconds=_FOUR_MONTHS)
        own = self._wait_for("the end", status="canceled", has_access=False)
        refused = self._access().expect(403, "access_denied")
        self._mailed("Your Premium subscription has ended")
        return f"{own['status']}; the resource: 403 {refused.code}"

    def _buy(self) -> str:
        page = self._check_out(resource_id=self.premium_resource())
        words = self._pay(page)
        self._wait_for_checkout()
        self._access().expect(200)
        self._be_refused(409, "already_purchased", resource_id=self.premium_resource())
        return f"{words}; open: 200; a second checkout: 409"

    def _be_refunded(self) -> str:
        intent = self._till.newest("payment_intents")["id"]
        self._till.control("refund", payment_intent=intent)
        payment = self._until(
            lambda: (found := self._payments()[0])["status"] == "refunded" and found, "the refund"
        )
        refused = self._access().expect(403, "access_denied")
        self._mailed("A refund from Ressourcefy")
        return f"payment {payment['status']}; the resource: 403 {refused.code}"

    # What several steps do ------------------------------------------------------------------------

    def _be_refused(self, status: int, code: str, **body: str) -> None:
        self._post("/api/billing/checkout/", body).expect(status, code)

    def _check_out(self, **body: str) -> str:
        """The page where the payer goes next."""
        answer = self._post("/api/billing/checkout/", body).expect(201)
        self._session = answer.data["sessionId"]
        page: str = answer.data["url"]
        self._till = Till.of(page)
        return page

    def _pay(self, page: str) -> str:
        back = self._till.submit(page, outcome="paid")
        return f"201 {self._session[:12]}…; paid; sent back to {urlsplit(back).path}"

    def _wait_for_checkout(self) -> None:
        path = f"/api/billing/checkout/{self._session}/"
        self._until(
            lambda: self._get(path).expect(200).data["status"] == "completed", "the payment"
        )

    def _wait_for(self, what: str, **expected: Any) -> dict[str, Any]:
        """The subscription, once it is as expected."""

        def found() -> dict[str, Any] | None:
            own = self._subscription()
            return own if all(own[name] == value for name, value in expected.items()) else None

        own: dict[str, Any] = self._until(found, what)
        return own

    def _until(self, condition: Callable[[], Any], what: str) -> Any:
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while not (found := condition()):
            if time.monotonic() > deadline:
                raise StepFailed(f"{what} was not told within {_PATIENCE_SECONDS:g} s")
            time.sleep(_POLL_SECONDS)
        return found

    def _mailed(self, subject: str) -> str:
        self.browser.mail_to(self.email, subject=subject)
        return f"“{subject}”"

    def _subscription(self) -> dict[str, Any]:
        own: dict[str, Any] = self._get("/api/billing/subscription/").expect(200).data
        return own

    def _payments(self) -> list[dict[str, Any]]:
        payments: list[dict[str, Any]] = self._get("/api/billing/payments/").expect(200).data
        return payments

    def _stripe_subscription(self) -> str:
        return str(self._till.newest("subscriptions", status="all")["id"])

    def _stripe_customer(self) -> str:
        return str(self._till.newest("subscriptions", status="all")["customer"])

    def _access(self) -> Answer:
        return self._get(f"/api/resources/{self.premium_resource()}/access/")

    def _get(self, path: str) -> Answer:
        return self.browser.call("GET", path, token=self.token())

    def _post(self, path: str, body: dict[str, Any]) -> Answer:
        return self.browser.call("POST", path, body, token=self.token())
