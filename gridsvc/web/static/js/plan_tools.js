// The tools: which grids each needs, what is drawn, and what is asked of the server with it.
import * as card from "./plan_card.js";
import { remark } from "./plan_comments.js";
import { draft } from "./plan_draft.js";
import { dragCorner, draw, finish, isDrawing, place, stepBack, stopDrawing, tickBuildings } from "./plan_draw.js";
import { closeUp, gridAt } from "./plan_map.js";
import { button, byId, el, fill, number, say, t } from "./plan_page.js";
import { complain } from "./plan_refusals.js";
import { ask, send } from "./plan_server.js";

let active = null; // { name, picks }
let ticked = [];
const SAMPLES = 20; // of a stretch of a line

const edit = (kind, params, title) => card.preview("edits", { kind, params, ...redoing() }, {
  title: title || t(`kind.${kind}`), again: resume,
});
let redoes = null; // the misfit that the next edit stands in for
const redoing = () => (redoes === null ? {} : { redoes });
export function redo(seq, kind) { redoes = seq; begin(TOOLS[kind] ? kind : "split"); }

// How many grids a tool needs before its gesture; "more" goes on taking them until Enter.
const TOOLS = {
  split: { picks: 0, go: () => draw("Line", nearby(), (line) => edit("split", { grid: crossed(line), line })) },
  merge: { picks: 2, more: true, ready: ([into, ...others]) => edit("merge", { into, others }) },
  transfer: { picks: 1, go: ([to]) => draw("Polygon", [to], (lasso) => edit("transfer", { lasso, to })) },
  relabel: { picks: 1, go: ([to]) => tick(to), ready: ([to]) => relabel(to) },
  reshape: { picks: 2, go: ([one, other]) => draw("Line", [one, other], (line) => edit("reshape", { one, other, line })) },
  drag: { picks: 1, go: ([code]) => dragCorner(code, (vertex, to) => edit("drag", { vertex, to })) },
  create: { picks: 0, go: () => draw("Polygon", nearby(), (polygon) => edit("create", { polygon })) },
  retire: { picks: 1, ready: ([grid]) => edit("retire", { grid }) },
  renumber: { picks: 1, ready: ([grid]) => askNumber(grid) },
  lock: { picks: 1, ready: ([grid]) => askLock(grid) },
  comment: { picks: 0, go: () => place(([lon, lat]) => remark(lon, lat, resume)) },
};

const nearby = () => (draft.chosen.size ? [...draft.chosen] : [...draft.grids.keys()]);

export function begin(name) {
  card.close();
  stopDrawing();
  const tool = TOOLS[name];
  active = { name, picks: tool.picks ? [...draft.chosen].slice(0, tool.more ? undefined : tool.picks) : [] };
  ticked = [];
  // Enter goes on with the tool, not with the row of the table that was pressed before it.
  if (document.activeElement.closest("#plan-grids")) document.activeElement.blur();
  step();
}

export function leave() {
  card.close();
  stopDrawing();
  active = redoes = null;
  hint();
  press();
}

// After a card is closed without an edit the same tool goes on, with the grids that it had.
function resume() {
  if (!active) return;
  active.picks = active.picks.filter((code) => draft.grids.has(code)); // another may have retired one
  step();
}

export function afterEdit() {
  if (!active) return;
  redoes = null;
  const { name } = active;
  if (name === "drag") begin("drag");
  else leave();
}

export function pick(code, more, from = "map") {
  if (!active) { if (more) draft.toggle(code, from); else draft.choose([code], from); return; }
  if (isDrawing() || card.isOpen()) return;
  const tool = TOOLS[active.name];
  if (!tool.picks || (active.picks.length >= tool.picks && !tool.more)) return;
  const at = active.picks.indexOf(code);
  if (at >= 0) active.picks.splice(at, 1); else active.picks.push(code);
  draft.choose(active.picks, from);
  step();
}

function step() {
  const tool = TOOLS[active.name], missing = tool.picks - active.picks.length;
  press();
  if (missing <= 0 && tool.go && draft.chosen.size && draft.chosen.size < 3) closeUp([...draft.chosen]);
  if (missing <= 0 && tool.go) tool.go(active.picks);
  else if (missing <= 0 && !tool.more) { hint(); tool.ready(active.picks); return; }
  hint();
}

const mayGoOn = () => {
  const tool = active && TOOLS[active.name];
  return Boolean(tool && tool.ready && active.picks.length >= tool.picks);
};
export const isWaiting = () => card.isOpen() || isDrawing() || mayGoOn();

