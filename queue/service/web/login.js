// Logging in.

import { ask, Problem } from "./asking.js";
import { byId, el, explain, shell, show } from "./shell.js";
import { t } from "./words.js";

/// Only a page of this service may be gone back to.
function back() {
  const asked = new URLSearchParams(location.search).get("next") ?? "/";
  return /^\/(?!\/)[\w\-/]*$/.test(asked) ? asked : "/";
}

async function logIn(event) {
  event.preventDefault();
  const form = event.currentTarget;
  const send = form.querySelector("button");
  send.disabled = true;
  try {
    await ask("POST", "/v1/session", { user: form.elements.user.value.trim(), password: form.elements.password.value });
    location.assign(back());
  } catch (error) {
    send.disabled = false;
    byId("problem").textContent = said(error);
    form.elements.password.value = "";
    form.elements.password.focus();
  }
}

function said(error) {
  if (error instanceof Problem && error.status === 429) {
    return t("too_many");
  }
  return error instanceof Problem && error.status < 500 ? t("wrong_login") : explain(error);
}

await shell(t("log_in"));
show(byId("main"),
  el("form", { class: "narrow", onsubmit: logIn },
    el("h1", { text: t("log_in") }),
    el("label", { for: "user", text: t("user") }),
    el("input", { id: "user", name: "user", autocomplete: "username", autocapitalize: "none", spellcheck: "false", required: true }),
    el("label", { for: "password", text: t("password") }),
    el("input", { id: "password", name: "password", type: "password", autocomplete: "current-password", required: true }),
    el("p", { id: "problem", class: "bad", role: "alert" }),
    el("button", { type: "submit", class: "primary", text: t("log_in") })));
byId("user").focus();
