// From the draft to the map in force: what the reviewer must see, the decision, the day it begins.
import * as card from "./plan_card.js";
import { cases, parties } from "./plan_compare.js";
import { draft } from "./plan_draft.js";
import { at, button, byId, config, el, fill, number, onDay, say, t } from "./plan_page.js";
import { complain, inWords } from "./plan_refusals.js";
import { ask, quietly, send } from "./plan_server.js";
import { rebasing } from "./plan_rebase.js";

const ROWS = 80;
let counts = { blocking: 0, warnings: 0 };

function staffing(rows, again) {
  if (!rows.length) return null;
  return el("div", { class: "scroll" }, el("table", {}, el("caption", {}, t("review.staffing")), el("thead", {}, el("tr", {},
    el("th", {}, t("grid")), el("th", { class: "n" }, t("households")), el("th", {}, t("review.in_charge")))),
  el("tbody", {}, rows.slice(0, ROWS).map((one) => el("tr", {},
    el("th", { scope: "row" }, draft.title(one.grid), el("small", {}, t(`change.${one.change}`))),
    el("td", { class: "n" }, number(one.households)),
    el("td", {}, one.change === "ended" ? el("span", { class: "soft" }, one.to ? t("review.goes_to", { grid: draft.title(one.to) }) : "–")
      : [named(one.team_after) || el("span", { class: "alarm-text" }, t("no_team")), el("small", {}, named(one.branch_after)),
        draft.head.can.submit ? el("button", { type: "button", class: "plain plan-other", onclick: () => choose(one, again) }, t("review.choose")) : null]))))));
}
const named = (code) => (code ? draft.called(code) || code : "");

// Who is proposed may be another; an empty choice goes back to what was proposed.
function choose(one, again) {
  const list = (label, names, chosen) => {
    const options = Object.entries(names).map(([code, name]) => el("option", { value: code, selected: code === chosen }, name));
    const field = el("select", {}, el("option", { value: "" }, t("review.proposed")), options);
    return [field, el("label", {}, label, field)];
  };
  const [team, teams] = list(t("review.team"), draft.names.teams, one.team_after);
  const [branch, branches] = list(t("review.branch"), draft.names.branches, one.branch_after);
  card.open(draft.title(one.grid), [teams, branches], async () => {
    const items = [{ grid: one.grid, team: team.value || null, branch: branch.value || null }];
    await ask("staffing", { method: "PUT", body: { items } });
    again();
  }, t("review.choose"));
}

// Posts whose area is one grid: a leader must not wake up with a code that is no more.
function accounts(rows) {
  if (!rows || !rows.length) return null;
  return el("div", { class: "scroll" }, el("table", { id: "plan-accounts" }, el("caption", {}, t("review.accounts")), el("tbody", {},
    rows.slice(0, ROWS).map((one) => el("tr", {}, el("th", { scope: "row" }, one.title || one.account),
      el("td", {}, `${draft.title(one.grid_from)} → ${draft.title(one.grid_to)}`),
      el("td", { class: "soft" }, t(one.leaves ? "review.instead" : "review.besides")))))));
}

async function tables(effectiveOn) {
  const place = byId("plan-seen");
  fill(place, el("p", { class: "soft" }, t("loading")));
  try {
    const answer = await ask(`handover?effective_on=${effectiveOn}`);
    const near = answer.cases.filter((one) => one.near).length;
    fill(place, el("h3", {}, t("review.seen")),
      el("p", { class: "made" }, t("review.made", { grids: number(answer.staffing.length), cases: number(answer.cases.length), near: number(near) })),
      staffing(answer.staffing, () => tables(effectiveOn)), answer.parties.length ? parties(answer.parties) : null, accounts(answer.accounts), cases(answer.cases),
      answer.sensitive_cases ? el("p", { class: "soft" }, t("review.sensitive", { count: number(answer.sensitive_cases) })) : null);
  } catch (problem) {
    fill(place, el("p", { class: "fault" }, inWords(problem.message)));
  }
}

async function decide(path, body) {
  try {
    await send(path, body);
    say(t(`said.${path}`, { day: body.effective_on ? onDay(body.effective_on) : "" }));
    await draft.load();
  } catch (problem) {
    complain(problem);
  }
}

function dateField() {
  const field = el("input", { type: "date", id: "plan-effective", min: config.today, value: draft.head.effective_on || config.next_month });
  field.addEventListener("change", () => { if (field.value) tables(field.value); });
  return field;
}

const reasonField = (label) => el("textarea", { rows: 2, maxlength: 500, id: "plan-reason", placeholder: label, "aria-label": label });
const labelled = (label, field) => el("label", {}, label, field);

