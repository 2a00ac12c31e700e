// The card between a gesture and what it does: both halves in figures, then Enter or Esc.
import { draft } from "./plan_draft.js";
import { button, byId, el, fill, number, t } from "./plan_page.js";
import { clearOver, gridAt, lay, layGrids, lookAtPlace, mark, theme } from "./plan_map.js";
import { ask } from "./plan_server.js";
import { findingInWords, inWords } from "./plan_refusals.js";

const card = byId("plan-card");
let pending = null; // { path, body, again }
let asking = null;

export const isOpen = () => !card.hidden;

export function close() {
  if (asking) asking.abort();
  asking = pending = null;
  card.hidden = true;
  clearOver();
}

function show(...content) {
  fill(card, content);
  card.hidden = false;
}

// A card of another kind than a preview: what it asks, and what Enter does.
export function open(title, body, confirm, label, { again = null } = {}) {
  pending = { confirm, again };
  show(el("h2", {}, title), body, verbs(label));
  const first = card.querySelector("input, textarea");
  (first || card.querySelector("button")).focus();
}

function verbs(label) {
  return el("p", { class: "plan-verbs" },
    button(label, confirm, { id: "plan-confirm", "aria-keyshortcuts": "Enter" }),
    button(t("cancel"), cancel, { class: "second", "aria-keyshortcuts": "Escape" }));
}

export function cancel() {
  const again = pending && pending.again;
  close();
  if (again) again();
}

export async function confirm() {
  if (!pending) return;
  const now = pending;
  pending = null; // Enter twice is one edit
  const press = byId("plan-confirm");
  if (press) press.disabled = true;
  try {
    await now.confirm();
    if (pending === null) close();
  } catch (problem) {
    await refused(problem, now.again);
  }
}

/** Ask what an edit would do, show it, and do it when it is confirmed. */
export async function preview(path, body, { title, again = null, extra = null }) {
  close();
  const call = asking = new AbortController();
  show(el("h2", {}, title), el("p", { class: "plan-wait soft" }, t("asking")));
  try {
    const effect = await draft.preview(path, body, call.signal);
    if (asking !== call) return;
    const why = el("input", { id: "plan-why", maxlength: 500, placeholder: t("why"), "aria-label": t("why") });
    const closes = remarksIn(effect);
    pending = {
      again,
      confirm: () => draft.commit(path, {
        ...body, ...(why.value.trim() ? { why: why.value.trim() } : {}),
        ...(path === "edits" && closes.ids().length ? { closes: closes.ids() } : {}),
      }),
    };
    show(el("h2", {}, title), extra, halves(effect), notes(effect), closes.part, why, verbs(t("confirm")));
    layGrids(effect.features.features, effect.grids.map((one) => one.code));
    byId("plan-confirm").focus({ preventScroll: true });
  } catch (problem) {
    if (problem.name !== "AbortError" && asking === call) await refused(problem, again);
  }
}

function halves(effect) {
  const rows = effect.grids.map((one) => {
    const outside = !one.retired && one.reading && one.reading !== "in_range";
    const name = one.new ? t("new_grid") : draft.called(one.code) || one.name || "";
    return el("tr", {},
      el("th", { scope: "row" }, el("b", {}, one.code.slice(-3)), ` ${name}`,
        el("small", {}, one.retired ? t("retired") : staff(one))),
      el("td", { class: "n" },
        el("small", {}, one.households_before === null ? "" : `${number(one.households_before)} → `),
        el("b", { class: outside ? "due" : "" }, number(one.retired ? 0 : one.households)),
        outside ? el("small", { class: "plan-range" }, t("of_range", { low: one.low, high: one.high })) : null),
      el("td", { class: "n" }, number(one.open_cases)));
  });
  return el("table", {}, el("thead", {}, el("tr", {},
    el("th", {}, t("grid")), el("th", { class: "n" }, t("households")), el("th", { class: "n nowrap" }, t("open")))),
  el("tbody", {}, rows));
}

function staff(one) {
  if (!one.team) return t("no_team");
  const posts = one.posts ? t("posts", { held: one.posts_held, posts: one.posts }) : "";
  return [draft.called(one.team) || one.team, draft.called(one.branch) || one.branch, posts].filter(Boolean).join(" · ");
}

function notes(effect) {
  const alike = new Map(); // a line through ten houses is one sentence, not ten
  for (const one of effect.findings) {
    const said = findingInWords(one), { times } = alike.get(said) || { times: 0 };
    alike.set(said, { severity: one.severity, times: times + 1 });
  }
  const list = [...alike].map(([said, { severity, times }]) => el("li", { class: severity }, times > 1 ? `${said} × ${times}` : said));
  if (effect.shifted_m >= 0.05) list.push(el("li", {}, t("shifted", { metres: effect.shifted_m.toFixed(1) })));
  if (effect.rebased) list.push(el("li", {}, t("rebased")));
  return list.length ? el("ul", { class: "plan-notes" }, list) : null;
}

// A remark is closed by the edit that answers it.
function remarksIn(effect) {
  const codes = new Set(effect.grids.map((one) => one.code));
  const near = draft.remarks.filter((one) => codes.has(gridAt(L.latLng(one.lat, one.lon))));
  const boxes = near.map((one) => el("input", { type: "checkbox", value: String(one.id) }));
  const part = near.length ? el("fieldset", {}, el("legend", {}, t("answers")),
    near.map((one, i) => el("label", { class: "check" }, boxes[i], one.text))) : null;
  return { part, ids: () => boxes.filter((one) => one.checked).map((one) => Number(one.value)) };
}

async function refused(problem, again) {
  clearOver();
  if (problem.place) {
    mark(...problem.place);
    if (!isSeen(...problem.place)) lookAtPlace(...problem.place);
  }
  const others = problem.problem && problem.problem.code === "edits_meet" ? await meeting(problem.ids) : null;
  pending = { again, confirm: async () => { await draft.load(); if (again) { close(); again(); } } };
  show(el("h2", {}, t(others ? "meet" : "refused")), el("p", {}, inWords(problem.message)), others,
    verbs(t(others ? "load_again" : "draw_again")));
  byId("plan-confirm").focus({ preventScroll: true });
}

const isSeen = (lon, lat) => window.gridsvcDesk.map.getBounds().contains([lat, lon]);

async function meeting(numbers) {
  const answer = await ask("edits?limit=100");
  const wanted = new Set(numbers.map(Number));
  const rows = answer.items.filter((one) => wanted.has(one.seq));
  for (const one of rows) {
    for (const code of one.grids) {
      const grid = draft.grids.get(code);
      if (grid) lay(grid.geometry, { color: theme().due });
    }
  }
  return el("ul", { class: "plan-notes" }, rows.map((one) =>
    el("li", {}, t("edit_by", { number: one.seq, kind: t(`kind.${one.kind}`), who: one.actor.username }))));
}
