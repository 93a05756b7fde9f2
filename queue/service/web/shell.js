// What every page of staff has: header, language, light or dark, who is logged in, messages.

import { ask, NoAnswer, Problem } from "./asking.js";
import { language, remember, remembered, t } from "./words.js";

/// An element with attributes (`on…` are listeners, `text` its text) and children.
export function el(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name === "text") {
      made.textContent = value;
    } else if (name.startsWith("on")) {
      made.addEventListener(name.slice(2), value);
    } else if (value === true) {
      made.setAttribute(name, "");
    } else if (value !== false && value !== null && value !== undefined) {
      made.setAttribute(name, value);
    }
  }
  made.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined));
  return made;
}

export const byId = (id) => document.getElementById(id);

/// Puts `children` in the place of what `parent` has.
export function show(parent, ...children) {
  parent.replaceChildren(...children.flat(Infinity).filter((child) => child !== null && child !== undefined));
}

/// Says something in the page's status line; screen readers read it out.
export function announce(text, tone = "good") {
  const line = byId("status");
  line.className = tone;
  line.textContent = text;
}

/// What went wrong, as staff read it.
export function explain(error) {
  if (error instanceof NoAnswer) {
    return t("offline");
  }
  if (error instanceof Problem) {
    return error.detail ? `${error.title} (${error.detail})` : error.title;
  }
  return t("unknown_problem");
}

/// To the login page and back, where the service asks for it.
export function goToLogin() {
  location.assign(`/login?next=${encodeURIComponent(location.pathname)}`);
}

export function refusedToStart(error) {
  if (error instanceof Problem && error.status === 401) {
    goToLogin();
    return;
  }
  const text = error instanceof Problem && error.status === 403 ? t("not_allowed") : explain(error);
  show(byId("main"), el("p", { class: "notice", role: "alert", text }),
    el("button", { type: "button", text: t("reload"), onclick: () => location.reload() }));
}

function theme() {
  const chosen = remembered("theme");
  if (chosen === "dark" || chosen === "light") {
    return chosen;
  }
  return matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
}

function applyTheme(name) {
  document.documentElement.dataset.theme = name;
}

function switchLanguage() {
  remember("language", language === "vi" ? "en" : "vi");
  const url = new URL(location.href);
  url.searchParams.delete("lang");
  location.replace(url);
}

const LINKS = [
  ["/", "start"],
  ["/administration", "administration"],
  ["/statistics", "statistics"],
];

async function who() {
  try {
    return await ask("GET", "/v1/session");
  } catch {
    return null;
  }
}

async function logOut() {
  try {
    await ask("DELETE", "/v1/session");
  } finally {
    location.assign("/login");
  }
}

/// Draws the header of a page called `title`; the rest of the page is `<main id="main">`.
export async function shell(title) {
  applyTheme(theme());
  document.documentElement.lang = language;
  document.title = `${title} – ${t("product")}`;
  const link = ([path, key]) =>
    el("a", { href: path, "aria-current": location.pathname === path ? "page" : null, text: t(key) });
  const person = el("span", { id: "person" });
  show(byId("header"),
    el("a", { class: "skip", href: "#main", text: t("skip") }),
    el("a", { class: "brand", href: "/" }, el("img", { src: "/assets/icon.svg", alt: "", width: "36", height: "36" }), t("product")),
    el("nav", { "aria-label": t("nav") }, LINKS.map(link)),
    person,
    el("button", { type: "button", class: "plain", lang: language === "vi" ? "en" : "vi", text: t("other_language"), onclick: switchLanguage }),
    el("button", {
      type: "button", class: "plain", text: t("theme"),
      onclick: () => {
        const next = document.documentElement.dataset.theme === "dark" ? "light" : "dark";
        remember("theme", next);
        applyTheme(next);
      },
    }));
  const staff = await who();
  if (staff?.user) {
    show(person, el("span", { text: staff.user }), el("button", { type: "button", class: "plain", text: t("log_out"), onclick: logOut }));
  } else {
    show(person, el("a", { href: "/login", text: t("log_in") }));
  }
  return staff;
}
