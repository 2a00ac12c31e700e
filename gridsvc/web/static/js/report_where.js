"use strict";
// The part of the form that asks where: position, building, grid, and which of two at an edge.
(function () {
  window.gridsvcWhere = function (page, place, map) {
    const { at, say, make } = page;

    // The grid's own line; who works there is told below it.
    function line(now) {
      const { grid } = place;
      if (grid && !grid.own) return say("elsewhere", { grid: grid.name });
      if (grid) return say(grid.team ? "team" : "no_team", { grid: grid.name, team: grid.team });
      if (!now) return say("no_place");
      if (place.pending) return say("checking");
      return say(place.grids.size ? "outside" : "unknown");
    }

    function showGrid(now) {
      const { grid } = place;
      const phone = at("report-phone");
      at("report-grid").textContent = line(now);
      phone.hidden = !(grid && grid.phone);
      if (phone.hidden) return;
      phone.textContent = say("duty", { phone: grid.phone });
      phone.href = `tel:${grid.phone.replace(/[^0-9+]/g, "")}`;
    }

    function showCandidates() {
      const box = at("report-candidates");
      box.hidden = !place.doubtful;
      const choices = box.querySelector("div");
      const chosen = place.grid ? place.grid.code : "";
      const shown = place.found.map((one) => one.code).join();
      // The same grids stay as they are: drawn anew they would lose the keyboard's focus.
      if (choices.dataset.shown === shown && place.chosen) return;
      choices.dataset.shown = shown;
      choices.replaceChildren(...place.found.slice(0, 4).map((one) => {
        const label = document.createElement("label");
        const radio = Object.assign(document.createElement("input"), {
          type: "radio", name: "candidate", value: one.code, checked: one.code === chosen });
        label.append(radio, make("span", one.team ? say("team", { grid: one.name, team: one.team }) : one.name));
        return label;
      }));
    }

    at("report-candidates").addEventListener("change", ({ target }) => {
      place.chosen = target.value;
      place.tell();
    });

    function locate() {
      at("report-how").textContent = say("asking");
      place.watch(() => { at("report-how").textContent = say("no_position"); });
    }
    at("report-here").addEventListener("click", locate);

    function foundRow([name, lon, lat], field) {
      const row = document.createElement("li");
      const pick = Object.assign(make("button", name), { type: "button", className: "plain" });
      pick.addEventListener("click", () => {
        field.value = name;
        at("report-found").replaceChildren();
        place.set(lon, lat, "address", null, true);
      });
      row.append(pick);
      return row;
    }

    let typing = null;
    at("report-search").addEventListener("input", ({ target }) => {
      clearTimeout(typing);
      typing = setTimeout(async () => {
        const text = target.value;
        const found = await place.search(text);
        if (text !== target.value) return;
        const rows = found.map((one) => foundRow(one, target));
        if (!rows.length && text.trim()) rows.push(make("li", say("found_none")));
        at("report-found").replaceChildren(...rows);
      }, 150);
    });
    at("report-search").addEventListener("keydown", (event) => {
      if (event.key === "Enter") event.preventDefault();
    });

    place.addEventListener("change", ({ detail }) => {
      const now = place.place;
      if (now) map.show(now, detail.move);
      else map.clear();
      map.choose(place.grid ? place.grid.code : null);
      at("report-how").textContent = !now ? "" : [
        now.accuracy === null ? "" : say("accuracy", { metres: Math.round(now.accuracy) }),
        say(`from.${now.provenance}`)].filter(Boolean).join(" · ");
      showGrid(now);
      showCandidates();
    });
    place.addEventListener("grids", ({ detail }) => map.names(detail));
    return { locate };
  };
})();
