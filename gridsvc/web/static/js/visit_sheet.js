"use strict";
// The sheet of a round: kept on the phone while it is walked, sent like a report when it is done.
(function () {
  const config = JSON.parse(document.getElementById("visit-config").textContent);
  const at = (id) => document.getElementById(id);
  const form = at("visit-form");
  const say = (key, fill = {}) =>
    config.texts[key].replace(/\{(\w+)\}/g, (_, name) => (name in fill ? fill[name] : ""));
  const queue = new window.gridsvcQueue(config.user);
  const drawn = window.gridsvcDoors(at("visit-doors"), say, changed);
  const topics = window.gridsvcTopics(at("visit-topics"), config.topics, say, changed);
  const doors = new Map(); // building's code → set of numbers
  let area = { year: 0, grids: [], buildings: [], whole: true, asked: new Set() };
  let bare = false; // neither the phone nor the network gave any grids

  const today = () => new Intl.DateTimeFormat("sv-SE", { timeZone: config.zone }).format(new Date());
  const grid = () => area.grids.find((one) => one.code === form.elements.grid.value) || null;
  const buildings = () => area.buildings.filter((one) => one.grid === form.elements.grid.value);
  const counting = () => !at("visit-numbers").hidden;
  const number = (field) => (field.value.trim() === "" ? 0 : Number(field.value));
  const pristine = () => !doors.size && !Object.keys(topics.told).length && !number(form.elements.visited);

  function notice(id, text, link) {
    const box = at(id);
    box.textContent = text;
    if (link) box.append(" ", Object.assign(document.createElement("a"), { textContent: link.text, href: link.href }));
    box.hidden = !text;
  }

  // --- what the round comes to ---------------------------------------------------------------
  function counts() {
    if (counting()) return { count: number(form.elements.visited), first: number(form.elements.first) };
    let count = 0, first = 0;
    for (const one of buildings()) {
      const chosen = doors.get(one.code) || new Set(), before = new Set(one.reached);
      count += chosen.size;
      first += [...chosen].filter((each) => !before.has(each)).length;
    }
    return { count, first };
  }

  function showCounts() {
    at("visit-round").textContent = say("round", counts());
    const known = buildings();
    const sum = (what) => known.reduce((total, one) => total + what(one), 0);
    at("visit-year").textContent = known.length
      ? say("year", { count: sum((one) => one.reached.length), all: sum((one) => one.dwellings) }) : "";
  }

  function changed() {
    notice("visit-missing", "");
    notice("visit-said", "");
    showCounts();
    keepDraft();
  }

  // --- the grid and its doors ----------------------------------------------------------------
  // Festivals to come, and the campaigns that the round counts for.
  function showOccasions() {
    const code = form.elements.grid.value;
    const here = (one) => !one.grids || one.grids.some((prefix) => code.startsWith(prefix));
    const found = (area.occasions || []).filter((one) => one.until >= today() && here(one));
    at("visit-occasions").replaceChildren(...found.map((one) =>
      Object.assign(document.createElement("li"), { textContent: one.text })));
  }

  function showGrid() {
    const known = buildings();
    const asking = !known.length && !area.whole && !area.asked.has(form.elements.grid.value);
    drawn.draw(known, doors);
    at("visit-numbers").hidden = known.length > 0 || asking;
    notice("visit-no-doors", known.length || !grid() ? "" : say(asking ? "no_network_doors" : "no_doors"));
    showCounts();
    showOccasions();
  }

  const answerOf = (address) => window.gridsvcTold(address).catch(() => null);

  // Where the area is too large for a phone, a grid's doors are asked for when it is chosen.
  async function fetchDoors() {
    const code = form.elements.grid.value;
    if (area.whole || !code || area.asked.has(code)) return;
    const more = await answerOf(`/report/rounds?grid=${code}`);
    if (!more) return;
    area.asked.add(code);
    area.buildings = area.buildings.filter((one) => one.grid !== code).concat(more.buildings);
    await queue.keep("rounds", { user: config.user, area }).catch(() => {});
    showGrid();
  }

  // What the phone holds is there at once; a bad network is not waited for.
  async function loadArea() {
    const kept = await queue.kept("rounds").catch(() => null);
    if (kept && kept.user === config.user) {
      showArea(kept.area);
      await restore();
    }
    await freshArea();
  }

  async function freshArea() {
    bare = false;
    if (form.inert) notice("visit-area", say("fetching"));
    const fresh = await answerOf("/report/rounds");
    bare = !fresh && form.inert;
    notice("visit-area", bare ? say("no_area") : "");
    if (!fresh) return;
    showArea(besides(fresh));
    if (form.inert) await restore();
    await queue.keep("rounds", { user: config.user, area }).catch(() => {});
    await fetchDoors();
  }

  // What only this phone holds stays beside what came anew: the grid of a round that was begun, if
  // it was taken away meanwhile (the service answers for it), and doors that come grid by grid.
  function besides(fresh) {
    const told = (code) => fresh.grids.some((one) => one.code === code);
    const begun = pristine() || !grid() || told(grid().code) ? [] : [grid()];
    const later = !fresh.whole && fresh.year === area.year;
    const stay = area.buildings.filter((one) => (later && told(one.grid)) || begun.some(({ code }) => code === one.grid));
    return { ...fresh, grids: [...fresh.grids, ...begun], buildings: [...fresh.buildings, ...stay] };
  }

  function showArea(given) {
    area = { asked: new Set(), ...given };
    const chosen = form.elements.grid.value;
    form.elements.grid.replaceChildren(...area.grids.map((one) => new Option(one.name, one.code)));
    if (area.grids.some((one) => one.code === chosen)) form.elements.grid.value = chosen;
    showGrid();
  }

  form.elements.grid.addEventListener("change", () => {
    doors.clear();
    showGrid();
    fetchDoors();
    changed();
  });
  form.elements.day.addEventListener("change", changed);
  at("visit-numbers").addEventListener("input", changed);

  // --- kept, then sent -----------------------------------------------------------------------
  function missing() {
    const here = grid(), { count, first } = counts(), day = form.elements.day.value;
    if (!here) return say("missing.grid");
    if (!day || day > today()) return say("missing.day", { day });
    if (!count) return say(counting() ? "missing.count" : "missing.doors");
    if (first > count) return say("missing.first", { count });
    if (here.dwellings !== null && count > here.dwellings) return say("missing.most", { all: here.dwellings, count });
    return "";
  }

  function written() {
    const { count, first } = counts();
    const sorted = (set) => [...set].sort((one, other) => one - other);
    return {
      grid_code: grid().code, visited_on: form.elements.day.value, topics: topics.told,
      ended_at: new Date().toISOString(),
      ...(counting() ? { dwellings_visited: count, first_time_dwellings: first } : {
        dwellings: Object.fromEntries([...doors].map(([code, set]) => [code, sorted(set)])) }),
    };
  }

  // Until the service has counted, this phone remembers whom the round reached.
  function remember() {
    const day = form.elements.day.value;
    if (Number(day.slice(0, 4)) !== area.year) return;
    for (const one of buildings()) one.reached = [...new Set([...one.reached, ...(doors.get(one.code) || [])])];
    queue.keep("rounds", { user: config.user, area }).catch(() => {});
  }

  function empty() {
    doors.clear();
    topics.fill({});
    form.elements.visited.value = form.elements.first.value = "";
    showGrid();
    keepDraft();
  }

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const gap = missing();
    notice("visit-missing", gap);
    if (gap) { at("visit-missing").scrollIntoView({ block: "nearest" }); return; }
    at("visit-send").disabled = true;
    try {
      const label = { category: say("visits", counts()), place: `${grid().name} · ${form.elements.day.value}` };
      await queue.add(written(), [], label, { draft: "round", kind: "visit" });
      remember();
      empty();
      notice("visit-said", say("saved"));
      at("visit-said").focus();
    } catch {
      notice("visit-said", say("not_kept"));
    }
    at("visit-send").disabled = false;
  });

  // --- a round half walked survives the browser ----------------------------------------------
  // Nothing can be tapped that the draft, still to come, would write over.
  form.inert = true;
  function keepDraft() {
    if (form.inert) return;
    const draft = pristine() ? null : {
      user: config.user, grid: form.elements.grid.value, day: form.elements.day.value, topics: topics.told,
      doors: [...doors].map(([code, set]) => [code, [...set]]),
      visited: form.elements.visited.value, first: form.elements.first.value,
    };
    queue.keep("round", draft).catch(() => {});
  }

  function fill(draft) {
    form.elements.grid.value = draft.grid;
    form.elements.day.value = draft.day;
    form.elements.visited.value = draft.visited;
    form.elements.first.value = draft.first;
    doors.clear();
    for (const [code, numbers] of draft.doors) doors.set(code, new Set(numbers));
    topics.fill(draft.topics);
    showGrid();
  }

  async function restore() {
    form.elements.day.value = form.elements.day.max = today();
    const draft = await queue.kept("round").catch(() => null);
    if (draft && draft.user === config.user && area.grids.some((one) => one.code === draft.grid)) fill(draft);
    form.inert = false;
  }

  // What the service did not take goes back on the sheet, which must be free for it.
  async function change(record) {
    if (!pristine()) { notice("visit-said", say("change_first")); at("visit-said").focus(); return; }
    const { body } = record;
    fill({
      grid: body.grid_code, day: body.visited_on, topics: body.topics, doors: Object.entries(body.dwellings || {}),
      visited: body.dwellings_visited ?? "", first: body.first_time_dwellings ?? "",
    });
    keepDraft();
    await queue.discard(record.seq);
    form.scrollIntoView();
  }

  // --- the state of things -------------------------------------------------------------------
  const signIn = { text: say("sign_in.link"), href: "/sign-in?next=/report/visits" };
  queue.addEventListener("state", ({ detail }) => {
    if (detail === "sign_in") notice("visit-state", say("sign_in"), signIn);
    else if (detail === "not_allowed" || detail === "busy") notice("visit-state", say(detail));
    else notice("visit-state", detail ? say("offline") : "");
  });
  let renewing = Promise.resolve();
  const heard = new Promise((resolve) => {
    for (const event of ["session", "state"]) queue.addEventListener(event, resolve, { once: true });
  });
  queue.addEventListener("session", ({ detail }) => {
    if (bare) freshArea(); // the line that gave no grids carries again
    for (const one of document.querySelectorAll("input[name=csrf_token]")) {
      if (detail.csrf_token) one.value = detail.csrf_token;
    }
    // By the pass alone no newer sheet can be fetched.
    if (!detail.csrf_token || detail.stamp === config.stamp) return;
    renewing = window.gridsvcShell.renew(detail.stamp, pristine).catch(() => {});
  });
  window.addEventListener("offline", () => notice("visit-state", say("offline")));
  window.addEventListener("online", () => { notice("visit-state", ""); if (bare) freshArea(); else fetchDoors(); });

  async function start() {
    window.gridsvcReportList(queue, say, config.language, "visit", change);
    queue.watch();
    queue.run();
    await loadArea();
    if (!window.gridsvcShell.able()) return;
    // A page about to be exchanged for a newer one is not ready: what is typed into it would go.
    window.gridsvcShell.keep(config)
      .then(() => heard) // only the service knows whether this form is its newest
      .then(() => renewing)
      .then(() => notice("visit-ready", say("ready")))
      .catch(() => {}); // no network: what is kept is what there is
  }
  start();
})();
