/** Forms that post themselves to the API: `data-api` is the address. */

import { call, show, valuesOf } from "./api.js";

for (const form of document.querySelectorAll("form[data-api]")) {
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const button = form.querySelector("button");
    button.disabled = true;
    const answer = await call("POST", form.dataset.api, { body: valuesOf(form) });
    button.disabled = false;
    show(form.querySelector(".answer"), answer);
    const name = form.dataset.api.split("/").filter(Boolean).at(-1);
    const after = document.querySelector(`[data-after="${name}"]`);
    if (after) after.hidden = !answer.ok;
    // What works once is not offered twice.
    if (answer.ok && form.hasAttribute("data-once")) button.hidden = true;
  });
}
