// The room's page: one button calls the next, and everything works by keyboard.

import { ask, insist, NoAnswer, Problem, requestId } from "./asking.js";
import { announce, byId, el, explain, goToLogin, refusedToStart, shell, show } from "./shell.js";
import { groupsDialog, openGroups } from "./room_groups.js";
import { clock, duration, remember, remembered, t } from "./words.js";

const LOOK_EVERY_MS = 3000;
const STALE_AFTER_MS = 10000;
// A second press this soon is the same press: a double click, or a key that bounced.
const SAME_PRESS_MS = 700;

const room = decodeURIComponent(location.pathname.split("/")[2] ?? "");
const base = `/v1/rooms/${encodeURIComponent(room)}`;
const kept = `pending ${room}`;

let places = null;
let queue = null;
let heardAt = 0;
let pressing = false;
let pressed = { path: "", at: -Infinity };
let wasStale = false;
let shortcuts = remembered("shortcuts") !== "off";

// ---- Presses: one intent, one request id, sent until it is answered

/// An intent that is not answered yet outlives a reload of the page.
function keep(intent) {
  try {
    if (intent) {
      sessionStorage.setItem(kept, JSON.stringify(intent));
    } else {
      sessionStorage.removeItem(kept);
    }
  } catch {
    // Without storage a reload forgets it; the service does not.
  }
}

function keptIntent() {
  try {
    return JSON.parse(sessionStorage.getItem(kept));
  } catch {
    return null;
  }
}

async function press(event, path, body, said) {
  const now = performance.now();
  const isSame = path === pressed.path && now - pressed.at < SAME_PRESS_MS;
  if (pressing || isSame || event?.repeat || event?.detail > 1) {
    return;
  }
  pressed = { path, at: now };
  await send({ path, body: { request: requestId(), ...body }, said });
}

async function send(intent) {
  pressing = true;
  keep(intent);
  announce(t("waiting_for_answer"), "quiet");
  busy(true);
  try {
    const reply = await insist("POST", intent.path, intent.body, () => announce(t("offline"), "bad"));
    announce(reply.outcome === "nobody_waiting" ? t("said_nobody") : saidOf(intent, reply));
  } catch (error) {
    if (error instanceof Problem && error.status === 401) {
      goToLogin();
    }
    announce(explain(error), "bad");
  } finally {
    keep(null);
    pressing = false;
    busy(false);
    await look();
  }
}

function saidOf(intent, reply) {
  if (intent.said === "help_seen") {
    return t("help_seen");
  }
  const number = reply.call?.number ?? reply.number;
  return intent.said === "call_next" ? t("said_called", number) : t("said_done", number, t(intent.said));
}

/// Not `disabled`: a button that loses the focus loses the keyboard.
function busy(yes) {
  byId("main").dataset.busy = yes ? "yes" : "no";
  for (const button of document.querySelectorAll("#main button")) {
    button.setAttribute("aria-disabled", String(yes || button.dataset.off === "yes"));
  }
}

const callNext = (event) => press(event, `${base}/call-next`, {}, "call_next");
const ofRoom = (step, number, said) => (event) => press(event, `${base}/${step}`, { number }, said);
const ofNumber = (step, number, body, said) => (event) =>
  press(event, `/v1/numbers/${encodeURIComponent(number)}/${step}`, body, said);

/// What may be done with who is at the room, by state; the key, and the step.
function steps(entry) {
  const isCalled = entry?.state === "called";
  const isHere = isCalled || entry?.state === "in_room";
  const number = entry?.number;
  return [
    { key: "R", word: "recall", on: isCalled, act: ofRoom("recall", number, "recall") },
    { key: "V", word: "arrived", on: isCalled, act: ofRoom("arrived", number, "arrived") },
    { key: "X", word: "finish", on: isHere, act: ofRoom("finish", number, "finish") },
    { key: "L", word: "missed", on: isCalled, act: ofRoom("missed", number, "missed") },
    { key: "T", word: "away", on: isHere, act: ofRoom("away", number, "away") },
    { key: "C", word: "transfer", on: isHere, act: () => openTransfer(number) },
    { key: "G", word: "hold", on: isHere, act: ofNumber("hold", number, {}, "hold") },
    { key: "U", word: "groups", on: isHere, act: () => openGroups(entry) },
    { key: "H", word: "cancel_number", on: isHere, act: ofNumber("cancel", number, {}, "cancel_number") },
  ];
}

// ---- Looking

