// The settings: hospital and rules, waiting areas, services, rooms. They are edited here and saved as one version.

import { ask, insist, Problem, requestId } from "./asking.js";
import { announce, byId, el, explain, show } from "./shell.js";
import { dateTime, t } from "./words.js";

let inForce = null;
let edited = null;
let rows = 0;

export const unsaved = () => inForce !== null && JSON.stringify(edited) !== JSON.stringify(inForce.settings);

export async function loadClinic() {
  inForce = await ask("GET", "/v1/administration/clinic");
  edited = structuredClone(inForce.settings);
}

export function clinicPanels() {
  drawHospital();
  drawZones();
  drawServices();
  drawRooms();
  drawSaveBar();
}

export const knownRooms = () => inForce.settings.rooms;

// ---- Fields: each writes into what is edited

function changed() {
  byId("unsaved").hidden = !unsaved();
}

/// A labelled input; `put` gets its text.
function field(label, value, put, attributes = {}) {
  rows += 1;
  const id = `field-${rows}`;
  const input = el("input", {
    id, value, ...attributes,
    oninput: (event) => {
      put(event.target.value);
      changed();
    },
  });
  return el("div", { class: "field" }, el("label", { for: id, text: label }), input);
}

function numberField(label, value, put, attributes = {}) {
  return field(label, String(value ?? ""), (text) => put(text === "" ? null : Number(text)), { type: "number", min: "0", step: "1", ...attributes });
}

function choice(label, value, options, put) {
  rows += 1;
  const id = `field-${rows}`;
  const option = ([key, text]) => el("option", { value: key, text, selected: key === value });
  const select = el("select", {
    id,
    onchange: (event) => {
      put(event.target.value);
      changed();
    },
  }, options.map(option));
  return el("div", { class: "field" }, el("label", { for: id, text: label }), select);
}

function tick(label, checked, put) {
  const input = el("input", {
    type: "checkbox", checked,
    onchange: (event) => {
      put(event.target.checked);
      changed();
    },
  });
  return el("label", { class: "choice" }, input, label);
}

function removeButton(name, list, entry, redraw) {
  return el("button", {
    type: "button", class: "small", "aria-label": t("remove_what", name || "–"), text: t("remove"),
    onclick: () => {
      list.splice(list.indexOf(entry), 1);
      redraw();
      changed();
    },
  });
}

function addButton(panel, make, list, redraw) {
  return el("button", {
    type: "button", text: t("add"),
    onclick: () => {
      list.push(make());
      redraw();
      changed();
      const entries = byId(panel).querySelectorAll("fieldset.entry");
      entries[entries.length - 1].querySelector("input").focus();
    },
  });
}

/// An id out of a Vietnamese name: `Nội Tim mạch` becomes `noi-tim-mach`.
function slug(name) {
  const plain = name.normalize("NFD").replace(/[\u0300-\u036f]/g, "").replace(/đ/g, "d").replace(/Đ/g, "d");
  return plain.toLowerCase().replace(/[^a-z0-9]+/g, "-").replace(/^-+|-+$/g, "").slice(0, 64);
}

/// Name and id. The id of what is in force never changes: tickets name it.
function nameAndId(entry, isNew) {
  const id = field(t("id"), entry.id, (text) => { entry.id = text; }, { readonly: !isNew, pattern: "[a-z0-9\\-]{1,64}", spellcheck: "false" });
  const name = field(t("name"), entry.name, (text) => {
    const follows = isNew && entry.id === slug(entry.name);
    entry.name = text;
    if (follows) {
      entry.id = slug(text);
      id.querySelector("input").value = entry.id;
    }
  });
  return [name, id];
}

const isKnown = (list, id) => inForce.settings[list].some((entry) => entry.id === id);
const zoneOptions = () => edited.zones.map((zone) => [zone.id, zone.name]);

// ---- Panels

function drawHospital() {
  const rules = edited.rules;
  const put = (owner, key) => (value) => { owner[key] = value; };
  show(byId("panel-hospital_rules"),
    el("fieldset", {}, el("legend", { text: t("hospital") }),
      field(t("hospital"), edited.hospital, put(edited, "hospital"), { class: "wide" }),
      field(t("address"), edited.address, put(edited, "address"), { class: "wide" }),
      field(t("time_zone"), edited.time_zone, put(edited, "time_zone")),
      numberField(t("day_start_hour"), edited.day_start_hour, put(edited, "day_start_hour"), { max: "23" })),
    el("fieldset", {}, el("legend", { text: t("priority_policy") }),
      choice(t("priority_policy"), rules.priority.kind,
        ["strict", "ratio", "ageing"].map((kind) => [kind, t(`kind_${kind}`)]), (kind) => {
          rules.priority = { strict: { kind }, ratio: { kind, priority: 2, normal: 1 }, ageing: { kind, head_start_minutes: 30 } }[kind];
          drawHospital();
          byId("panel-hospital_rules").querySelector("select").focus();
        }),
      rules.priority.kind === "ratio" ? [
        numberField(t("ratio_priority"), rules.priority.priority, put(rules.priority, "priority"), { min: "1" }),
        numberField(t("ratio_normal"), rules.priority.normal, put(rules.priority, "normal"), { min: "1" }),
      ] : null,
      rules.priority.kind === "ageing" ? numberField(t("head_start"), rules.priority.head_start_minutes, put(rules.priority, "head_start_minutes")) : null,
      tick(t("declared_count"), rules.declared_count, put(rules, "declared_count"))),
    el("fieldset", {}, el("legend", { text: `${t("line_booked")}, ${t("state_missed")}` }),
      numberField(t("booking_early"), rules.booking_early_minutes, put(rules, "booking_early_minutes")),
      numberField(t("booking_late"), rules.booking_late_minutes, put(rules, "booking_late_minutes")),
      numberField(t("rejoin_after"), rules.rejoin_after_calls, put(rules, "rejoin_after_calls")),
      numberField(t("rejoin_times"), rules.rejoin_times_max, put(rules, "rejoin_times_max"))));
}

