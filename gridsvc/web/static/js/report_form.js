"use strict";
// The form: at most five inputs, two of them required, a report kept on the phone when it is sent.
(function () {
  const config = JSON.parse(document.getElementById("report-config").textContent);
  const at = (id) => document.getElementById(id);
  const form = at("report-form");
  const say = (key, fill = {}) =>
    config.texts[key].replace(/\{(\w+)\}/g, (_, name) => (name in fill ? fill[name] : ""));
  const make = (tag, text) => Object.assign(document.createElement(tag), { textContent: text });
  const page = { at, say, make };
  const queue = new window.gridsvcQueue(config.user);
  const place = new window.gridsvcPlace(queue);
  const map = window.gridsvcReportMap(at("report-map"), config, (lon, lat) => place.set(lon, lat, "map"));
  const where = window.gridsvcWhere(page, place, map);
  const ahead = window.gridsvcAhead(page, place, config, (now, number) => keep(now, number));
  const questions = window.gridsvcQuestions(page, at("report-questions"), () => keepDraft());
  const takePlace = window.gridsvcTaken(page, place);
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
    questions.ask(now && !urgent ? now.questions : []);
    keepDraft();
    ahead.look(now);
  }
  at("report-categories").addEventListener("change", showCategory);
  place.addEventListener("change", () => {
    at("report-missing").hidden = true;
    keepDraft();
    ahead.look(category());
  });

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
      await takePlace(file);
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

  // --- kept, then sent -----------------------------------------------------------------------
  function missing() {
    const now = category();
    if (!place.place) return say("missing.place");
    if (!now) return say("missing.category");
    if (now.photo_required && !photos.length) return say("missing.photo");
    return questions.gap ? say("missing.answer", { question: questions.gap.prompt }) : "";
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
      ...(now.questions.length ? { answers: questions.answers } : {}),
    };
  }

  // With a number it is not a case of its own: it joins that one.
  async function keep(now, join = null) {
    const label = { category: now.name, place: place.grid ? place.grid.name : "" };
    at("report-send").disabled = true;
    try {
      await queue.add(join ? {} : written(now), join ? [] : photos, label, { draft: "draft", join });
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
    if (window.isSecureContext) where.locate();
  }

  form.addEventListener("input", () => notice("report-said", "")); // the next one has begun
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const gap = missing();
    notice("report-missing", gap);
    if (gap) { at("report-missing").scrollIntoView({ block: "nearest" }); return; }
    keep(category());
  });

  // --- what is half written survives the browser ---------------------------------------------
  // Nothing can be tapped or typed that the draft, still to come, would write over.
  form.inert = true;
  function keepDraft() {
    if (form.inert) return;
    const draft = pristine() ? null : {
      user: config.user, place: place.place, chosen: place.chosen, photos, answers: questions.answers,
      category: category() && category().code, sentence: form.elements.sentence.value,
    };
    queue.keep("draft", draft).catch(() => {});
  }

  function fill(draft) {
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
    questions.fill(draft.answers || {});
  }

  async function restore() {
    const draft = await queue.kept("draft").catch(() => null);
    if (draft && draft.user === config.user) fill(draft);
    form.inert = false;
    fromSheet();
  }

  // The visit sheet leads here with a building's place; behind the #, so that it stays on the phone.
  function fromSheet() {
    const [lon, lat] = (/^#at=([\d.-]+),([\d.-]+)$/.exec(window.location.hash) || []).slice(1).map(Number);
    if (!Number.isFinite(lon) || !Number.isFinite(lat)) return;
    window.history.replaceState(null, "", window.location.pathname);
    place.set(lon, lat, "address", null, true);
  }

  // What the service did not take goes back on the form, which must be free for it.
  async function change(record) {
    if (!pristine()) { notice("report-said", say("change_first")); at("report-said").focus(); return; }
    const { body, photos: parts } = record;
    fill({
      photos: parts.map((one) => one.blob), sentence: body.description || "", category: body.category,
      place: { lon: body.lon, lat: body.lat, provenance: body.provenance, accuracy: body.accuracy_m ?? null },
      chosen: body.grid_code || null, answers: body.answers,
    });
    keepDraft();
    await queue.discard(record.seq);
    form.scrollIntoView();
  }

  // --- the state of things -------------------------------------------------------------------
  const signIn = { text: say("sign_in.link"), href: "/sign-in?next=/report" };
  queue.addEventListener("state", ({ detail }) => {
    if (detail === "sign_in") notice("report-state", say("sign_in"), signIn);
    else if (detail === "not_allowed" || detail === "busy") notice("report-state", say(detail));
    else notice("report-state", detail ? say("offline") : "");
  });
  let renewing = Promise.resolve();
  const heard = new Promise((resolve) => {
    for (const event of ["session", "state"]) queue.addEventListener(event, resolve, { once: true });
  });
  queue.addEventListener("session", async ({ detail }) => {
    for (const one of document.querySelectorAll("input[name=csrf_token]")) {
      if (detail.csrf_token) one.value = detail.csrf_token;
    }
    // By the pass alone no newer form can be fetched.
    if (!detail.csrf_token || detail.stamp === config.stamp) return;
    const kept = window.gridsvcShell.renew(detail.stamp, pristine).catch(() => true);
    renewing = kept;
    if (!(await kept)) notice("report-renewed", say("renewed"));
  });
  window.addEventListener("offline", () => notice("report-state", say("offline")));
  window.addEventListener("online", () => notice("report-state", ""));

  async function start() {
    window.gridsvcReportList(queue, say, config.language, "report", change);
    await restore();
    at("report-insecure").hidden = window.isSecureContext;
    if (!place.place) {
      place.tell();
      if (window.isSecureContext) where.locate();
    }
    queue.watch();
    queue.run(); // what waits is sent while the grids are still on their way
    await place.loadArea(config.user);
    if (!window.gridsvcShell.able()) return;
    // A page about to be exchanged for a newer one is not ready: what is typed into it would go.
    window.gridsvcShell.keep(config)
      .then(() => heard) // only the service knows whether this form is its newest
      .then(() => renewing)
      .then(() => notice("report-ready", say("ready")))
      .catch(() => {}); // no network: what is kept is what there is
  }
  start();
})();
