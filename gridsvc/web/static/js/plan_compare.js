// Two versions beside each other: the ground and the households that change, the teams, the cases.
import { draft } from "./plan_draft.js";
import { at, byId, config, el, fill, number, percent, t } from "./plan_page.js";
import { clearOver, lay, lookAt, over, theme } from "./plan_map.js";
import { complain } from "./plan_refusals.js";
import { ask } from "./plan_server.js";

const ROWS = 60;
let shownFor = null;

function table(caption, heads, rows) {
  if (!rows.length) return null;
  return el("div", { class: "scroll" }, el("table", {}, el("caption", {}, caption), el("thead", {}, el("tr", {},
    heads.map(([label, wide]) => el("th", { class: wide ? "" : "n" }, label)))), el("tbody", {}, rows)));
}

const cell = (text, wide = false) => el("td", { class: wide ? "" : "n" }, text);
const short = (code) => (code ? draft.title(code) : t("compare.nothing"));

function draw(pieces) {
  clearOver();
  for (const one of pieces.features) {
    lay(one.geometry, { color: theme().accent, weight: 2, fillOpacity: 0.35 });
  }
  if (pieces.features.length) lookAt(over.getBounds());
}

function flows(answer) {
  const moved = answer.flows.filter((one) => one.before !== one.after && answer.renumbered[one.before] !== one.after
    && one.households + one.dwellings > 0)
    .sort((a, b) => b.households - a.households);
  return table(t("compare.flows"), [[t("compare.from"), true], [t("compare.to"), true], [t("households")]],
    moved.slice(0, ROWS).map((one) => el("tr", {}, cell(short(one.before), true), cell(short(one.after), true),
      cell(`${one.estimated ? "≈ " : ""}${number(one.households)}`))));
}

function gains(answer) {
  const aside = new Set([...Object.keys(answer.renumbered), ...Object.values(answer.renumbered)]);
  const changed = answer.grids.filter((one) => !aside.has(one.code) && (one.came || one.went || one.before !== one.after));
  return table(t("compare.grids"), [[t("grid"), true], [t("compare.before")], [t("compare.came")], [t("compare.went")], [t("compare.after")]],
    changed.slice(0, ROWS).map((one) => el("tr", {}, el("th", { scope: "row" }, short(one.code)), cell(number(one.before)),
      cell(one.came ? `+${number(one.came)}` : "–"), cell(one.went ? `−${number(one.went)}` : "–"), cell(number(one.after)))));
}

/** Who gains and who loses what. */
export function parties(all) {
  const rows = all.filter((one) => one.grids_before !== one.grids_after || one.households_before !== one.households_after);
  return table(t("compare.parties"), [[t("party"), true], [t("score.grids")], [t("households")]], rows.map((one) =>
    el("tr", {}, el("th", { scope: "row" }, (document.documentElement.lang === "en" && one.name_en) || one.name,
      el("small", {}, ` ${t(`party.${one.kind}`)}`)),
    cell(`${number(one.grids_before)} → ${number(one.grids_after)}`),
    cell(`${number(one.households_before)} → ${number(one.households_after)}`))));
}

// Of a grid that only gets another number nobody moves, and nothing is gained or lost.
function renumbered(answer) {
  const rows = Object.entries(answer.renumbered);
  return table(t("compare.renumbered"), [[t("compare.before"), true], [t("compare.after"), true]],
    rows.slice(0, ROWS).map(([old, now]) => el("tr", {}, el("th", { scope: "row" }, short(old)), cell(short(now), true))));
}

/** Which open cases change hands, those nearest their limit first. */
export function cases(rows) {
  // Without a deadline last.
  const sorted = [...rows].sort((a, b) => ((a.due_at || "9") < (b.due_at || "9") ? -1 : 1));
  const who = (team, grid) => draft.called(team) || team || draft.title(grid || "");
  const from = (one) => who(one.team_from ?? one.team_before, one.grid_from || one.before);
  const to = (one) => who(one.team_to ?? one.team_after, one.grid_to || one.after);
  return table(t("compare.cases"), [[t("case"), true], [t("compare.hands"), true], [t("due"), true]],
    sorted.slice(0, ROWS).map((one) => el("tr", {},
      el("th", { scope: "row" }, el("a", { href: config.case_page.replace("0", one.id) }, `#${one.id}`)),
      cell(`${from(one)} → ${to(one)}`, true),
      el("td", {}, one.due_at ? el("span", { class: one.near ? "overdue" : "" }, at(one.due_at), one.near ? ` · ${t("compare.near")}` : "") : "–"))));
}

export async function load(force = false) {
  const choice = byId("plan-with").value, date = byId("plan-with-date");
  date.hidden = choice !== "date";
  const wanted = choice === "date" ? date.value : choice;
  if (!wanted || (!force && shownFor === `${wanted} ${draft.seen}`)) return;
  const place = byId("plan-compared");
  fill(place, el("p", { class: "soft" }, t("loading")));
  try {
    const answer = await ask(`compare?with=${encodeURIComponent(wanted)}`);
    // Who gains and loses is told against what is published: the day it would begin decides.
    const handover = wanted === "base" ? await ask("handover").catch(() => null) : null;
    shownFor = `${wanted} ${draft.seen}`;
    draw(answer.pieces);
    const none = answer.pieces.features.length === 0;
    fill(place, el("p", { class: "answer" }, el("b", {}, number(answer.moved_households)),
      el("span", { class: "made" }, t("compare.made", { share: percent(answer.moved_share, 1), pieces: number(answer.pieces.features.length) }),
        answer.estimated ? ` ${t("compare.estimated")}` : "")),
    none ? el("p", { class: "empty" }, t("compare.same")) : null, gains(answer), renumbered(answer), flows(answer),
    handover ? parties(handover.parties) : null, cases(handover ? handover.cases : answer.cases));
  } catch (problem) {
    fill(place);
    complain(problem);
  }
}

export function start() {
  byId("plan-with").addEventListener("change", () => load(true));
  byId("plan-with-date").addEventListener("change", () => load(true));
  draft.addEventListener("tab-shown", ({ detail }) => { if (detail.name === "compare") load(true); });
}
