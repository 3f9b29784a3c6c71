/** Asks how a checkout stands until it is settled; coming back from Stripe proves nothing. */

import { call } from "./api.js";

const SETTLED = {
  completed: "Paid. What you bought is open.",
  expired: "Nobody paid in time. You can try again.",
  failed: "The payment failed. You can try again.",
  review: "The payment is being looked at by a person.",
};
const place = document.getElementById("state");
const path = `/api/billing/checkout/${encodeURIComponent(place.dataset.session)}/`;
const token = sessionStorage.getItem("ressourcefy.access_token");

for (let tries = 0; tries < 60; tries += 1) {
  const answer = await call("GET", path, { token });
  const status = answer.body.data?.status;
  if (!answer.ok) place.textContent = answer.body.error.message;
  if (status === "processing") place.textContent = "Your bank carries it out; that can take days.";
  if (status in SETTLED) {
    place.textContent = SETTLED[status];
    place.className = `answer ${status === "completed" ? "worked" : "failed"}`;
  }
  if (!answer.ok || status in SETTLED) break;
  await new Promise((resolve) => setTimeout(resolve, 1000));
}
