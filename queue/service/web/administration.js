// Administration: the settings of the hospital, its devices, and who may log in.

import { byId, el, refusedToStart, shell, show } from "./shell.js";
import { devicesPanel, usersPanel } from "./administration_access.js";
import { clinicPanels, loadClinic, unsaved } from "./administration_clinic.js";
import { t } from "./words.js";

const TABS = ["hospital_rules", "zones", "services", "rooms", "devices", "users"];

function choose(name, focus) {
  for (const tab of TABS) {
    const button = byId(`tab-${tab}`);
    const isChosen = tab === name;
    button.setAttribute("aria-selected", String(isChosen));
    button.tabIndex = isChosen ? 0 : -1;
    byId(`panel-${tab}`).hidden = !isChosen;
    if (isChosen && focus) {
      button.focus();
    }
  }
  history.replaceState(null, "", `#${name}`);
  byId("save-bar").hidden = ["devices", "users"].includes(name);
}

/// Arrow keys go from tab to tab, as people who use a keyboard expect of tabs.
function onTabKey(event) {
  const at = TABS.indexOf(event.target.id.replace("tab-", ""));
  const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: TABS.length - 1 }[event.key];
  if (to !== undefined) {
    event.preventDefault();
    choose(TABS[(to + TABS.length) % TABS.length], true);
  }
}

function frame() {
  const tab = (name) =>
    el("button", {
      type: "button", role: "tab", id: `tab-${name}`, "aria-controls": `panel-${name}`, text: t(name),
      onclick: () => choose(name, false), onkeydown: onTabKey,
    });
  const panel = (name) => el("section", { role: "tabpanel", id: `panel-${name}`, "aria-labelledby": `tab-${name}`, tabindex: "0", hidden: true });
  show(byId("main"),
    el("h1", { text: t("administration") }),
    el("div", { role: "tablist", "aria-label": t("administration"), class: "tabs" }, TABS.map(tab)),
    TABS.map(panel),
    el("div", { id: "save-bar", class: "save-bar" }));
}

await shell(t("administration"));
frame();
try {
  await loadClinic();
  clinicPanels();
  devicesPanel();
  usersPanel();
  const asked = location.hash.slice(1);
  choose(TABS.includes(asked) ? asked : TABS[0], false);
  addEventListener("beforeunload", (event) => {
    if (unsaved()) {
      event.preventDefault();
    }
  });
} catch (error) {
  refusedToStart(error);
}