function submitForm() {
  const day = dateField(), reason = reasonField(t("review.words"));
  const stands = counts.blocking ? el("p", { class: "fault" }, t("review.blocked", { count: counts.blocking }))
    : counts.warnings ? el("p", { class: "fault" }, t("review.unreasoned", { count: counts.warnings })) : null;
  return el("div", { class: "stack" }, el("p", {}, t("review.submit.teach")), stands, labelled(t("review.from"), day), reason,
    button(t("review.submit"), () => decide("submit", { effective_on: day.value, reason: reason.value.trim() || undefined }),
      { id: "plan-submit", disabled: Boolean(stands) }));
}

function decisionForm() {
  const reason = reasonField(t("review.reason"));
  return el("div", { class: "stack" }, el("p", {}, t("review.approve.teach")), reason,
    el("p", { class: "plan-verbs" },
      button(t("review.approve"), () => decide("approve", { reason: reason.value.trim() || undefined }), { id: "plan-approve" }),
      button(t("review.return"), () => {
        if (reason.value.trim()) decide("return", { reason: reason.value.trim() });
        else { say(t("review.reason_missing"), { alarm: true }); reason.focus(); }
      }, { class: "second", id: "plan-return" })));
}

function publishForm() {
  const day = dateField(), sure = el("input", { type: "checkbox", id: "plan-sure" });
  const press = button(t("review.publish"), () => decide("publish", { effective_on: day.value }), { id: "plan-publish", disabled: true });
  sure.addEventListener("change", () => { press.disabled = !sure.checked; });
  return el("div", { class: "stack" }, labelled(t("review.from"), day), el("p", {}, t("review.publish.teach")),
    el("label", { class: "check" }, sure, t("review.sure")), press);
}

function published() {
  const day = draft.head.effective_on;
  const map = (on) => `${config.grid_map}?in=${draft.head.scope_code}&on=${on}`;
  const eve = new Date(new Date(`${day}T12:00:00Z`) - 864e5).toISOString().slice(0, 10);
  return el("div", { class: "stack" }, el("p", {}, t("review.in_force", { day: onDay(day) })),
    el("a", { class: "button second", href: map(day) }, t("review.new_map", { day: onDay(day) })),
    el("a", { class: "button second", href: map(eve) }, t("review.old_map", { day: onDay(eve) })));
}

function action() {
  const { state, can } = draft.head;
  if (can.submit) return submitForm();
  const recall = config.may.edit ? button(t("review.recall"), () => decide("recall", {}), { class: "second", id: "plan-recall" }) : null;
  if (state === "submitted") return can.approve ? decisionForm() : recall;
  if (state === "approved") return can.publish ? [publishForm(), recall] : null;
  return state === "published" ? published() : null;
}

function past(reviews, log) {
  const decisions = reviews.map((one) => el("li", {}, el("b", {}, t(`review.did.${one.action}`)), ` ${who(one.by)} · `, at(one.at),
    one.reason ? el("p", {}, one.reason) : null));
  const edits = log.items.map((one) => el("li", { class: one.standing ? "" : "soft" },
    el("b", {}, `${one.seq} ${t(`kind.${one.kind}`)}`), ` ${one.grids.slice(0, 4).map((code) => code.slice(-3)).join(" ")}${one.grids.length > 4 ? " …" : ""} · ${who(one.actor)} · `,
    at(one.at), one.why ? el("p", {}, one.why) : null));
  return [decisions.length ? [el("h3", {}, t("review.decisions")), el("ol", { class: "timeline" }, decisions)] : null,
    edits.length ? [el("h3", {}, t("review.log")), el("ol", { class: "timeline" }, edits)] : null];
}
const who = (one) => (one && (one.title || one.username)) || one || "";

// What is typed or ticked stays, unless the form would be another one.
let shownFor = "";
const formOf = () => JSON.stringify([draft.head.state, draft.seen, draft.head.can, draft.head.can.submit && counts]);

async function show() {
  const { state } = draft.head;
  shownFor = formOf();
  const [reviews, log] = await Promise.all([
    ask("reviews").then((answer) => answer.items).catch(() => []), ask("edits?limit=40"),
  ]);
  fill(byId("plan-review"), await rebasing(), action(), el("div", { id: "plan-seen" }), ...past(reviews, log).flat(2));
  const field = byId("plan-effective");
  if (!["published", "withdrawn", "opening"].includes(state)) tables((field && field.value) || draft.head.effective_on || config.next_month);
}

let visible = false;
export function start() {
  draft.addEventListener("tab-shown", ({ detail }) => {
    visible = detail.name === "review";
    if (visible) show().catch(complain);
  });
  draft.addEventListener("findings", ({ detail }) => {
    counts = detail;
    if (visible && formOf() !== shownFor) quietly(show());
  });
}