async function look() {
  try {
    queue = await ask("GET", `${base}/queue`);
    heardAt = performance.now();
    draw();
  } catch (error) {
    if (error instanceof Problem && error.status === 401) {
      goToLogin();
    } else if (error instanceof Problem && error.status < 500) {
      announce(explain(error), "bad");
    }
  }
  tellIfStale();
}

function tellIfStale() {
  const silent = performance.now() - heardAt;
  const isStale = silent > STALE_AFTER_MS;
  const banner = byId("stale");
  if (!banner) {
    return;
  }
  banner.hidden = !isStale;
  if (isStale) {
    banner.textContent = t("offline_since", duration(silent / 1000));
  } else if (wasStale) {
    announce(t("online_again"));
  }
  wasStale = isStale;
}

/// Kiosks that ask for staff.
async function lookForHelp() {
  let calls = [];
  try {
    calls = (await ask("GET", "/v1/help"))?.calls ?? [];
  } catch {
    // What the list of numbers says about the network is enough.
    return;
  }
  const seen = (kiosk) => (event) =>
    press(event, `/v1/kiosks/${encodeURIComponent(kiosk)}/help/clear`, {}, "help_seen").then(lookForHelp);
  const line = (call) =>
    el("li", { class: "banner" }, el("span", { text: t("help_at", call.kiosk, clock(call.called_at)) }),
      el("button", { type: "button", class: "small", "data-act": `help ${call.kiosk}`, "aria-label": t("help_seen_at", call.kiosk), text: t("help_seen"), onclick: seen(call.kiosk) }));
  const drawn = JSON.stringify(calls);
  if (byId("help").dataset.drawn !== drawn) {
    byId("help").dataset.drawn = drawn;
    show(byId("help"), calls.map(line));
  }
}

/// The zone's stream says when something happened; the list itself is asked for.
function follow(zone) {
  let timer = 0;
  const soon = () => {
    clearTimeout(timer);
    timer = setTimeout(look, 50);
  };
  const source = new EventSource(`/v1/boards/${encodeURIComponent(zone)}/events?events=2`);
  source.addEventListener("event", soon);
  source.addEventListener("snapshot", soon);
  source.onerror = () => {
    source.close();
    setTimeout(() => follow(zone), 2000 + Math.random() * 2000);
  };
}

// ---- Drawing

const serviceName = (id) => places?.services.find((service) => service.id === id)?.name ?? id;

function mark(entry) {
  return entry.line === "normal" ? null : el("span", { class: `mark ${entry.line}`, text: t(`line_${entry.line}`) });
}

/// What the kiosk could only take the patient's word for.
function checks(entry) {
  const declared = (entry?.groups ?? []).filter((claim) => claim.proof === "declared");
  const words = (entry?.checks ?? []).flatMap((check) =>
    check === "groups" ? declared.map((claim) => t(`group_${claim.group}`)) : [t(`check_${check}`)]);
  return words.length > 0 ? el("span", { class: "mark check", text: t("staff_check", words.join(", ")) }) : null;
}

function whyText(entry) {
  return entry.why === "booked" ? t("why_booked", clock(entry.booked_for)) : t(`why_${entry.why}`);
}

function waited(entry) {
  return duration(Math.max(0, (Date.now() - entry.issued_at) / 1000));
}

function policyText(policy) {
  switch (policy.kind) {
    case "ratio":
      return t("policy_ratio", policy.priority, policy.normal);
    case "ageing":
      return t("policy_ageing", policy.head_start_minutes);
    default:
      return t("policy_strict");
  }
}

function drawCurrent() {
  const entry = queue.at_room;
  const heading = !entry ? t("nobody_here") : entry.state === "in_room" ? t("is_in_room") : t("now_here");
  show(byId("current"),
    el("h2", { text: heading }),
    el("p", { class: "big-number", text: entry?.number ?? "–" }),
    el("p", { class: "of-service" }, entry ? serviceName(entry.service) : "", " ", entry ? mark(entry) : null, " ", checks(entry)));
}

function drawSteps() {
  const parent = byId("steps");
  const all = steps(queue.at_room);
  for (const step of all) {
    let button = parent.querySelector(`[data-word="${step.word}"]`);
    if (!button) {
      button = el("button", { type: "button", "data-word": step.word, "aria-keyshortcuts": step.key },
        el("span", { text: t(step.word) }), el("kbd", { text: step.key }));
      button.addEventListener("click", (event) => {
        const now = steps(queue.at_room).find((other) => other.word === step.word);
        if (now.on) {
          now.act(event);
        }
      });
      parent.append(button);
    }
    button.dataset.off = step.on ? "no" : "yes";
    button.setAttribute("aria-disabled", String(!step.on || pressing));
  }
}

