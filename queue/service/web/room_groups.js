// The dialog in which staff say which groups a number's patient belongs to.

import { byId, el, show } from "./shell.js";
import { t } from "./words.js";

const GROUPS = ["emergency", "under6", "pregnant", "severe_disability", "aged_75", "merit"];

/// Opens it for a number; what the patient declared is said and ticked, for staff to leave or take away.
export function openGroups(entry) {
  const claims = new Map((entry.groups ?? []).map((claim) => [claim.group, claim.proof]));
  const choice = (group) => {
    const declared = claims.get(group) === "declared";
    const name = t(`group_${group}`);
    return el("label", { class: "choice" },
      el("input", { type: "checkbox", name: "group", value: group, checked: claims.has(group) }),
      declared ? t("group_declared", name) : name);
  };
  byId("groups-title").textContent = t("groups_number", entry.number);
  byId("groups").querySelector("form").dataset.number = entry.number;
  show(byId("groups-list"), el("legend", { text: t("groups_verified") }), GROUPS.map(choice));
  byId("groups").showModal();
  byId("groups-list").querySelector("input").focus();
}

/// The dialog; `save` gets the number and its groups, each verified by whoever saves.
export function groupsDialog(save) {
  const form = el("form", {
    method: "dialog",
    onsubmit: (event) => {
      const ticked = [...event.currentTarget.querySelectorAll("input:checked")];
      save(event.currentTarget.dataset.number, ticked.map((input) => ({ group: input.value, proof: "verified" })));
    },
  },
  el("h2", { id: "groups-title" }),
  el("fieldset", { id: "groups-list" }),
  el("div", { class: "row" },
    el("button", { type: "submit", class: "primary", text: t("save") }),
    el("button", { type: "button", text: t("cancel"), onclick: () => byId("groups").close() })));
  return el("dialog", { id: "groups", "aria-labelledby": "groups-title" }, form);
}
