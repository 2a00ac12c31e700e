// Proposals of the machine: asked for, watched, cancelled, compared side by side, looked at, taken.
import * as card from "./plan_card.js";
import { draft, mayEdit } from "./plan_draft.js";
import { button, byId, el, fill, number, percent, t } from "./plan_page.js";
import { clearOver, layGrids, lookAt, lookAtPlace, mark, over } from "./plan_map.js";
import { complain, inWords } from "./plan_refusals.js";
import { ask, quietly, send } from "./plan_server.js";

const WAIT_MS = 700;
const STYLES = ["balanced", "compact", "least_change"];
const SHOWN = {
  grids: (v) => number(v), in_range: (v) => percent(v), contiguous: (v) => percent(v),
  moved_share: (v) => percent(v, 1), changed_grids: (v) => number(v), variation: (v) => number(v, 2),
  compactness: (v) => number(v, 2), split_blocks: (v) => number(v), barrier_m: (v) => number(Math.round(v)),
};
let watching = null;
let job = null;

const under = (one) => ["waiting", "running"].includes(one.state);
const place = () => byId("plan-proposals");

/** Ask for proposals and show how they come along. */
export async function propose(wanted) {
  draft.tell("tab", { name: "proposals" });
  try {
    job = await send("propose", wanted);
    show();
    watch();
  } catch (problem) {
    complain(problem);
  }
}

function watch() {
  clearTimeout(watching);
  if (!job || !under(job)) return;
  watching = setTimeout(async () => {
    try { job = await ask(`jobs/${job.id}`); } catch { /* asked again in a moment */ }
    show();
    watch();
  }, WAIT_MS);
}

async function cancel() {
  job = await send(`jobs/${job.id}/cancel`);
  show();
}

function form() {
  const chosen = new Set([...draft.chosen].map((code) => code.slice(0, 12)));
  const only = el("input", { type: "checkbox" });
  const low = el("input", { type: "number", min: 1, max: 5000, "aria-label": t("low"), placeholder: "100" });
  const high = el("input", { type: "number", min: 1, max: 5000, "aria-label": t("high"), placeholder: "300" });
  const target = el("input", { type: "number", min: 1, max: 5000 });
  const seed = el("input", { type: "number", min: 0, value: 0 });
  const ask_ = () => {
    const value = (field) => (field.value === "" ? {} : { [field.dataset.name]: Number(field.value) });
    [[low, "low"], [high, "high"], [target, "target"], [seed, "seed"]].forEach(([field, name]) => { field.dataset.name = name; });
    propose({ styles: STYLES, ...(only.checked ? { communities: [...chosen] } : {}),
      ...value(low), ...value(high), ...value(target), ...value(seed) });
  };
  return el("div", { class: "stack" },
    chosen.size ? el("label", { class: "check" }, only, t("propose.only", { count: chosen.size })) : null,
    el("details", {}, el("summary", { class: "plain" }, t("propose.more")),
      el("div", { class: "plan-fields" },
        el("label", {}, t("low"), low), el("label", {}, t("high"), high),
        el("label", {}, t("target"), target), el("label", {}, t("seed"), seed))),
    button(t("propose"), ask_, { id: "plan-propose" }));
}

async function look(style) {
  clearOver();
  const answer = await ask(`jobs/${job.id}/alternatives/${style}`);
  const changed = answer.features.filter((one) => one.properties.changed);
  // Grids that an alternative does without lose their label too.
  const kept = new Set(answer.features.map((one) => one.properties.code));
  layGrids(changed, [...changed.map((one) => one.properties.code), ...[...draft.grids.keys()].filter((code) => !kept.has(code))]);
  if (changed.length) lookAt(over.getBounds(), 17);
  place().querySelectorAll("[data-look]").forEach((one) =>
    one.setAttribute("aria-pressed", String(one.dataset.look === style)));
}

const take = (style) => card.preview(`jobs/${job.id}/take`, { style }, { title: t("propose.take", { style: t(`style.${style}`) }) });

function table() {
  const columns = [...(job.present ? [{ style: "present", scores: job.present }] : []), ...job.alternatives];
  const rows = Object.keys(SHOWN).map((key) => {
    const best = key === "grids" ? null : bestOf(key, job.alternatives);
    return el("tr", {}, el("th", { scope: "row", title: t(`score.${key}.why`) }, t(`score.${key}`)), columns.map((one) =>
      el("td", { class: `n${best !== null && one.scores[key] === best && one.style !== "present" ? " best" : ""}` }, SHOWN[key](one.scores[key]))));
  });
  const verbs = el("tr", {}, el("td", {}), columns.map((one) => el("td", { class: "n" }, one.style === "present" ? null : [
    button(t("look"), () => look(one.style), { class: "second small", "data-look": one.style, "aria-pressed": "false" }),
    mayEdit() ? button(t("take"), () => take(one.style), { class: "small", "data-take": one.style }) : null])));
  return el("div", { class: "scroll" }, el("table", { class: "plan-scores" },
    el("thead", {}, el("tr", {}, el("th", {}), columns.map((one) => el("th", { class: "n" }, t(`style.${one.style}`))))),
    el("tbody", {}, rows, verbs)));
}

const LESS_IS_BETTER = new Set(["moved_share", "changed_grids", "variation", "split_blocks", "barrier_m"]);
function bestOf(key, all) {
  const values = all.map((one) => one.scores[key]).filter((one) => one !== null && one !== undefined);
  if (new Set(values).size < 2) return null;
  return LESS_IS_BETTER.has(key) ? Math.min(...values) : Math.max(...values);
}

function infeasible() {
  const seen = new Map();
  for (const one of job.alternatives) for (const each of one.infeasible) seen.set(`${each.community}${each.why}${each.households}`, each);
  return [...seen.values()].map((one) => el("li", { class: "plan-finding warning" }, el("button", {
    type: "button", class: "plain plan-where",
    onclick: () => { clearOver(); mark(one.lon, one.lat); lookAtPlace(one.lon, one.lat); },
  }, t(`infeasible.${one.why}`, { community: draft.called(one.community) || one.community, households: number(one.households) }))));
}

function progress() {
  return el("div", { class: "stack" },
    el("progress", { max: job.total || 1, ...(job.total ? { value: job.done } : {}) }),
    el("p", { class: "soft", role: "status" }, job.state === "waiting" || !job.total ? t("job.waiting") : t("job.running", { done: number(job.done), total: number(job.total) })),
    button(t("cancel"), cancel, { class: "second" }));
}

function show() {
  const done = job && job.state === "done" && job.alternatives;
  const stale = done && job.seen !== draft.seen;
  fill(place(), job && under(job) ? progress() : mayEdit() ? form() : null,
    job && job.state === "failed" ? el("p", { class: "fault" }, inWords(job.error)) : null,
    job && job.state === "cancelled" ? el("p", { class: "soft" }, t("job.cancelled")) : null,
    stale ? el("p", { class: "soft" }, t("propose.stale")) : null,
    done ? [table(), el("ul", { class: "plan-list" }, infeasible())]
      : job ? null : el("div", { class: "empty" }, el("p", {}, el("strong", {}, t("propose.none"))), el("p", {}, t("propose.teach"))));
}

async function load() {
  if (!job) {
    const { items = [] } = await ask("jobs");
    const last = items.filter((one) => one.kind === "propose").sort((a, b) => b.id - a.id)[0];
    if (last) job = await ask(`jobs/${last.id}`);
  }
  show();
  watch();
}

export function start() {
  draft.addEventListener("loaded", () => quietly(load()));
  draft.addEventListener("chosen", () => { if (job === null || !under(job)) show(); });
}