/// What may be done with any number that is not at the room.
function anyNumber(entry) {
  return [
    { word: "groups", act: () => openGroups(entry) },
    { word: "cancel_number", act: ofNumber("cancel", entry.number, {}, "cancel_number") },
  ];
}

function actions(entry) {
  const call = { word: "call_this", act: ofRoom("call", entry.number, "call_this") };
  switch (entry.state) {
    case "missed":
      return [{ word: "waits_again", act: ofNumber("rejoin", entry.number, {}, "waits_again") }, call];
    case "away":
      return [{ word: "come_back", act: ofNumber("return", entry.number, {}, "come_back") }];
    case "held":
      return [
        { word: "waits_again", act: ofNumber("reactivate", entry.number, { placement: "keep_place" }, "waits_again") },
        call,
      ];
    default:
      return [call, { word: "hold", act: ofNumber("hold", entry.number, {}, "hold") }, { word: "transfer", act: () => openTransfer(entry.number) }];
  }
}

function actionCell(entry) {
  const button = ({ word, act }) =>
    el("button", { type: "button", class: word === "cancel_number" ? "small plain" : "small", "data-act": `${word} ${entry.number}`, "aria-label": `${t(word)} ${entry.number}`, text: t(word), onclick: act });
  return el("td", { class: "actions" }, [...actions(entry), ...anyNumber(entry)].map(button));
}

function headRow(...keys) {
  return el("thead", {}, el("tr", {}, keys.map((key) => el("th", { scope: "col", text: t(key) }))));
}

function drawWaiting() {
  const row = (entry, index) =>
    el("tr", {},
      el("td", { class: "place", text: String(index + 1) }),
      el("th", { scope: "row", class: "number" }, entry.number, " ", mark(entry)),
      el("td", {}, serviceName(entry.service), " ", checks(entry)),
      el("td", { text: whyText(entry) }),
      el("td", { class: "time", text: waited(entry) }),
      actionCell(entry));
  byId("waiting-title").textContent = `${t("waiting_list")}: ${queue.waiting.length + queue.more}`;
  byId("policy").textContent = policyText(queue.priority);
  if (queue.waiting.length === 0) {
    show(byId("waiting"), el("p", { class: "quiet", text: t("nobody_waits") }));
    return;
  }
  show(byId("waiting"),
    el("table", { "aria-labelledby": "waiting-title" }, headRow("place", "number", "service", "why", "waited", "action"),
      el("tbody", {}, queue.waiting.map(row))),
    queue.more > 0 ? el("p", { class: "quiet", text: t("more_wait", queue.more) }) : null);
}

function drawAside() {
  const row = (entry) =>
    el("tr", {},
      el("th", { scope: "row", class: "number" }, entry.number, " ", mark(entry)),
      el("td", { text: serviceName(entry.service) }),
      el("td", { text: t(`state_${entry.state}`) }),
      actionCell(entry));
  if (queue.aside.length === 0) {
    show(byId("aside"), el("p", { class: "quiet", text: t("aside_none") }));
    return;
  }
  show(byId("aside"), el("table", { "aria-labelledby": "aside-title" }, headRow("number", "service", "state", "action"),
    el("tbody", {}, queue.aside.map(row))));
}

/// Draws what was heard. Who works in a list with the keyboard stays on the same button.
function draw() {
  const focused = document.activeElement?.dataset?.act;
  byId("room-name").textContent = queue.room_name;
  drawCurrent();
  drawSteps();
  drawWaiting();
  drawAside();
  if (focused && document.activeElement?.dataset?.act !== focused) {
    (document.querySelector(`[data-act="${CSS.escape(focused)}"]`) ?? byId("call-next")).focus();
  }
}

// ---- Transfer

function openTransfer(number) {
  const dialog = byId("transfer");
  const form = dialog.querySelector("form");
  byId("transfer-title").textContent = t("transfer_number", number);
  form.dataset.number = number;
  form.reset();
  fillRooms();
  dialog.showModal();
  form.elements.to.focus();
}

