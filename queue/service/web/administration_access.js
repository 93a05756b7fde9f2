// Devices with their state, and who may log in.

import { ask, Problem } from "./asking.js";
import { knownRooms } from "./administration_clinic.js";
import { announce, byId, el, explain, show } from "./shell.js";
import { dateTime, t } from "./words.js";

/// A list that a part of the service may not have; then it is empty.
async function list(path, key) {
  try {
    return (await ask("GET", path))?.[key] ?? [];
  } catch (error) {
    if (error instanceof Problem && (error.status === 404 || error.status === 405)) {
      return [];
    }
    throw error;
  }
}

/// Runs `work`; what goes wrong is said in the status line.
async function attempt(work) {
  try {
    await work();
  } catch (error) {
    announce(explain(error), "bad");
  }
}

function head(...keys) {
  return el("thead", {}, el("tr", {}, keys.map((key) => el("th", { scope: "col", text: t(key) }))));
}

/// A button that asks once more in its own place before it does what cannot be undone.
function careful(word, label, work) {
  let armed = false;
  const button = el("button", {
    type: "button", class: "small", text: t(word), "aria-label": label,
    onclick: () => {
      if (armed) {
        attempt(work);
        return;
      }
      armed = true;
      button.textContent = `${t("confirm_remove")} ${t("yes")}`;
      button.setAttribute("aria-label", `${label}. ${button.textContent}`);
      button.classList.add("armed");
    },
    onblur: () => {
      armed = false;
      button.textContent = t(word);
      button.setAttribute("aria-label", label);
      button.classList.remove("armed");
    },
  });
  return button;
}

function roleOptions(roles) {
  return roles.map((role) => el("option", { value: role, text: t(`role_${role}`) }));
}

// ---- Devices

export async function devicesPanel() {
  await attempt(async () => {
    const [devices, states] = await Promise.all([list("/v1/devices", "devices"), list("/v1/devices/states", "devices")]);
    drawDevices(devices, states);
  });
}

function stateText(told) {
  const words = (told?.report.parts ?? []).map((part) => {
    const paper = part.paper ? `, ${t(`paper_${part.paper}`)}` : "";
    return `${part.name}: ${t(`device_${part.state}`)}${paper}`;
  });
  return words.length > 0 ? words.join("; ") : t("no_report");
}

function faultText(told) {
  const fault = told?.report.last_fault;
  return fault ? `${fault.part}: ${fault.code} (${dateTime(fault.since)})` : "–";
}

function drawDevices(devices, states) {
  const stateOf = (id) => states.find((entry) => entry.device === id);
  const row = (device) => {
    const told = stateOf(device.id);
    const seen = Math.max(device.seen_at ?? 0, told?.told_at ?? 0);
    return el("tr", {},
      el("th", { scope: "row", text: device.id }),
      el("td", { text: t(`role_${device.role}`) + (device.room ? ` ${device.room}` : "") }),
      el("td", { text: device.revoked_at ? t("revoked") : stateText(told) }),
      el("td", { text: faultText(told) }),
      el("td", { text: seen > 0 ? dateTime(seen) : t("never") }),
      el("td", { class: "actions" }, device.revoked_at ? null : careful("revoke", t("revoke_what", device.id), async () => {
        await ask("DELETE", `/v1/devices/${encodeURIComponent(device.id)}`);
        await devicesPanel();
      })));
  };
  show(byId("panel-devices"),
    devices.length === 0 ? el("p", { class: "quiet", text: t("no_devices") })
      : el("table", { "aria-label": t("devices") }, head("id", "role", "state", "last_fault", "seen", "action"), el("tbody", {}, devices.map(row))),
    codeForm());
}

function codeForm() {
  const room = el("select", { id: "code-room", name: "room", disabled: true }, knownRooms().map((entry) => el("option", { value: entry.id, text: entry.name })));
  return el("form", { onsubmit: makeCode },
    el("fieldset", {}, el("legend", { text: t("new_code") }),
      el("div", { class: "field" }, el("label", { for: "code-device", text: t("device_id") }),
        el("input", { id: "code-device", name: "device", required: true, pattern: "[a-z0-9\\-]{1,64}", spellcheck: "false", autocapitalize: "none" })),
      el("div", { class: "field" }, el("label", { for: "code-role", text: t("role") }),
        el("select", { id: "code-role", name: "role", onchange: (event) => { room.disabled = event.target.value !== "room"; } },
          roleOptions(["kiosk", "display", "room"]))),
      el("div", { class: "field" }, el("label", { for: "code-room", text: t("room") }), room),
      el("button", { type: "submit", text: t("make_code") }),
      el("div", { id: "made-code", role: "status" })));
}