function drawZones() {
  const redraw = () => { drawZones(); drawServices(); drawRooms(); };
  const entry = (zone) =>
    el("fieldset", { class: "entry" }, el("legend", { text: zone.name || t("zone") }),
      nameAndId(zone, !isKnown("zones", zone.id)), removeButton(zone.name, edited.zones, zone, redraw));
  show(byId("panel-zones"), edited.zones.map(entry),
    addButton("panel-zones", () => ({ id: "", name: "" }), edited.zones, redraw));
}

function drawServices() {
  const redraw = () => { drawServices(); drawRooms(); };
  const entry = (service) =>
    el("fieldset", { class: "entry" }, el("legend", { text: service.name || t("service") }),
      nameAndId(service, !isKnown("services", service.id)),
      field(t("where"), service.place, (text) => { service.place = text; }),
      field(t("series"), service.series, (text) => { service.series = text.trim().toUpperCase(); }, { maxlength: "2", class: "short", spellcheck: "false" }),
      choice(t("zone"), service.zone, zoneOptions(), (id) => { service.zone = id; }),
      field(t("hours"), service.hours ?? "", (text) => {
        if (text.trim() === "") {
          delete service.hours;
        } else {
          service.hours = text.trim();
        }
      }, { placeholder: "06:30-11:30, 13:30-16:30", title: t("hours_help") }),
      numberField(t("quota"), service.quota, (value) => {
        if (value === null) {
          delete service.quota;
        } else {
          service.quota = value;
        }
      }, { class: "short" }),
      numberField(t("return_after"), service.return_after_calls, (value) => { service.return_after_calls = value ?? 0; }, { class: "short" }),
      numberField(t("appointment_minutes"), service.appointment_minutes, (value) => { service.appointment_minutes = value || undefined; }, { class: "short", max: "1440" }),
      removeButton(service.name, edited.services, service, redraw));
  show(byId("panel-services"), el("p", { class: "quiet", text: `${t("hours")}: ${t("hours_help")}` }), edited.services.map(entry),
    addButton("panel-services", () => ({ id: "", name: "", place: "", series: "", zone: edited.zones[0]?.id ?? "", return_after_calls: 0 }), edited.services, redraw));
}

function drawRooms() {
  const callsFor = (room, service) =>
    tick(`${service.series} · ${service.name}`, room.services.includes(service.id), (yes) => {
      room.services = room.services.filter((id) => id !== service.id).concat(yes ? [service.id] : []);
    });
  const entry = (room) =>
    el("fieldset", { class: "entry" }, el("legend", { text: room.name || t("room") }),
      nameAndId(room, !isKnown("rooms", room.id)),
      choice(t("zone"), room.zone, zoneOptions(), (id) => {
        room.zone = id;
        room.services = room.services.filter((service) => edited.services.some((other) => other.id === service && other.zone === id));
        drawRooms();
      }),
      el("fieldset", { class: "many" }, el("legend", { text: t("room_services") }),
        edited.services.filter((service) => service.zone === room.zone).map((service) => callsFor(room, service))),
      removeButton(room.name, edited.rooms, room, drawRooms));
  show(byId("panel-rooms"), edited.rooms.map(entry),
    addButton("panel-rooms", () => ({ id: "", name: "", zone: edited.zones[0]?.id ?? "", services: [] }), edited.rooms, drawRooms));
}

// ---- Saving

function drawSaveBar() {
  show(byId("save-bar"),
    el("button", { id: "save", type: "button", class: "primary", text: t("save"), onclick: save }),
    el("button", { type: "button", text: t("reload"), onclick: reload }),
    el("strong", { id: "unsaved", class: "care", text: t("unsaved"), hidden: !unsaved() }),
    el("span", { class: "quiet", text: inForce.changed_at > 0 ? t("version_by", inForce.version, inForce.changed_by, dateTime(inForce.changed_at)) : t("version_seed") }));
}

async function reload() {
  await loadClinic();
  clinicPanels();
  announce("");
}

async function save() {
  const button = byId("save");
  if (button.getAttribute("aria-disabled") === "true") {
    return;
  }
  button.setAttribute("aria-disabled", "true");
  try {
    const body = { request: requestId(), base: inForce.version, settings: edited };
    inForce = await insist("PUT", "/v1/administration/clinic", body, () => announce(t("offline"), "bad"));
    edited = structuredClone(inForce.settings);
    clinicPanels();
    announce(t("saved_version", inForce.version));
    byId("save").focus();
  } catch (error) {
    announce(error instanceof Problem && error.code === "settings_outdated" ? t("outdated") : explain(error), "bad");
  } finally {
    byId("save").setAttribute("aria-disabled", "false");
  }
}
