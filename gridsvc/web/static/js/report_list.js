"use strict";
// What became of the reports of this phone, one line each, and what a person has to settle.
(function () {
  const LINES = 40; // the newest, besides what is sent just now and what needs a person

  function element(tag, className, text) {
    const made = document.createElement(tag);
    if (className) made.className = className;
    if (text !== undefined) made.textContent = text;
    return made;
  }

  function button(text, pressed) {
    const made = element("button", "second", text);
    made.type = "button";
    made.addEventListener("click", pressed);
    return made;
  }

  // `change` puts what was refused back on the page that made its kind, "report" or "visit".
  window.gridsvcReportList = function (queue, say, language, kind, change) {
    const box = document.getElementById("report-list");
    const count = document.getElementById("report-count");

    function why(record) {
      const detail = record.detail || "";
      if (record.why === "conflict") return say("refused.conflict", { detail });
      return say(record.why === "photo" ? "refused.photo" : "refused", { detail });
    }

    function choices(record) {
      const verbs = element("p", "report-verbs");
      const again = (how) => () => queue.again(record.seq, how);
      if (record.why === "conflict") verbs.append(button(say("send_new"), again({ asNew: true })));
      else verbs.append(button(say("send_again"), again()));
      if (record.why === "photo") {
        verbs.append(button(say("leave_photo"), again({ withoutPhotos: true })));
      } else {
        const ours = (record.kind || "report") === kind;
        if (record.why === "refused" && !record.join && ours) verbs.append(button(say("change"), () => change(record)));
        verbs.append(button(say("discard"), () => discard(record)));
      }
      return verbs;
    }

    // Undo for ten seconds instead of "are you sure".
    async function discard(record) {
      const gone = await queue.discard(record.seq);
      const undo = button(say("undo"), () => { undo.remove(); queue.put(gone); });
      box.before(undo);
      setTimeout(() => undo.remove(), 10000);
    }

    function line(record) {
      const made = element("li", `report-${record.state}`);
      const time = element("time", "", new Date(record.made_at).toLocaleString(language, {
        month: "numeric", day: "numeric", hour: "2-digit", minute: "2-digit" }));
      time.dateTime = record.made_at;
      const head = element("p", "report-line");
      head.append(element("b", "", record.label.category), element("span", "report-state", say(`state.${record.state}`)));
      const facts = element("p", "soft");
      const number = record.case_id;
      const parts = [record.label.place];
      if (record.photo_count) parts.push(say("photos", { count: record.photo_count }));
      facts.append(time, ["", ...parts.filter(Boolean)].join(" · "));
      if (number && record.kind === "visit") facts.append(` · ${say("visit", { number })}`);
      else if (number) {
        const link = element("a", "", say(record.join ? "joined" : "case", { number }));
        link.href = `/work/${number}`;
        facts.append(" · ", link);
      }
      made.append(head, facts);
      if (record.odd && record.odd.length) {
        const why = record.odd.map((one) => say(`odd.${one}`)).join(say("and"));
        made.append(element("p", "soft", say("odd", { why })));
      }
      if (record.state === "needs") made.append(element("p", "fault", why(record)), choices(record));
      return made;
    }

    let call = 0;
    async function show() {
      const mine = ++call;
      const all = await queue.list();
      if (mine !== call) return;
      const own = all.filter((one) => one.user === queue.user);
      const open = own.filter((one) => one.state !== "sent");
      const foreign = all.filter((one) => one.user !== queue.user && one.state !== "sent").length;
      // Nobody reads on a shared phone what another account reported.
      const told = own.filter((one, i) => one.state === "needs" || one.state === "sending" || i >= own.length - LINES);
      const lines = told.reverse().map(line);
      if (foreign) lines.unshift(element("li", "soft", say("foreign", { count: foreign })));
      box.replaceChildren(...lines);
      count.textContent = open.length ? say("kept.some", { count: open.length }) : own.length ? say("kept.none") : "";
      document.getElementById("report-kept").hidden = !lines.length;
    }

    // A day's queue changes four times a report: showing it must not hold up the sending.
    let soon = null, took = 0, stale = false;
    function showSoon() {
      stale = true;
      soon = soon || setTimeout(async () => {
        const from = performance.now();
        stale = false;
        await show();
        took = performance.now() - from;
        soon = null;
        if (stale) showSoon();
      }, Math.max(100, 5 * took));
    }
    queue.addEventListener("change", showSoon);
    show();
  };
})();
