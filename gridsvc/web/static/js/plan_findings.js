// What stands against the draft: where, how bad, and the edit that mends it.
import * as card from "./plan_card.js";
import { draft, mayEdit } from "./plan_draft.js";
import { button, byId, el, fill, number, t } from "./plan_page.js";
import { clearOver, lay, lookAt, lookAtPlace, flat, mark, theme } from "./plan_map.js";
import { ask, latest, quietly, send } from "./plan_server.js";
import { findingInWords } from "./plan_refusals.js";
import { propose } from "./plan_proposals.js";

const findings = latest(() => ask("findings"));
let all = [];

function show(one) {
  clearOver();
  const colour = one.severity === "blocking" ? theme().alarm : theme().due;
  if (one.geometry && one.geometry.type !== "Point") lay(one.geometry, { color: colour });
  if (one.lon !== null) mark(one.lon, one.lat, colour);
  const bounds = one.geometry && flat(one.geometry).getBounds ? flat(one.geometry).getBounds() : null;
  if (bounds && bounds.isValid()) lookAt(bounds);
  else if (one.lon !== null) lookAtPlace(one.lon, one.lat);
  draft.choose(one.grids, "map");
}

function fixLabel(fix) {
  const { to, into, others = [], codes = {} } = fix.params;
  if (fix.kind === "merge") return t("fix.merge", { grid: others.map((code) => code.slice(-3)).join(" "), to: into.slice(-3) });
  if (fix.kind === "relabel") return t("fix.relabel", { count: (fix.params.atoms || []).length, to: to.slice(-3) });
  if (fix.kind === "renumber") return t("fix.renumber", { count: Object.keys(codes).length });
  return t("fix.propose");
}

function mend(fix) {
  if (fix.kind === "propose") { propose({ styles: ["least_change"], ...fix.params }); return; }
  card.preview("edits", { kind: fix.kind, params: fix.params }, { title: fixLabel(fix) });
}

function waive(one) {
  const why = el("textarea", { rows: 3, maxlength: 500, "aria-label": t("waive.why"), placeholder: t("waive.why") });
  const alike = all.filter((other) => other.kind === one.kind && other.severity === "warning" && !other.waived);
  const every = el("input", { type: "checkbox", id: "plan-alike" });
  const whole = alike.length > 1 ? el("label", { class: "check" }, every, t("waive.alike", { count: alike.length })) : null;
  card.open(t("waive"), [el("p", {}, findingInWords(one)), why, whole], async () => {
    for (const each of every.checked ? alike : [one]) {
      await send("findings/waive", { kind: each.kind, grids: each.grids, why: why.value.trim() });
    }
    await load();
  }, t("waive"));
}

async function takeBack(one) {
  await send("findings/waive", { kind: one.kind, grids: one.grids, why: null });
  await load();
}

const fixes = (some) => some.map((fix) => button(fixLabel(fix), () => mend(fix), { class: "second" }));

function item(one) {
  const may = mayEdit();
  return el("li", { class: `plan-finding ${one.waived ? "waived" : one.severity}` },
    el("button", { type: "button", class: "plain plan-where", onclick: () => show(one), title: t("zoom") }, findingInWords(one)),
    one.waived ? el("p", { class: "soft" }, t("waived", { who: one.waived.by.title || one.waived.by.username, why: one.waived.why })) : null,
    may ? el("p", { class: "plan-verbs" },
      one.waived ? null : fixes(one.fixes.slice(0, 1)),
      one.severity === "warning" && !one.waived ? button(t("waive"), () => waive(one), { class: "second" }) : null,
      one.waived ? button(t("waive.back"), () => takeBack(one), { class: "second" }) : null) : null,
    may && !one.waived && one.fixes.length > 1 ? el("details", {}, el("summary", { class: "plain" }, t("fix.more")),
      el("p", { class: "plan-verbs" }, fixes(one.fixes.slice(1)))) : null);
}

export async function load() {
  const answer = await findings();
  if (!answer) return;
  all = answer.items;
  byId("plan-findings").dataset.step = answer.log_number;
  const badge = byId("plan-findings-count");
  badge.textContent = answer.blocking + answer.warnings || "";
  badge.classList.toggle("alarm", answer.blocking > 0);
  fill(byId("plan-findings-answer"), el("b", {}, number(answer.blocking + answer.warnings)),
    el("span", { class: "made" }, t("findings.made", { blocking: number(answer.blocking), warnings: number(answer.warnings) })));
  fill(byId("plan-findings"), answer.items.length ? answer.items.map(item)
    : el("li", { class: "empty" }, el("p", {}, el("strong", {}, t("findings.none"))), el("p", {}, t("findings.proof"))));
  draft.tell("findings", answer);
}

export function start() {
  draft.addEventListener("loaded", () => quietly(load()));
}
