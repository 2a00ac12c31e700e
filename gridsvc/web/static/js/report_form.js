"use strict";
// The form: at most five inputs, two of them required, a report kept on the phone when it is sent.
(function () {
  const config = JSON.parse(document.getElementById("report-config").textContent);
  const at = (id) => document.getElementById(id);
  const form = at("report-form");
  const say = (key, fill = {}) =>
    config.texts[key].replace(/\{(\w+)\}/g, (_, name) => (name in fill ? fill[name] : ""));
  const make = (tag, text) => Object.assign(document.createElement(tag), { textContent: text });
  const queue = new window.gridsvcQueue(config.user);
  const place = new window.gridsvcPlace(queue);
  const map = window.gridsvcReportMap(at("report-map"), config, (lon, lat) => place.set(lon, lat, "map"));
  let photos = [];

  const category = () => {
    const chosen = form.elements.category.value;
    return chosen === "" ? null : config.categories[Number(chosen)];
  };
  const pristine = () => !category() && !photos.length && !form.elements.sentence.value.trim()
    && (!place.place || place.place.provenance === "gps");

  function notice(id, text, link) {
    const box = at(id);
    box.textContent = text;
    if (link) box.append(" ", Object.assign(make("a", link.text), { href: link.href }));
    box.hidden = !text;
  }

  // --- where ---------------------------------------------------------------------------------
  function showPlace({ detail }) {
    const now = place.place;
    at("report-missing").hidden = true;
    if (now) map.show(now, detail.move);
    else map.clear();
    map.choose(place.grid ? place.grid.code : null);
    const how = !now ? "" : [
      now.accuracy === null ? "" : say("accuracy", { metres: Math.round(now.accuracy) }),
      say(`from.${now.provenance}`)].filter(Boolean).join(" · ");
    at("report-how").textContent = how;
    showGrid(now);
    showCandidates();
    keepDraft();
    lookForDuplicates();
  }

  function showGrid(now) {
    const { grid } = place;
    const line = at("report-grid");
    const phone = at("report-phone");
    phone.hidden = !(grid && grid.phone);
    if (grid) {
      line.textContent = grid.team ? say("team", { grid: grid.name, team: grid.team }) : say("no_team", { grid: grid.name });
      phone.textContent = say("duty", { phone: grid.phone });
      phone.href = `tel:${(grid.phone || "").replace(/[^0-9+]/g, "")}`;
    } else if (!now) line.textContent = say("no_place");
    else if (place.pending) line.textContent = say("checking");
    else line.textContent = say(place.grids.size ? "outside" : "unknown");
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

  let typing = null;
  at("report-search").addEventListener("input", ({ target }) => {
    clearTimeout(typing);
    typing = setTimeout(async () => {
      const text = target.value;
      const found = await place.search(text);
      if (text !== target.value) return;
      const rows = found.map(([name, lon, lat]) => {
        const row = document.createElement("li");
        const pick = Object.assign(make("button", name), { type: "button", className: "plain" });
        pick.addEventListener("click", () => {
          target.value = name;
          at("report-found").replaceChildren();
          place.set(lon, lat, "address", null, true);
        });
        row.append(pick);
        return row;
      });
      if (!rows.length && text.trim()) rows.push(make("li", say("found_none")));
      at("report-found").replaceChildren(...rows);
    }, 150);
  });
  at("report-search").addEventListener("keydown", (event) => {
    if (event.key === "Enter") event.preventDefault();
  });

  // --- what ----------------------------------------------------------------------------------
  function showCategory() {
    const now = category();
    const urgent = Boolean(now && now.phone);
    at("report-emergency").hidden = !urgent;
    at("report-rest").hidden = urgent;
    at("report-missing").hidden = true;
    if (urgent) {
      at("report-emergency").querySelector("p").textContent = say("emergency", { category: now.name });
      const call = at("report-emergency").querySelector("a");
      call.textContent = now.phone;
      call.href = `tel:${now.phone.replace(/[^0-9+]/g, "")}`;
      call.focus();
    }
    notice("report-photo-note", now && now.photo_required && !photos.length ? say("photo_needed", { category: now.name }) : "");
    keepDraft();
    lookForDuplicates();
  }
  at("report-categories").addEventListener("change", showCategory);

  function showPhotos() {
    at("report-photos").replaceChildren(...photos.map((blob, i) => {
      const item = document.createElement("li");
      const picture = Object.assign(document.createElement("img"), { src: URL.createObjectURL(blob), alt: "" });
      picture.addEventListener("load", () => URL.revokeObjectURL(picture.src));
      const remove = Object.assign(make("button", "×"), { type: "button" });
      remove.setAttribute("aria-label", say("remove_photo", { number: i + 1 }));
      remove.addEventListener("click", () => { photos.splice(i, 1); showPhotos(); });
      item.append(picture, remove);
      return item;
    }));
    showCategory();
  }

  form.elements.photo.addEventListener("change", async ({ target }) => {
    const files = [...target.files];
    target.value = "";
    for (const file of files) {
      try {
        photos.push(await window.gridsvcPhoto(file));
        showPhotos();
      } catch (problem) {
        notice("report-photo-note", say(problem.message === "photo_big" ? "photo_big" : "photo_bad", { name: file.name }));
      }
    }
  });

  form.elements.sentence.addEventListener("input", ({ target }) => {
    notice("report-personal", window.gridsvcScreen(target.value) ? say("personal") : "");
    keepDraft();
  });

  // --- already there? ------------------------------------------------------------------------
  let looking = 0;
  async function lookForDuplicates() {
    const call = ++looking;
    const box = at("report-duplicates");
    const now = category(), spot = place.place;
    box.hidden = true;
    if (!now || now.phone || !spot || navigator.onLine === false) return;
    const question = new URLSearchParams({ lon: spot.lon, lat: spot.lat, category: now.code, kind: now.kind });
    const answer = await fetch(`/api/v1/incidents/duplicates?${question}`, { headers: { Accept: "application/json" } })
      .then((got) => (got.ok ? got.json() : null)).catch(() => null);
    if (call !== looking || !answer || !answer.items.length) return;
    box.querySelector("ul").replaceChildren(...answer.items.map((one) => duplicateRow(one, now)));
    box.hidden = false;
  }

  function duplicateRow(one, now) {
    const row = document.createElement("li");
    const days = Math.floor((Date.now() - new Date(one.reported_at)) / 864e5);
    const fill = { metres: Math.round(one.distance_m), days };
    const text = document.createElement("p");
    text.append(make("b", say(days > 0 ? "duplicate" : "duplicate.today", fill)));
    if (one.description) text.append(document.createElement("br"), one.description);
    const join = Object.assign(make("button", say("join")), { type: "button", className: "second" });
    join.addEventListener("click", () => keep(now, { join: one.id }));
    row.append(text, join);
    return row;
  }

  // --- kept, then sent -----------------------------------------------------------------------
  function missing() {
    const now = category();
    if (!place.place) return "place";
    if (!now) return "category";
    return now.photo_required && !photos.length ? "photo" : null;
  }

  function written(now) {
    const { lon, lat, provenance, accuracy } = place.place;
    const sentence = form.elements.sentence.value.trim();
    return {
      category: now.code, kind: now.kind, lon, lat, datum: "wgs84", provenance,
      occurred_at: new Date().toISOString(),
      ...(accuracy === null ? {} : { accuracy_m: accuracy }),
      ...(sentence ? { description: sentence } : {}),
      ...(place.doubtful && place.grid ? { grid_code: place.grid.code } : {}),
    };
  }

  async function keep(now, { join = null } = {}) {
    const label = { category: now.name, place: place.grid ? place.grid.name : "" };
    at("report-send").disabled = true;
    try {
      await queue.add(join ? {} : written(now), join ? [] : photos, label, join);
      empty();
      notice("report-said", say("saved"));
      at("report-said").focus();
    } catch {
      notice("report-said", say("not_kept"));
    }
    at("report-send").disabled = false;
  }

  function empty() {
    photos = [];
    form.reset();
    at("report-found").replaceChildren();
    notice("report-personal", "");
    place.clear();
    showPhotos();
    if (window.isSecureContext) locate();
  }

  form.addEventListener("input", () => notice("report-said", "")); // the next one has begun
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const gap = missing();
    notice("report-missing", gap ? say(`missing.${gap}`) : "");
    if (gap) { at("report-missing").scrollIntoView({ block: "nearest" }); return; }
    keep(category());
  });

  // --- what is half written survives the browser ---------------------------------------------
  let restoring = true;
  function keepDraft() {
    if (restoring) return;
    const draft = pristine() ? null : {
      user: config.user, place: place.place, chosen: place.chosen, photos,
      category: category() && category().code, sentence: form.elements.sentence.value,
    };
    queue.keep("draft", draft).catch(() => {});
  }

  async function restore() {
    const draft = await queue.kept("draft").catch(() => null);
    if (draft && draft.user === config.user) {
      photos = draft.photos;
      form.elements.sentence.value = draft.sentence;
      const index = config.categories.findIndex((one) => one.code === draft.category);
      if (index >= 0) form.elements.category.value = String(index);
      if (draft.place) {
        const { lon, lat, provenance, accuracy } = draft.place;
        place.set(lon, lat, provenance, accuracy, true);
        place.chosen = draft.chosen;
        place.tell();
      }
      showPhotos();
    }
    restoring = false;
  }

  // --- the state of things -------------------------------------------------------------------
  const signIn = { text: say("sign_in.link"), href: "/sign-in?next=/report" };
  queue.addEventListener("state", ({ detail }) => {
    if (detail === "sign_in") notice("report-state", say("sign_in"), signIn);
    else if (detail === "not_allowed") notice("report-state", say("not_allowed"));
    else notice("report-state", detail ? say("offline") : "");
  });
  queue.addEventListener("session", async ({ detail }) => {
    for (const one of document.querySelectorAll("input[name=csrf_token]")) one.value = detail.csrf_token;
    if (detail.stamp === config.stamp) return;
    const kept = await window.gridsvcShell.renew(detail.stamp, pristine).catch(() => true);
    if (!kept) notice("report-renewed", say("renewed"));
  });
  window.addEventListener("offline", () => notice("report-state", say("offline")));
  window.addEventListener("online", () => notice("report-state", ""));

  async function start() {
    place.addEventListener("change", showPlace);
    place.addEventListener("grids", ({ detail }) => map.names(detail));
    window.gridsvcReportList(queue, say, config.language);
    await restore();
    at("report-insecure").hidden = window.isSecureContext;
    if (!place.place) {
      place.tell();
      if (window.isSecureContext) locate();
    }
    await place.loadArea(config.user);
    queue.watch();
    queue.run();
    if (!window.gridsvcShell.able()) return;
    window.gridsvcShell.keep(config)
      .then(() => notice("report-ready", say("ready")))
      .catch(() => {}); // no network: what is kept is what there is
  }
  start();
})();
