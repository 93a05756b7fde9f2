// Waiting and service times: figures, charts, tables.

import { ask } from "./asking.js";
import { announce, byId, el, explain, refusedToStart, shell, show } from "./shell.js";
import { duration, t } from "./words.js";

const SVG = "http://www.w3.org/2000/svg";

/// A date as the service writes it, `days` from today.
function date(days) {
  const at = new Date();
  at.setDate(at.getDate() + days);
  const two = (value) => String(value).padStart(2, "0");
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
}

function svg(tag, attributes, ...children) {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) {
    made.setAttribute(name, value);
  }
  made.append(...children);
  return made;
}

/// A round number at or above `most`, so that the scale can be read.
function top(most) {
  const steps = [1, 2, 5, 10, 20, 30, 60, 90, 120, 180, 240, 300, 400, 500, 1000, 2000, 5000, 10000];
  return steps.find((step) => step >= most) ?? most;
}

/// Bars by hour: `series` are lists of the same length; the first is drawn in front.
function chart(title, hours, series, unit) {
  const width = 960;
  const height = 300;
  const [left, bottom, above] = [100, 40, 16];
  const highest = top(Math.max(1, ...series.flatMap((one) => one.values)));
  const y = (value) => above + (height - above - bottom) * (1 - value / highest);
  const slot = (width - left) / hours.length;
  const lines = [0, 0.5, 1].map((part) => {
    const at = y(part * highest);
    return svg("g", {},
      svg("line", { x1: left, x2: width, y1: at, y2: at, class: "grid" }),
      svg("text", { x: left - 10, y: at + 6, class: "axis end" }, unit(part * highest)));
  });
  const bars = series.toReversed().flatMap((one, back) =>
    one.values.map((value, index) => {
      const wide = slot * (back === series.length - 1 && series.length > 1 ? 0.42 : 0.72);
      const bar = svg("rect", {
        x: left + slot * index + (slot - wide) / 2, y: y(value), width: wide, height: Math.max(0, y(0) - y(value)), rx: 4, class: one.class,
      });
      bar.append(svg("title", {}, `${hours[index]}:00 – ${one.name}: ${unit(value)}`));
      return bar;
    }));
  const labels = hours.map((hour, index) =>
    svg("text", { x: left + slot * (index + 0.5), y: height - 12, class: "axis middle" }, `${hour}`));
  const picture = svg("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": title, class: "chart" }, ...lines, ...bars, ...labels);
  const key = (one) => el("span", { class: "key" }, el("span", { class: `swatch ${one.class}` }), one.name);
  return el("figure", {}, el("figcaption", {}, el("strong", { text: title }), " ", series.map(key)), picture);
}

function card(word, value, detail) {
  return el("li", { class: "figure" }, el("span", { text: t(word) }), el("strong", { text: value }), detail ? el("small", { text: detail }) : null);
}

const time = (spread, key) => (spread.count === 0 ? "–" : duration(spread[key]));

function cards(total) {
  return el("ul", { class: "figures" },
    card("issued", String(total.issued)),
    card("called", String(total.called)),
    card("missed_count", String(total.missed)),
    card("waiting_median", time(total.waiting, "median_s"), `${t("nine_in_ten")}: ${time(total.waiting, "p90_s")}`),
    card("service_median", time(total.service, "median_s"), `${t("nine_in_ten")}: ${time(total.service, "p90_s")}`));
}

function table(title, first, rows) {
  const cells = ({ issued, called, missed, waiting, service }) =>
    [issued, called, missed, time(waiting, "median_s"), time(waiting, "p90_s"), time(service, "median_s"), time(service, "p90_s")];
  const keys = [first, "issued", "called", "missed_count", "waiting_median", "waiting_p90", "service_median", "service_p90"];
  return [
    el("h2", { text: title }),
    el("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": title }, el("table", { "aria-label": title },
      el("thead", {}, el("tr", {}, keys.map((key) => el("th", { scope: "col", text: t(key) })))),
      el("tbody", {}, rows.map((row) =>
        el("tr", {}, el("th", { scope: "row", text: row.label }), cells(row).map((cell) => el("td", { class: "time", text: String(cell) }))))))),
  ];
}

function charts(found) {
  const seen = found.by_hour.map((entry) => entry.hour);
  const hours = [];
  for (let hour = Math.min(...seen); hour <= Math.max(...seen); hour += 1) {
    hours.push(hour);
  }
  const at = (hour) => found.by_hour.find((entry) => entry.hour === hour);
  const minutes = (key) => hours.map((hour) => (at(hour)?.waiting[key] ?? 0) / 60);
  return el("div", { class: "charts" },
    chart(t("chart_issued"), hours, [{ name: t("issued"), class: "bar-one", values: hours.map((hour) => at(hour)?.issued ?? 0) }], (value) => String(Math.round(value * 10) / 10)),
    chart(t("chart_waiting"), hours, [
      { name: t("median"), class: "bar-one", values: minutes("median_s") },
      { name: t("nine_in_ten"), class: "bar-two", values: minutes("p90_s") },
    ], (value) => t("minutes", Math.round(value * 10) / 10)));
}

function draw(found) {
  const named = (list) => list.map((entry) => ({ ...entry, label: entry.name }));
  show(byId("figures"),
    cards(found.total),
    found.total.issued === 0 ? el("p", { class: "notice", text: t("no_figures") }) : [
      charts(found),
      table(t("by_hour"), "hour", found.by_hour.map((entry) => ({ ...entry, label: `${String(entry.hour).padStart(2, "0")}:00` }))),
      table(t("by_service"), "service", named(found.by_service)),
      table(t("by_room"), "room", named(found.by_room)),
    ]);
}

function days() {
  const form = byId("days").elements;
  return new URLSearchParams({ from: form.from.value, to: form.to.value });
}

async function look() {
  byId("csv").href = `/v1/statistics.csv?${days()}`;
  try {
    draw(await ask("GET", `/v1/statistics?${days()}`));
    announce("");
  } catch (error) {
    announce(explain(error), "bad");
  }
}

function frame(today) {
  const quick = (word, back) =>
    el("button", {
      type: "button", text: t(word),
      onclick: () => {
        byId("from").value = date(-back);
        byId("to").value = date(0);
        look();
      },
    });
  show(byId("main"),
    el("h1", { text: t("statistics") }),
    el("form", { id: "days", class: "row", onsubmit: (event) => { event.preventDefault(); look(); } },
      el("label", { for: "from", text: t("from") }), el("input", { id: "from", name: "from", type: "date", value: today.from, required: true }),
      el("label", { for: "to", text: t("to") }), el("input", { id: "to", name: "to", type: "date", value: today.to, required: true }),
      el("button", { type: "submit", class: "primary", text: t("show") }),
      quick("today", 0), quick("last_7", 6), quick("last_30", 29),
      el("a", { id: "csv", class: "button", href: "/v1/statistics.csv", text: t("csv") })),
    el("div", { id: "figures" }));
}

await shell(t("statistics"));
try {
  const today = await ask("GET", "/v1/statistics");
  frame(today);
  byId("csv").href = `/v1/statistics.csv?${days()}`;
  draw(today);
} catch (error) {
  refusedToStart(error);
}
