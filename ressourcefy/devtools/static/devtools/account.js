/** Signing in, and onboarding step by step. The server says which step comes next. */

import { call, show, valuesOf } from "./api.js";

const KEY = "ressourcefy.access_token";
const STEPS = ["not_started", "profile", "interests", "completed"];
const answerPlace = document.getElementById("answer");
const byId = (id) => document.getElementById(id);

const token = () => sessionStorage.getItem(KEY);

function showSection(name) {
  for (const id of ["signed-out", ...STEPS]) byId(id).hidden = id !== name;
  const list = document.querySelector(".steps");
  list.hidden = !STEPS.includes(name);
  for (const item of list.children) {
    const distance = STEPS.indexOf(item.dataset.step) - STEPS.indexOf(name);
    item.classList.toggle("done", distance < 0 || name === "completed");
    if (distance === 0) item.setAttribute("aria-current", "step");
    else item.removeAttribute("aria-current");
  }
  byId("sign-out").hidden = name === "signed-out";
}

/** Ask who is signed in, and show what that person has to do next. */
async function refresh() {
  if (!token()) return showSection("signed-out");
  const answer = await call("GET", "/api/user/me/", { token: token() });
  if (!answer.ok) {
    if (answer.status === 401) sessionStorage.removeItem(KEY);
    show(answerPlace, answer);
    return showSection("signed-out");
  }
  const user = answer.body.data;
  for (const place of document.querySelectorAll("[data-user]")) {
    place.textContent = user[place.dataset.user] ?? "";
  }
  if (user.onboarding_step === "profile") fillProfile(user);
  if (user.onboarding_step === "interests") await fillTags();
  if (user.onboarding_step === "completed") byId("access-token").value = token();
  showSection(user.onboarding_step);
}

function fillProfile(user) {
  const form = byId("profile-form");
  form.username.value = user.username ?? "";
  form.bio.value = user.bio ?? "";
  form.avatar_url.value = user.avatar_url ?? "";
}

async function fillTags() {
  const answer = await call("GET", "/api/tags/");
  const tags = answer.ok ? answer.body.data : [];
  byId("tags").replaceChildren(
    ...tags.map((tag) => {
      const label = document.createElement("label");
      const box = document.createElement("input");
      box.type = "checkbox";
      box.value = tag.id;
      label.append(box, ` ${tag.name}`);
      return label;
    }),
  );
}

/** Send what `read` finds when the form is submitted, then go where the server says. */
function onSubmit(id, path, read, then = () => {}) {
  byId(id).addEventListener("submit", async (event) => {
    event.preventDefault();
    const button = event.target.querySelector("button");
    button.disabled = true;
    const answer = await call("POST", path, { body: read(event.target), token: token() });
    button.disabled = false;
    show(answerPlace, answer);
    if (answer.ok) then(answer);
    // Another tab may have taken the step already; then the server knows where we are.
    if (answer.ok || answer.body.error?.code === "invalid_onboarding_step") await refresh();
  });
}

onSubmit("sign-in", "/api/auth/login/", valuesOf, (answer) => {
  sessionStorage.setItem(KEY, answer.body.data.access_token);
  answerPlace.hidden = true;
});
onSubmit("start", "/api/onboarding/start/", () => ({}));
onSubmit("profile-form", "/api/onboarding/profile/", valuesOf);
onSubmit("interests-form", "/api/onboarding/interests/", () => ({
  tag_ids: [...document.querySelectorAll("#tags input:checked")].map((box) => box.value),
}));

byId("sign-out").addEventListener("submit", async (event) => {
  event.preventDefault();
  const answer = await call("POST", "/api/auth/logout/", { token: token() });
  sessionStorage.removeItem(KEY);
  show(answerPlace, answer);
  showSection("signed-out");
});

byId("copy").addEventListener("click", async () => {
  const field = byId("access-token");
  field.select();
  await navigator.clipboard.writeText(field.value);
  byId("copy").textContent = "Copied";
});

refresh();
