// When the base was published over: the draft is drawn again on the new one, and nothing is lost silently.
import { draft, mayEdit } from "./plan_draft.js";
import { button, el, say, t } from "./plan_page.js";
import { clearOver, lookAtPlace, mark } from "./plan_map.js";
import { complain, inWords } from "./plan_refusals.js";
import { ask, send } from "./plan_server.js";
import { redo } from "./plan_tools.js";

const WAIT_MS = 800;

async function rebase() {
  try {
    let job = await send("rebase", { seen: draft.seen });
    while (job.id && ["waiting", "running"].includes(job.state)) {
      await new Promise((go) => { setTimeout(go, WAIT_MS); });
      job = await ask(`jobs/${job.id}`);
    }
    if (job.state === "failed") throw new Error(job.error);
    draft.base = null;
    await draft.load();
    say(t("rebase.done"));
  } catch (problem) {
    complain(problem);
  }
}

async function drop(one) {
  await send(`misfits/${one.seq}/drop`, {}).catch(complain);
  await draft.load();
}

function misfit(one) {
  return el("li", { class: "plan-finding blocking" },
    el("button", { type: "button", class: "plain plan-where", onclick: () => {
      clearOver();
      if (one.lon !== null) { mark(one.lon, one.lat); lookAtPlace(one.lon, one.lat); }
    } }, `${t("edit_number", { number: one.seq, kind: t(`kind.${one.kind}`) })}: ${inWords(one.why)}`),
    mayEdit() && !one.decision ? el("p", { class: "plan-verbs" },
      one.kind === "intake" ? el("a", { class: "button second", href: `${location.pathname}/file?again=${one.seq}` }, t("rebase.lay"))
        : button(t("rebase.redo"), () => redo(one.seq, one.kind), { class: "second" }),
      button(t("rebase.drop"), () => drop(one), { class: "second" })) : el("p", { class: "soft" }, one.decision ? t(`rebase.${one.decision}`) : ""));
}

/** The part of the page that tells of a new base, empty while the base stands. */
export async function rebasing() {
  const { items = [] } = await ask("misfits").catch(() => ({}));
  if (!draft.head.overtaken && !items.length) return null;
  return el("section", { class: "stack" },
    draft.head.overtaken ? [el("p", { class: "fault" }, t("rebase.needed")),
      mayEdit() ? button(t("rebase"), rebase, { id: "plan-rebase" }) : null] : null,
    items.length ? [el("h3", {}, t("rebase.misfits")), el("ul", { class: "plan-list" }, items.map(misfit))] : null);
}
