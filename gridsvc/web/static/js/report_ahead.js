"use strict";
// What is known before a report is sent: who works on it beside the team, when it is due, and which
// open case it may repeat. Asked of the service; without a network from what the phone keeps.
(function () {
  window.gridsvcAhead = function (page, place, config, join) {
    const { at, say, make } = page;
    let call = 0;

    const question = (now, spot, more = {}) => new URLSearchParams({
      lon: spot.lon, lat: spot.lat, category: now.code, kind: now.kind, ...more });
    const answerOf = (address) => window.gridsvcTold(address).catch(() => null);

    // The limit and the specialists of the area; when exactly it is due, only the service counts.
    function keptWay(now) {
      const code = place.grid ? place.grid.code : "";
      const beside = now.specialists.filter((one) => code.startsWith(one.area)).map((one) => one.name);
      return [beside, now.limit ? say("limit", { limit: now.limit }) : ""];
    }

    function told(way) {
      const due = new Date(way.due_at).toLocaleString(config.language, {
        timeZone: config.zone, month: "numeric", day: "numeric", weekday: "short",
        hour: "2-digit", minute: "2-digit", hour12: false });
      const whose = way.supervisor_name ? say("supervisor", { name: way.supervisor_name }) : "";
      return [way.specialist_names, say(way.due_uncertain ? "due_uncertain" : "due", { due }), whose];
    }

    function showWay([beside, due, whose = ""]) {
      const names = beside.length ? say("beside", { teams: beside.join(say("and")) }) : "";
      at("report-way").textContent = [whose, names, due].filter(Boolean).join(" · ");
    }

    function duplicateRow(one, now) {
      const row = document.createElement("li");
      const days = Math.floor((Date.now() - new Date(one.reported_at)) / 864e5);
      const fill = { metres: Math.round(one.distance_m), days };
      const text = document.createElement("p");
      text.append(make("b", say(days > 0 ? "duplicate" : "duplicate.today", fill)));
      if (one.own) text.append(" ", Object.assign(make("span", say("duplicate.own")), { className: "soft" }));
      if (one.description) text.append(document.createElement("br"), one.description);
      const verb = Object.assign(make("button", say("join")), { type: "button", className: "second" });
      verb.addEventListener("click", () => join(now, one.id));
      row.append(text, verb);
      return row;
    }

    async function look(now) {
      const mine = ++call;
      const spot = place.place, box = at("report-duplicates");
      box.hidden = true;
      at("report-way").textContent = "";
      if (!now || now.phone) return;
      showWay(keptWay(now));
      if (!spot || navigator.onLine === false) return;
      const circle = spot.accuracy === null ? {} : { accuracy_m: spot.accuracy };
      const [way, likely] = await Promise.all([
        answerOf(`/api/v1/route?${question(now, spot, circle)}`),
        answerOf(`/api/v1/incidents/duplicates?${question(now, spot)}`)]);
      if (mine !== call) return;
      // Where the reporter chose another grid than the point's, its specialists are the kept ones.
      const other = way && place.grid && way.grid_code !== place.grid.code;
      if (way) showWay(other ? [keptWay(now)[0], told(way)[1]] : told(way));
      if (!likely || !likely.items.length) return;
      box.querySelector("ul").replaceChildren(...likely.items.map((one) => duplicateRow(one, now)));
      box.hidden = false;
    }
    return { look };
  };
})();