async function makeCode(event) {
  event.preventDefault();
  const { device, role, room } = event.currentTarget.elements;
  await attempt(async () => {
    const body = { device: device.value, role: role.value, ...(role.value === "room" ? { room: room.value } : {}) };
    const reply = await ask("POST", "/v1/devices/codes", body);
    show(byId("made-code"), el("p", { text: t("code_is", device.value) }), el("p", { class: "code", text: reply.code }),
      el("p", { class: "quiet", text: t("expires", dateTime(reply.expires_at)) }));
  });
}

// ---- Users

export async function usersPanel() {
  await attempt(async () => drawUsers(await list("/v1/staff", "staff")));
}

function userState(person) {
  if (person.closed_at) {
    return t("closed_account");
  }
  return person.locked_until && person.locked_until > Date.now() ? t("locked_until", dateTime(person.locked_until)) : t("active");
}

function drawUsers(people) {
  const row = (person) =>
    el("tr", {},
      el("th", { scope: "row", text: person.user }),
      el("td", { text: t(`role_${person.role}`) }),
      el("td", { text: (person.rooms ?? []).join(", ") }),
      el("td", { text: userState(person) }),
      el("td", { class: "actions" }, person.closed_at ? null : [
        el("button", { type: "button", class: "small", text: t("set_password"), "aria-label": t("password_of", person.user), onclick: () => openPassword(person.user) }),
        careful("close_account", t("close_account_of", person.user), async () => {
          await ask("DELETE", `/v1/staff/${encodeURIComponent(person.user)}`);
          await usersPanel();
        }),
      ]));
  show(byId("panel-users"),
    people.length === 0 ? null : el("table", { "aria-label": t("users") }, head("user", "role", "rooms", "state", "action"), el("tbody", {}, people.map(row))),
    userForm(), passwordDialog());
}

function userForm() {
  const rooms = el("fieldset", { class: "many", id: "user-rooms" }, el("legend", { text: t("rooms_of_user") }),
    knownRooms().map((room) => el("label", { class: "choice" }, el("input", { type: "checkbox", name: "rooms", value: room.id }), room.name)));
  return el("form", { onsubmit: addUser },
    el("fieldset", {}, el("legend", { text: t("new_user") }),
      el("div", { class: "field" }, el("label", { for: "new-user", text: t("user") }),
        el("input", { id: "new-user", name: "user", required: true, pattern: "[a-z0-9\\-]{1,64}", autocapitalize: "none", spellcheck: "false", autocomplete: "off" })),
      el("div", { class: "field" }, el("label", { for: "new-role", text: t("role") }),
        el("select", { id: "new-role", name: "role", onchange: (event) => { rooms.disabled = event.target.value !== "nurse"; } },
          roleOptions(["nurse", "administrator", "statistics"]))),
      el("div", { class: "field" }, el("label", { for: "new-password", text: t("new_password") }),
        el("input", { id: "new-password", name: "password", type: "password", required: true, minlength: "10", autocomplete: "new-password" })),
      rooms,
      el("button", { type: "submit", text: t("add") })));
}

async function addUser(event) {
  event.preventDefault();
  const form = event.currentTarget;
  const { user, role, password } = form.elements;
  const rooms = role.value === "nurse" ? [...form.querySelectorAll("[name=rooms]:checked")].map((box) => box.value) : [];
  await attempt(async () => {
    await ask("POST", "/v1/staff", { user: user.value, role: role.value, rooms, password: password.value });
    announce(t("said_done", user.value, t(`role_${role.value}`)));
    await usersPanel();
  });
}

function passwordDialog() {
  return el("dialog", { id: "password-dialog", "aria-labelledby": "password-title" },
    el("form", { onsubmit: setPassword },
      el("h2", { id: "password-title" }),
      el("label", { for: "other-password", text: t("new_password") }),
      el("input", { id: "other-password", name: "password", type: "password", required: true, minlength: "10", autocomplete: "new-password" }),
      el("div", { class: "row" },
        el("button", { type: "submit", class: "primary", text: t("set_password") }),
        el("button", { type: "button", text: t("cancel"), onclick: () => byId("password-dialog").close() }))));
}

function openPassword(user) {
  const dialog = byId("password-dialog");
  dialog.dataset.user = user;
  byId("password-title").textContent = t("password_of", user);
  dialog.querySelector("form").reset();
  dialog.showModal();
}

async function setPassword(event) {
  event.preventDefault();
  const dialog = byId("password-dialog");
  const password = event.currentTarget.elements.password.value;
  await attempt(async () => {
    await ask("POST", `/v1/staff/${encodeURIComponent(dialog.dataset.user)}/password`, { password });
    announce(t("password_set", dialog.dataset.user));
  });
  dialog.close();
}
