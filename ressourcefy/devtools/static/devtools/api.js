/** Calls to the API, and its answers in words. */

/** Resolves to `{ok, status, body}`, also when the server cannot be reached. */
export async function call(method, path, { body, token } = {}) {
  const headers = { Accept: "application/json" };
  if (body !== undefined) headers["Content-Type"] = "application/json";
  if (token) headers.Authorization = `Bearer ${token}`;
  try {
    const response = await fetch(path, {
      method,
      headers,
      credentials: "omit",
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    return { ok: response.ok, status: response.status, body: await response.json() };
  } catch {
    const message = "The server did not answer. Is it still running?";
    return { ok: false, status: 0, body: { error: { message } } };
  }
}

/** What a form would send: text, and true or false for a single check box. */
export function valuesOf(form) {
  const values = {};
  for (const field of form.elements) {
    if (!field.name) continue;
    values[field.name] = field.type === "checkbox" ? field.checked : field.value;
  }
  return values;
}

/** Put the answer into `place`: a sentence, and what is wrong with which field. */
export function show(place, { ok, body }) {
  const error = body.error ?? {};
  const sentence = ok ? (body.data?.message ?? "Done.") : (error.message ?? "It did not work.");
  place.className = `answer ${ok ? "worked" : "failed"}`;
  place.replaceChildren(paragraph(sentence));
  const details = Object.entries(error.details ?? {});
  if (details.length > 0) {
    const list = document.createElement("ul");
    for (const [field, texts] of details) {
      const item = document.createElement("li");
      const label = field === "root" ? "" : `${field.replaceAll("_", " ")}: `;
      item.textContent = label + [texts].flat().join(" ");
      list.append(item);
    }
    place.append(list);
  }
  place.hidden = false;
}

function paragraph(text) {
  const element = document.createElement("p");
  element.textContent = text;
  return element;
}
