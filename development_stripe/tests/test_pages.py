"""The pages, as a browser without JavaScript sees them."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

from development_stripe.tests.stack import MONTHLY, ONCE, SMALL, YEARLY, StripeTestCase

BANNER = "Development Stripe: no money moves"


class CheckoutPageTests(StripeTestCase):
    def test_shows_what_is_bought_and_returns_after_payment(self) -> None:
        session = self.make_session()

        status, text, _location = self.page(str(session.url))
        paid, _text, location = self.page(str(session.url), {"outcome": "paid"})

        self.assertEqual(status, 200)
        for words in (BANNER, "€9.00", "Premium", "each month", "Card is declined"):
            self.assertIn(words, text)
        self.assertEqual(paid, 303)
        self.assertEqual(location, f"https://shop.example.com/done?session={session.id}")
        self.assertEqual(self.v1.checkout.sessions.retrieve(session.id).payment_status, "paid")

    def test_shows_yen_without_decimals(self) -> None:
        session = self.make_session(ONCE)

        self.assertIn("¥1,200", self.page(str(session.url))[1])

    def test_shows_a_decline_and_lets_one_try_again(self) -> None:
        session = self.make_session()

        status, text, _location = self.page(str(session.url), {"outcome": "declined"})

        self.assertEqual(status, 402)
        self.assertIn("Your card was declined.", text)
        self.assertEqual(self.page(str(session.url), {"outcome": "paid"})[0], 303)

    def test_lets_one_go_back_without_paying(self) -> None:
        session = self.make_session()

        status, _text, location = self.page(str(session.url), {"outcome": "back"})

        self.assertEqual((status, location), (303, "https://shop.example.com/back"))
        self.assertEqual(self.v1.checkout.sessions.retrieve(session.id).status, "open")

    def test_says_when_all_is_done_or_too_late(self) -> None:
        done, late = self.make_session(), self.make_session()
        self.page(str(done.url), {"outcome": "paid"})
        self.v1.checkout.sessions.expire(late.id)
        mark = self.mark()

        again = self.page(str(done.url), {"outcome": "paid"})

        self.assertIn("has been completed already", again[1])
        self.assertIn("has expired", self.page(str(late.url))[1])
        self.assertEqual(self.mark(), mark)

    def test_escapes_what_others_wrote(self) -> None:
        data = {"currency": "eur", "unit_amount": 5, "product_data": {"name": "<script>x</script>"}}

        session = self.make_session(ONCE, line_items=[{"price_data": data, "quantity": 1}])

        self.assertNotIn("<script>", self.page(str(session.url))[1])

    def test_offers_a_bank_debit(self) -> None:
        session = self.make_session()

        status, _text, _location = self.page(str(session.url), {"outcome": "debit"})

        self.assertEqual(status, 303)
        self.assertEqual(self.v1.checkout.sessions.retrieve(session.id).payment_status, "unpaid")

    def test_takes_money_once_for_many_clicks(self) -> None:
        session = self.make_session(ONCE)

        with ThreadPoolExecutor(10) as pool:
            clicks = [
                pool.submit(self.page, str(session.url), {"outcome": "paid"}) for _ in range(10)
            ]
            statuses = sorted(one.result()[0] for one in clicks)

        self.assertEqual(statuses, [200] * 9 + [303])
        self.assertEqual(self.events_since().count("charge.succeeded"), 1)

    def test_refuses_outcomes_that_it_does_not_offer(self) -> None:
        session = self.make_session()

        self.page(str(session.url), {"outcome": "theft"})

        self.assertEqual(self.v1.checkout.sessions.retrieve(session.id).status, "open")


class PortalPageTests(StripeTestCase):
    def open_portal(self, customer: str) -> str:
        return self.v1.billing_portal.sessions.create(
            {"customer": customer, "return_url": "https://shop.example.com/account"}
        ).url

    def test_cancels_resumes_and_changes_the_plan(self) -> None:
        subscription = self.make_subscription()
        url = self.open_portal(str(subscription.customer))
        form: dict[str, Any] = {"subscription": subscription.id}

        before = self.page(url)[1]
        self.page(url, form | {"action": "cancel"})
        canceled = self.v1.subscriptions.retrieve(subscription.id)
        during = self.page(url)[1]
        self.page(url, form | {"action": "resume"})
        resumed = self.v1.subscriptions.retrieve(subscription.id)
        self.page(url, form | {"action": "change", "price": YEARLY})

        for words in (BANNER, "ada@example.com", "Status active, renews on", "Invoices", "Back"):
            self.assertIn(words, before)
        self.assertIn("ends on", during)
        self.assertEqual(
            (canceled.cancel_at, canceled.cancel_at_period_end),
            (subscription["items"].data[0].current_period_end, False),
        )
        self.assertIsNone(resumed.cancel_at)
        changed = self.v1.subscriptions.retrieve(subscription.id)
        self.assertEqual(changed["items"].data[0].price.id, YEARLY)

    def test_changes_nothing_of_other_customers(self) -> None:
        mine, other = self.make_subscription(), self.make_subscription()
        url = self.open_portal(str(mine.customer))

        self.page(url, {"subscription": other.id, "action": "cancel"})

        self.assertIsNone(self.v1.subscriptions.retrieve(other.id).cancel_at)

    def test_leads_to_invoices_and_receipts(self) -> None:
        subscription = self.make_subscription()
        invoice = self.v1.invoices.retrieve(str(subscription.latest_invoice))
        charge = self.v1.charges.list({"customer": str(subscription.customer)}).data[0]

        self.assertIn("This invoice is paid.", self.page(str(invoice.hosted_invoice_url))[1])
        self.assertIn("€9.00", self.page(str(charge.receipt_url))[1])


class ControlPageTests(StripeTestCase):
    def account(self) -> str:
        return str(self.shown("account")["id"])

    def test_shows_everything_and_lets_things_happen(self) -> None:
        subscription = self.make_subscription()
        charge = self.make_charge()
        account = self.account()

        status, text, _location = self.page(f"/?account={account}")
        renewed = self.page("/do/renew", {"account": account, "subscription": subscription.id})
        self.page("/do/refund", {"account": account, "charge": charge.id, "amount": "200"})
        self.page("/do/advance", {"account": account, "days": "1"})
        self.page("/do/hold", {"account": account, "on": "true"})

        self.assertEqual(status, 200)
        for words in (BANNER, subscription.id, charge.id, "Renew now", "Refund part", "Duplicate"):
            self.assertIn(words, text)
        self.assertNotIn(self.key, text)
        self.assertEqual((renewed[0], renewed[2]), (303, f"/?account={account}"))
        self.assertEqual(self.v1.charges.retrieve(charge.id).amount_refunded, 200)
        shown = self.shown("account")
        self.assertEqual((shown["offset"], shown["hold"]), (86_400, True))

    def test_shows_why_something_cannot_be_done(self) -> None:
        status, text, _location = self.page(
            "/do/renew", {"account": self.account(), "subscription": "sub_none"}
        )

        self.assertEqual(status, 400)
        self.assertIn("No such subscription", text)

    def test_shows_disputes_sessions_and_plans_in_all_states(self) -> None:
        self.control("dispute", charge=self.make_charge().id)
        self.control("pay", session=self.make_session(ONCE).id, outcome="debit")
        self.make_session(MONTHLY)
        ended = self.make_subscription(SMALL)
        self.v1.subscriptions.cancel(ended.id)
        self.make_receiver()
        self.make_customer()
        self.control("wait")

        text = self.page(f"/?account={self.account()}")[1]

        for words in ("We win", "Bank refuses", "Let it expire", "canceled", "1 delivered"):
            self.assertIn(words, text)

    def test_unknown_pages_are_not_found(self) -> None:
        for path in ("/pay/cs_test_none", "/nothing", "/portal/", "/do/renew"):
            with self.subTest(path=path):
                self.assertEqual(self.page(path)[0], 404)

    def test_the_style_sheet_is_there(self) -> None:
        self.assertEqual(self.page("/style.css")[0], 200)
