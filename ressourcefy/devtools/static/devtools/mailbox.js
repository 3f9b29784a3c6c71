/** Shows new mails without a reload. */

const SECONDS = 2;
const list = document.getElementById("mails");

async function look() {
  if (document.hidden) return;
  try {
    const response = await fetch(location.href, { credentials: "omit" });
    if (!response.ok) return;
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    const fresh = page.getElementById("mails");
    if (fresh.innerHTML !== list.innerHTML) list.replaceChildren(...fresh.childNodes);
  } catch {
    // The server is being restarted: the next look will find it.
  }
}

setInterval(look, SECONDS * 1000);
