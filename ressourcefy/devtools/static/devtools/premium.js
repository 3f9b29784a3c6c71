/** Plans, one's own subscription and payments, and resources to buy. */

import { call, show } from "./api.js";

const token = sessionStorage.getItem("ressourcefy.access_token");
const byId = (id) => document.getElementById(id);
const answerPlace = byId("answer");

/** An amount in the smallest unit of its currency, as the browser writes it. */
function money(cents, currency) {
  const format = new Intl.NumberFormat(undefined, { style: "currency", currency });
  return format.format(cents / 10 ** format.resolvedOptions().maximumFractionDigits);
}

const date = (text) => (text ? new Date(text).toLocaleString() : "–");

function element(name, text = "") {
  const made = document.createElement(name);
  made.textContent = text;
  return made;
}

/** A button that opens a page of Stripe. */
function payButton(label, path, body) {
  const button = element("button", label);
  button.type = "button";
  button.addEventListener("click", async () => {
    button.disabled = true;
    const answer = await call("POST", path, { body, token });
    button.disabled = false;
    if (answer.ok) location.assign(answer.body.data.url);
    else show(answerPlace, answer);
  });
  return button;
}

async function showOffers() {
  const answer = await call("GET", "/api/billing/plans/");
  const offers = answer.ok ? answer.body.data : [];
  byId("offers").replaceChildren(
    ...offers.map((offer) => {
      const line = element("p", `${money(offer.amount_cents, offer.currency)} a ${offer.interval} `);
      if (token) line.append(payButton("Subscribe", "/api/billing/checkout/", { plan: offer.key }));
      return line;
    }),
  );
  if (offers.length === 0) byId("offers").replaceChildren(element("p", "Nothing is sold here."));
}

async function showSubscription() {
  const answer = await call("GET", "/api/billing/subscription/", { token });
  if (!answer.ok) {
    if (answer.status === 401) sessionStorage.removeItem("ressourcefy.access_token");
    show(answerPlace, answer);
    byId("signed-out").hidden = false;
    return;
  }
  const own = answer.body.data;
  for (const place of document.querySelectorAll("[data-subscription]")) {
    const name = place.dataset.subscription;
    place.textContent = /_(end|until)$/.test(name) ? date(own[name]) : own[name] || "–";
  }
  byId("to-pay").hidden = !own.action_url;
  if (own.action_url) byId("to-pay").querySelector("a").href = own.action_url;
  byId("portal").hidden = own.origin !== "stripe";
  byId("subscription").hidden = false;
}

async function showPayments() {
  const answer = await call("GET", "/api/billing/payments/?page=1&page_size=20", { token });
  const payments = answer.ok ? answer.body.data : [];
  byId("payments").hidden = payments.length === 0;
  byId("payments")
    .querySelector("tbody")
    .replaceChildren(
      ...payments.map((payment) => {
        const row = element("tr");
        const refunded = payment.amount_refunded_cents
          ? `, ${money(payment.amount_refunded_cents, payment.currency)} refunded`
          : "";
        row.append(
          element("td", date(payment.paid_at)),
          element("td", payment.resource_title ?? "Premium"),
          element("td", money(payment.amount_cents, payment.currency)),
          element("td", payment.status + refunded),
        );
        const receipt = element("td", payment.receipt_url ? "" : "–");
        if (payment.receipt_url) {
          const link = element("a", "Receipt");
          link.href = payment.receipt_url;
          receipt.append(link);
        }
        row.append(receipt);
        return row;
      }),
    );
}

async function showPriced() {
  const answer = await call("GET", "/api/feed/?include=premium&page_size=100", { token });
  const priced = (answer.ok ? answer.body.data : []).filter((item) => item.price_cents);
  byId("priced").hidden = priced.length === 0;
  byId("resources").replaceChildren(
    ...priced.map((item) => {
      const line = element("p", `${item.title} `);
      if (item.locked) {
        line.append(payButton("Buy", "/api/billing/checkout/", { resource_id: item.id }));
      } else {
        line.append(element("strong", "open to you"));
      }
      return line;
    }),
  );
}

byId("portal").addEventListener("click", async () => {
  const answer = await call("POST", "/api/billing/portal/", { body: {}, token });
  if (answer.ok) location.assign(answer.body.data.url);
  else show(answerPlace, answer);
});

await showOffers();
if (token) await Promise.all([showSubscription(), showPayments(), showPriced()]);
else byId("signed-out").hidden = false;