function fillRooms() {
  const form = byId("transfer").querySelector("form");
  const rooms = places.rooms.filter((entry) => entry.services.includes(form.elements.to.value));
  show(form.elements.room, el("option", { value: "", text: t("any_room") }),
    rooms.map((entry) => el("option", { value: entry.id, text: entry.name })));
}

function transferDialog() {
  const placement = (value, checked) =>
    el("label", { class: "choice" }, el("input", { type: "radio", name: "placement", value, checked }), t(value));
  const form = el("form", {
    method: "dialog",
    onsubmit: (event) => {
      const { to, room: chosen, placement: place } = event.currentTarget.elements;
      const body = { to: to.value, placement: place.value, ...(chosen.value ? { room: chosen.value } : {}) };
      ofNumber("transfer", event.currentTarget.dataset.number, body, "transfer")();
    },
  },
  el("h2", { id: "transfer-title" }),
  el("label", { for: "to", text: t("to_service") }),
  el("select", { id: "to", name: "to", onchange: fillRooms },
    places.services.map((service) => el("option", { value: service.id, text: service.name }))),
  el("label", { for: "to-room", text: t("to_room") }),
  el("select", { id: "to-room", name: "room" }),
  el("fieldset", {}, el("legend", { text: t("placement") }), placement("keep_place", true), placement("after_current", false), placement("end", false)),
  el("div", { class: "row" },
    el("button", { type: "submit", class: "primary", text: t("transfer") }),
    el("button", { type: "button", text: t("cancel"), onclick: () => byId("transfer").close() })));
  return el("dialog", { id: "transfer", "aria-labelledby": "transfer-title" }, form);
}

// ---- Keys

function onKey(event) {
  const isTyping = /^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName) || byId("transfer").open || byId("groups").open;
  if (!shortcuts || isTyping || event.ctrlKey || event.altKey || event.metaKey || !queue) {
    return;
  }
  const key = event.key.toUpperCase();
  if (key === "N") {
    event.preventDefault();
    callNext(event);
    return;
  }
  const step = steps(queue.at_room).find((other) => other.key === key);
  if (step?.on) {
    event.preventDefault();
    step.act(event);
  }
}

function shortcutButton() {
  const word = () => t(shortcuts ? "shortcuts_on" : "shortcuts_off");
  const button = el("button", {
    type: "button", class: "plain", "aria-pressed": String(shortcuts), text: word(),
    onclick: () => {
      shortcuts = !shortcuts;
      remember("shortcuts", shortcuts ? "on" : "off");
      button.textContent = word();
      button.setAttribute("aria-pressed", String(shortcuts));
    },
  });
  return button;
}

function frame(name) {
  show(byId("main"),
    el("div", { class: "title-row" }, el("h1", { id: "room-name", text: name }), shortcutButton()),
    el("p", { id: "stale", class: "banner", role: "alert", hidden: true }),
    el("ul", { id: "help", "aria-live": "polite"}),
    el("div", { class: "console" },
      el("section", { class: "desk" },
        el("div", { id: "current", "aria-live": "polite" }),
        el("button", { id: "call-next", type: "button", class: "primary huge", "aria-keyshortcuts": "N", onclick: callNext },
          el("span", { text: t("call_next") }), el("kbd", { text: "N" })),
        el("div", { id: "steps" })),
      el("section", { class: "lists" },
        el("h2", { id: "waiting-title", text: t("waiting_list") }),
        el("p", { id: "policy", class: "quiet" }),
        el("div", { id: "waiting" }, el("p", { class: "quiet", text: t("loading") })),
        el("h2", { id: "aside-title", text: t("aside_list") }),
        el("div", { id: "aside" }))),
    transferDialog(), groupsDialog((number, groups) => ofNumber("groups", number, { groups }, "groups")()));
}

await shell(t("room"));
try {
  places = await ask("GET", "/v1/places");
  const mine = places.rooms.find((entry) => entry.id === room);
  if (!mine) {
    throw new Problem(404, "unknown_room", t("unknown_room"), room);
  }
  frame(mine.name);
  document.addEventListener("keydown", onKey);
  byId("call-next").focus();
  const intent = keptIntent();
  if (intent) {
    await send(intent);
  }
  await look();
  follow(mine.zone);
  setInterval(look, LOOK_EVERY_MS);
  lookForHelp();
  setInterval(lookForHelp, LOOK_EVERY_MS);
} catch (error) {
  refusedToStart(error);
  if (error instanceof NoAnswer) {
    setTimeout(() => location.reload(), LOOK_EVERY_MS);
  }
}
