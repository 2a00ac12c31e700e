// The table of the draft's grids: the same selection as the map, live figures, the worst first.
import { draft } from "./plan_draft.js";
import { byId, el, fill, number, t } from "./plan_page.js";

let order = { by: "worst", down: false };
const outside = (one) => Boolean(one.reading) && one.reading !== "in_range";
const far = (one) => (one.reading === "below" ? one.low - one.households
  : one.reading === "above" ? one.households - one.high : -1);

const ORDERS = {
  worst: (a, b) => far(b) - far(a) || Number(b.changed) - Number(a.changed) || (a.code < b.code ? -1 : 1),
  code: (a, b) => (a.code < b.code ? -1 : 1),
  households: (a, b) => a.households - b.households,
  compactness: (a, b) => (a.compactness ?? 9) - (b.compactness ?? 9),
  open_cases: (a, b) => (b.open_cases ?? 0) - (a.open_cases ?? 0),
  visit_load: (a, b) => (b.visit_load ?? -1) - (a.visit_load ?? -1),
};

function row(one) {
  return el("tr", { "data-grid": one.code, "aria-selected": String(draft.chosen.has(one.code)) },
    el("th", { scope: "row" }, el("button", { type: "button", class: "plain", title: one.name || null },
      el("b", {}, one.code.slice(-3)), ` ${one.name || t("new_grid")}`,
      one.locked ? el("span", { class: "plan-mark" }, t("locked")) : null,
      one.changed && !one.new ? el("span", { class: "plan-mark" }, t("changed")) : null)),
    el("td", { class: "n" }, el("span", {
      class: outside(one) ? "due" : "", title: t("of_range", { low: one.low, high: one.high }),
    }, number(one.households))),
    el("td", { class: "n" }, number(one.compactness, 2)),
    el("td", { class: "n" }, number(one.open_cases)),
    el("td", { class: "n" }, one.visit_load === null ? "–" : number(Math.round(one.visit_load))));
}

function head(by, label, title) {
  const press = () => {
    order = { by, down: order.by === by && !order.down };
    show();
  };
  return el("th", { class: by === "code" ? "" : "n", "aria-sort": order.by === by ? (order.down ? "descending" : "ascending") : "none" },
    el("button", { type: "button", class: "plain", onclick: press, title }, label));
}

function answer(all) {
  const off = all.filter(outside).length, changed = all.filter((one) => one.changed).length;
  fill(byId("plan-answer"), el("b", {}, number(all.length - off)),
    el("span", { class: "made" }, t("answer", { grids: number(all.length), households: number(all.reduce((sum, one) => sum + one.households, 0)), changed: number(changed) })));
}

function show() {
  const all = [...draft.grids.values()].sort(ORDERS[order.by]);
  if (order.down) all.reverse();
  answer(all);
  fill(byId("plan-grids-head"), el("tr", {}, head("code", t("grid")),
    head("households", t("households")), head("compactness", t("compactness"), t("compactness.why")),
    head("open_cases", t("open")), head("visit_load", t("load"), t("load.why"))));
  fill(byId("plan-grids"), all.map(row));
}

function mark() {
  for (const one of document.querySelectorAll("tr[data-grid]")) {
    const chosen = draft.chosen.has(one.dataset.grid);
    one.setAttribute("aria-selected", String(chosen));
    if (chosen && draft.chosen.size === 1) one.scrollIntoView({ block: "nearest" });
  }
}

export function start() {
  draft.addEventListener("drawn", show);
  draft.addEventListener("chosen", mark);
  byId("plan-grids").addEventListener("click", (event) => {
    const found = event.target.closest("tr[data-grid]");
    if (!found) return;
    draft.tell("row", { code: found.dataset.grid, more: event.ctrlKey || event.shiftKey || event.metaKey });
  });
}
