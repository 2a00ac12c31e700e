// Remarks pinned to a place: read by everybody who sees the draft, closed by the edit that answers.
import * as card from "./plan_card.js";
import { draft } from "./plan_draft.js";
import { at, button, byId, el, fill, t } from "./plan_page.js";
import { lookAtPlace, map, pins } from "./plan_map.js";
import { ask, latest, quietly, send } from "./plan_server.js";

const comments = latest(() => ask("comments"));

export function remark(lon, lat, again) {
  const text = el("textarea", { rows: 4, maxlength: 2000, "aria-label": t("remark.text"), placeholder: t("remark.text") });
  const where = pinAt(lon, lat, "+");
  card.open(t("tool.comment"), [text], async () => {
    where.remove();
    await send("comments", { lon, lat, text: text.value.trim() });
    await load();
    draft.tell("tab", { name: "comments" });
    draft.tell("leave");
  }, t("remark.keep"), { again: () => { where.remove(); again(); } });
}

function pinAt(lon, lat, label) {
  const icon = L.divIcon({ html: el("span", {}, label), className: "plan-pin", iconSize: [32, 32], iconAnchor: [16, 32] });
  return L.marker([lat, lon], { icon, pmIgnore: true, snapIgnore: true, alt: label }).addTo(pins);
}

function item(one, index) {
  return el("li", { class: one.closed_at ? "soft" : "", "data-remark": one.id },
    el("button", { type: "button", class: "plain plan-where", onclick: () => lookAtPlace(one.lon, one.lat) },
      el("b", {}, `${index + 1} `), one.text),
    el("p", { class: "soft" }, one.author.title || one.author.username, " · ", at(one.at),
      one.closed_at ? ` · ${one.closed_seq ? t("remark.closed_by_edit", { number: one.closed_seq }) : t("remark.closed")}` : ""),
    !one.closed_at && draft.head.can.comment ? el("p", { class: "plan-verbs" },
      button(t("remark.close"), async () => { await send(`comments/${one.id}/close`); await load(); }, { class: "second" })) : null);
}

export async function load() {
  const answer = await comments();
  if (!answer) return;
  const { items } = answer;
  draft.remarks = items.filter((one) => !one.closed_at);
  pins.clearLayers();
  items.forEach((one, index) => {
    if (one.closed_at) return;
    pinAt(one.lon, one.lat, String(index + 1)).on("click", () => {
      draft.tell("tab", { name: "comments" });
      const row = document.querySelector(`[data-remark="${one.id}"]`);
      if (row) row.scrollIntoView({ block: "center" });
    });
  });
  byId("plan-comments-count").textContent = draft.remarks.length || "";
  fill(byId("plan-comments"), items.length ? items.map(item)
    : el("li", { class: "empty" }, el("p", {}, el("strong", {}, t("remark.none"))), el("p", {}, t("remark.teach"))));
}

export function start() {
  draft.addEventListener("loaded", () => quietly(load()));
  const press = byId("plan-remark");
  if (press) press.addEventListener("click", () => { const { lng, lat } = map.getCenter(); remark(lng, lat, () => {}); });
}
