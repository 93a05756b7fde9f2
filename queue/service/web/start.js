// The first page: rooms to call into, displays to open.

import { ask } from "./asking.js";
import { byId, el, refusedToStart, shell, show } from "./shell.js";
import { t } from "./words.js";

function card(href, title, detail) {
  return el("li", {}, el("a", { class: "card", href }, el("strong", { text: title }), el("span", { text: detail })));
}

function draw(places, staff) {
  const nameOf = new Map(places.services.map((service) => [service.id, service.name]));
  const mine = staff?.role === "nurse" && staff.rooms?.length ? places.rooms.filter((room) => staff.rooms.includes(room.id)) : places.rooms;
  const room = (entry) =>
    card(`/room/${entry.id}`, entry.name, t("calls_for", entry.services.map((id) => nameOf.get(id) ?? id).join(", ")));
  show(byId("main"),
    el("h1", { text: places.hospital }),
    el("h2", { text: t("choose_room") }),
    el("ul", { class: "cards" }, mine.map(room)),
    el("h2", { text: t("choose_display") }),
    el("ul", { class: "cards" }, places.zones.map((zone) => card(`/display/${zone.id}`, zone.name, zone.id))),
    el("h2", { text: t("office") }),
    el("ul", { class: "cards" },
      card("/administration", t("administration"), `${t("services")}, ${t("rooms")}, ${t("devices")}, ${t("users")}`),
      card("/statistics", t("statistics"), t("by_hour"))));
}

const staff = await shell(t("start"));
try {
  draw(await ask("GET", "/v1/places"), staff);
} catch (error) {
  refusedToStart(error);
}