/** Enter: end the line, or go on with what was picked. */
export function enter() {
  if (card.isOpen()) return card.confirm();
  if (isDrawing()) return finish();
  return mayGoOn() ? TOOLS[active.name].ready(active.picks) : undefined;
}

export function escape() {
  if (card.isOpen()) card.cancel();
  else if (active) leave();
  else draft.choose([], "map");
}

function press() {
  for (const one of document.querySelectorAll("[data-tool]")) {
    one.setAttribute("aria-pressed", String(Boolean(active) && one.dataset.tool === active.name));
  }
}

function hint() {
  const place_ = byId("plan-hint");
  place_.hidden = !active || card.isOpen();
  if (place_.hidden) return;
  const tool = TOOLS[active.name], missing = Math.max(0, tool.picks - active.picks.length);
  const names = active.picks.map((code) => draft.title(code)).join(document.documentElement.lang.startsWith("zh") ? "、" : ", ");
  const text = missing ? t(`pick.${active.name}.${active.picks.length}`) : t(`hint.${active.name}`, { grid: names });
  const drawing = isDrawing(), ready = tool.ready && !missing && (tool.more || active.name === "relabel");
  fill(place_, el("span", {}, text), el("span", { class: "plan-verbs" },
    active.name === "relabel" && !missing ? el("b", {}, ticks()) : null,
    drawing || ready ? button(t(drawing ? "finish" : "go_on"), enter) : null,
    drawing ? button(t("back_one"), stepBack, { class: "second" }) : null,
    button(t("cancel"), escape, { class: "second" })));
}

// A line cuts the chosen grid that it meets, else the grid in which most of it lies.
function crossed(line) {
  const counts = new Map();
  for (let i = 1; i < line.length; i++) {
    const length = Math.hypot(line[i][0] - line[i - 1][0], line[i][1] - line[i - 1][1]);
    for (let part = 0; part <= SAMPLES; part++) {
      const at = (k) => line[i - 1][k] + ((line[i][k] - line[i - 1][k]) * part) / SAMPLES;
      const code = gridAt(L.latLng(at(1), at(0)));
      if (code) counts.set(code, (counts.get(code) || 0) + length);
    }
  }
  const [only, ...others] = draft.chosen;
  if (others.length === 0 && counts.has(only)) return only;
  const [best] = [...counts].sort((a, b) => b[1] - a[1]);
  return best ? best[0] : only || "";
}

const ticks = () => t("ticked", {
  count: ticked.length, households: number(ticked.reduce((sum, one) => sum + one.households, 0)),
});
async function tick(to) {
  const found = await tickBuildings(to, (now) => { ticked = now; hint(); }).catch(complain);
  if (found === 0) say(t("no_buildings"), { alarm: true });
}
function relabel(to) {
  if (ticked.length) edit("relabel", { to, atoms: ticked.map((one) => one.atom) });
}

function askNumber(grid) {
  const field = el("input", { inputmode: "numeric", maxlength: 3, pattern: "[0-9]{3}", "aria-label": t("number") });
  card.open(t("kind.renumber"), [el("p", {}, draft.title(grid)), el("label", {}, t("number"), field)], () => {
    const wanted = field.value.replace(/\D/g, "").padStart(3, "0");
    return edit("renumber", { codes: { [grid]: grid.slice(0, 12) + wanted } });
  }, t("go_on"), { again: leave });
}

function askLock(grid) {
  const held = draft.grids.get(grid).locked;
  if (held) {
    card.open(t("unlock"), [el("p", {}, draft.title(grid)), el("p", {}, held)],
      () => locked("DELETE", grid), t("unlock"), { again: leave });
    return;
  }
  const why = el("input", { maxlength: 500, "aria-label": t("why_locked"), placeholder: t("why_locked") });
  const all = el("input", { type: "checkbox" });
  card.open(t("tool.lock"), [el("p", {}, draft.title(grid)), why, el("label", { class: "check" }, all, t("lock_community"))],
    () => locked("POST", all.checked ? grid.slice(0, 12) : grid, why.value.trim() || t("tool.lock")), t("tool.lock"), { again: leave });
}

async function locked(method, code, why) {
  if (method === "POST") await send("locks", { code, why });
  // The lock may be the community's.
  else await ask(`locks/${code}`, { method }).catch((problem) => {
    if (problem.status !== 404) throw problem;
    return ask(`locks/${code.slice(0, 12)}`, { method });
  });
  await draft.load();
  leave();
}

export const tools = Object.keys(TOOLS);
