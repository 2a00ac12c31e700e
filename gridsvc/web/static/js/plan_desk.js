// The desk: starts its parts, ties tools, tabs and keys to them, and looks now and then for others' work.
import * as card from "./plan_card.js";
import * as comments from "./plan_comments.js";
import * as compare from "./plan_compare.js";
import { draft, mayEdit } from "./plan_draft.js";
import { stepBack, isDrawing } from "./plan_draw.js";
import * as findings from "./plan_findings.js";
import * as grids from "./plan_grids.js";
import * as map from "./plan_map.js";
import { byId, say, t } from "./plan_page.js";
import * as proposals from "./plan_proposals.js";
import { complain, inWords } from "./plan_refusals.js";
import * as review from "./plan_review.js";
import { quietly } from "./plan_server.js";
import * as tools from "./plan_tools.js";

const LOOK_MS = 15_000;
const KEYS = {
  s: "split", m: "merge", t: "transfer", b: "relabel", r: "reshape", v: "drag", n: "create", x: "retire",
  u: "renumber", l: "lock", c: "comment",
};
const typing = (target) => target.closest("input:not([type=checkbox]), select, textarea, [contenteditable]");

function showTab(name) {
  document.querySelector(".desk").dataset.tab = name;
  for (const one of document.querySelectorAll("[data-tab-of]")) {
    one.setAttribute("aria-selected", String(one.dataset.tabOf === name));
  }
  if (!card.isOpen()) map.clearOver(); // what lay there belonged to the other part
  draft.tell("tab-shown", { name });
}

// Ctrl+Z three times is three steps, one after the other.
let steps = Promise.resolve();
function step(which) {
  steps = steps.then(async () => {
    if (!mayEdit() || draft.log[which] === null) return;
    tools.leave();
    say("");
    await draft.commit(which, {});
  }).catch((problem) => { complain(problem); return quietly(draft.load()); });
}

let beforeShown = false;
async function toggleBefore() {
  beforeShown = !beforeShown;
  byId("plan-before").setAttribute("aria-pressed", String(beforeShown));
  await map.showBefore(beforeShown);
}

function showHead() {
  const { head, log } = draft, may = mayEdit();
  byId("plan-state").textContent = t(`state.${head.state}`);
  byId("plan-state").dataset.state = head.state;
  byId("plan-number").textContent = t("number_of", { number: log.log_number });
  byId("plan-undo").disabled = !may || log.undo === null;
  byId("plan-redo").disabled = !may || log.redo === null;
  for (const one of document.querySelectorAll("[data-tool]")) {
    one.disabled = one.dataset.tool === "comment" ? !head.can.comment : !may;
  }
  if (head.overtaken) say(t("rebase.needed"), { alarm: true });
}

function keys(event) {
  const undo = (event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "z";
  if (undo && !typing(event.target)) { event.preventDefault(); step(event.shiftKey ? "redo" : "undo"); return; }
  if (event.key === "Escape") { event.preventDefault(); escape(); return; }
  // On a row that is picked already Enter goes on with the tool; Space takes the row back.
  const picked = event.target.closest("#plan-grids tr[aria-selected=true]") && tools.isWaiting();
  if (event.key === "Enter" && (picked || !event.target.closest("button, a, summary, textarea, select"))) {
    event.preventDefault();
    tools.enter();
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
  if (event.key === "Backspace" && isDrawing()) { event.preventDefault(); stepBack(); }
  else if (event.key === "?") byId("plan-keys").showModal();
  else if (event.key === "d") toggleBefore();
  else if (event.key === "f") showTab("findings");
  else if (event.key === "p") showTab("proposals");
  else if (event.key === "g") showTab("grids");
  else if (KEYS[event.key] && !byId("plan-keys").open && !disabled(KEYS[event.key])) {
    event.preventDefault(); // the letter would land in the field that the tool opens
    tools.begin(KEYS[event.key]);
  }
}
const disabled = (name) => document.querySelector(`[data-tool="${name}"]`)?.disabled ?? true;

function escape() {
  if (byId("plan-keys").open) byId("plan-keys").close();
  else tools.escape();
}

function listen() {
  document.addEventListener("keydown", keys);
  for (const one of document.querySelectorAll("[data-tool]")) {
    one.addEventListener("click", () => (one.getAttribute("aria-pressed") === "true" ? tools.leave() : tools.begin(one.dataset.tool)));
  }
  for (const one of document.querySelectorAll("[data-tab-of]")) one.addEventListener("click", () => showTab(one.dataset.tabOf));
  byId("plan-undo").addEventListener("click", () => step("undo"));
  byId("plan-redo").addEventListener("click", () => step("redo"));
  byId("plan-before").addEventListener("click", toggleBefore);
  byId("plan-help").addEventListener("click", () => byId("plan-keys").showModal());
  map.map.on("desk:pick", ({ code, more }) => tools.pick(code, more));
  draft.addEventListener("drawn", showHead);
  draft.addEventListener("edited", ({ detail }) => {
    tools.afterEdit();
    if (detail.rebased) say(t("rebased"));
  });
  draft.addEventListener("row", ({ detail }) => tools.pick(detail.code, detail.more, "table"));
  draft.addEventListener("leave", tools.leave);
  draft.addEventListener("tab", ({ detail }) => showTab(detail.name));
  const box = map.map.getContainer();
  box.addEventListener("pointerdown", () => box.classList.add("gridsvc-pointer"));
  box.addEventListener("keydown", () => box.classList.remove("gridsvc-pointer"));
}

async function open() {
  // A large draft is still being made by the worker.
  for (;;) {
    try {
      await draft.load();
      if (draft.head.state !== "opening") return;
      const { job } = draft.head;
      say(job && job.state === "failed" ? inWords(job.error) : t("opening", { done: (job && job.done) || 0, total: (job && job.total) || "…" }));
    } catch (problem) {
      complain(problem);
      if (problem.status !== 0) return;
    }
    await new Promise((go) => { setTimeout(go, 1500); });
  }
}

for (const part of [map, grids, findings, proposals, compare, comments, review]) part.start();
listen();
await open();
say("");
showHead();
for (const one of [byId("plan-desk"), map.map.getContainer()]) one.setAttribute("aria-busy", "false");
setInterval(() => {
  if (!document.hidden && !card.isOpen() && !isDrawing()) quietly(draft.look());
}, LOOK_MS);
