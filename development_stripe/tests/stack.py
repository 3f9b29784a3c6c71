"""A development Stripe, its real client, and a receiver of its events, for one test class."""

import http.client
import http.server
import json
import threading
import time
import unittest
import urllib.parse
import uuid
from collections.abc import Callable
from typing import Any, ClassVar

import stripe

from development_stripe.deliveries import Deliverer
from development_stripe.messages import Thing
from development_stripe.routing import Application
from development_stripe.server import Server
from development_stripe.store import Store

SECRET = "whsec_of_the_tests"
PATIENCE_SECONDS = 20.0
MONTHLY, YEARLY, SMALL, ONCE = "price_monthly", "price_yearly", "price_small", "price_once"
CATALOGUE = [
    {
        "id": MONTHLY,
        "product": "Premium",
        "unit_amount": 900,
        "currency": "eur",
        "interval": "month",
    },
    {
        "id": YEARLY,
        "product": "Premium",
        "unit_amount": 9000,
        "currency": "eur",
        "interval": "year",
    },
    {"id": SMALL, "product": "Basic", "unit_amount": 500, "currency": "eur", "interval": "month"},
    {"id": ONCE, "product": "A book", "unit_amount": 1200, "currency": "jpy"},
]


class Refused(Exception):
    """An answer of 400 and above to a control call."""

    def __init__(self, status: int, error: Thing) -> None:
        super().__init__(error.get("message"))
        self.status = status
        self.error = error


class Receiver(http.server.ThreadingHTTPServer):
    """Takes deliveries; answers with `statuses` one after the other, then with 200."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self) -> None:
        self.received: list[tuple[bytes, str]] = []
        self.statuses: list[int] = []
        super().__init__(("127.0.0.1", 0), ReceiverHandler)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/hook"

    def types(self) -> list[str]:
        return [json.loads(body)["type"] for body, _signature in list(self.received)]


class ReceiverHandler(http.server.BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        self.server.received.append((body, self.headers["stripe-signature"]))
        self.send_response(self.server.statuses.pop(0) if self.server.statuses else 200)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""


class StripeTestCase(unittest.TestCase):
    """Each test has an account of its own."""

    server: ClassVar[Server]
    store: ClassVar[Store]
    maxDiff = None

    @classmethod
    def setUpClass(cls) -> None:
        cls.server, cls.store = Server("127.0.0.1", 0), Store()
        cls.store.load(cls.server.base)
        deliverer = Deliverer(cls.store)
        cls.server.application = Application(cls.store, deliverer)
        deliverer.start()
        threading.Thread(target=cls.server.serve_forever, args=(0.02,), daemon=True).start()
        cls.addClassCleanup(cls.server.server_close)
        cls.addClassCleanup(cls.server.shutdown)
        cls.addClassCleanup(deliverer.stop)

    def setUp(self) -> None:
        self.key = f"sk_test_{uuid.uuid4().hex}"
        self.client = make_client(self.server.base, self.key)
        self.v1 = self.client.v1
        self.control("catalogue", prices=CATALOGUE)

    def control(self, action: str, **body: object) -> Thing:
        """Raises Refused."""
        return call(self.server.base, self.key, "POST", f"/control/{action}", body)

    def shown(self, name: str) -> Thing:
        return call(self.server.base, self.key, "GET", f"/control/{name}")

    def page(self, address: str, form: Thing | None = None) -> tuple[int, str, str]:
        """Status, text and Location of a page; with a form it is posted."""
        connection = http.client.HTTPConnection(
            self.server.base.removeprefix("http://"), timeout=20
        )
        path = address.removeprefix(self.server.base)
        if form is None:
            connection.request("GET", path)
        else:
            headers = {"Content-Type": "application/x-www-form-urlencoded"}
            connection.request("POST", path, urllib.parse.urlencode(form), headers)
        answer = connection.getresponse()
        text = answer.read().decode()
        connection.close()
        return answer.status, text, answer.getheader("Location") or ""

    def make_receiver(self, **endpoint: object) -> Receiver:
        receiver = Receiver()
        threading.Thread(target=receiver.serve_forever, args=(0.02,), daemon=True).start()
        self.addCleanup(receiver.server_close)
        self.addCleanup(receiver.shutdown)
        self.control("endpoint", url=receiver.url, secret=SECRET, **endpoint)
        return receiver

    def make_customer(self, **given: Any) -> stripe.Customer:
        parameters: Any = {"email": "ada@example.com", **given}
        return self.v1.customers.create(parameters)

    def make_session(self, price: str = MONTHLY, **given: Any) -> stripe.checkout.Session:
        """For a subscription, or a payment where the price is for once."""
        parameters: Any = {
            "mode": "payment" if price == ONCE else "subscription",
            "success_url": "https://shop.example.com/done?session={CHECKOUT_SESSION_ID}",
            "cancel_url": "https://shop.example.com/back",
            "line_items": [{"price": price, "quantity": 1}],
            **given,
        }
        if "customer" not in given:
            parameters["customer"] = self.make_customer().id
        return self.v1.checkout.sessions.create(parameters)

    def make_subscription(self, price: str = MONTHLY, **given: Any) -> stripe.Subscription:
        """A paid one."""
        session = self.control("pay", session=self.make_session(price, **given).id)
        return self.v1.subscriptions.retrieve(session["subscription"])

    def make_charge(self) -> stripe.Charge:
        """Of a purchase of 1,200 yen."""
        session = self.control("pay", session=self.make_session(ONCE).id)
        intent = self.v1.payment_intents.retrieve(session["payment_intent"])
        return self.v1.charges.retrieve(str(intent.latest_charge))

    def events_since(self, mark: int = 0) -> list[str]:
        return [one.type for one in self.all_events()[mark:]]

    def all_events(self) -> list[stripe.Event]:
        """Oldest first."""
        return list(self.v1.events.list({"limit": 100}).auto_paging_iter())[::-1]

    def mark(self) -> int:
        return len(self.all_events())

    def refusal(self, call: Callable[[], object]) -> stripe.StripeError:
        with self.assertRaises(stripe.StripeError) as caught:
            call()
        return caught.exception


def make_client(base: str, key: str, **options: Any) -> stripe.StripeClient:
    return stripe.StripeClient(
        key, base_addresses={"api": base}, **{"max_network_retries": 0, **options}
    )


def call(base: str, key: str, method: str, path: str, body: Thing | None = None) -> Thing:
    """A control call; raises Refused."""
    connection = http.client.HTTPConnection(base.removeprefix("http://"), timeout=70)
    headers = {"Authorization": f"Bearer {key}"}
    connection.request(method, path, None if body is None else json.dumps(body), headers)
    answer = connection.getresponse()
    thing: Thing = json.loads(answer.read())
    connection.close()
    if answer.status >= 400:
        raise Refused(answer.status, thing["error"])
    return thing


def wait_until(condition: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"not in time: {what}")
        time.sleep(0.02)
