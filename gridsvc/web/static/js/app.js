"use strict";
// What pages do beyond plain links and forms. Every page works without this file; maps excepted.
(function () {
  document.documentElement.classList.add("js");

  const rows = () => [...document.querySelectorAll("tr[data-code]")];
  const tell = (name, detail) => document.dispatchEvent(new CustomEvent(name, { detail }));

  // The map and its table are one selection.
  function mark(code) {
    for (const row of rows()) {
      const chosen = row.dataset.code === code;
      row.setAttribute("aria-selected", String(chosen));
      if (chosen) row.scrollIntoView({ block: "nearest" });
    }
  }

  function choose(code) {
    mark(code);
    tell("gridsvc:select", { code, from: "table" });
  }

  document.addEventListener("gridsvc:select", ({ detail }) => {
    if (detail.from === "map") mark(detail.code);
  });
  document.addEventListener("click", (event) => {
    const row = event.target.closest("tr[data-code]");
    if (row && !event.target.closest("a")) choose(row.dataset.code);
  });
  // By keyboard: the map follows the link in focus, Enter opens it.
  document.addEventListener("focusin", ({ target }) => {
    const row = target.closest("tr[data-code]");
    if (row && target.matches(":focus-visible")) choose(row.dataset.code);
  });

  // The map of one grid shows that grid.
  function showOne() {
    const one = document.querySelector("[data-select]");
    if (one && window.gridsvcMap && window.gridsvcMap.select) window.gridsvcMap.select(one.dataset.select);
  }
  document.addEventListener("gridsvc:ready", showOne);
  showOne(); // the map may have been ready first

  // The map of one case shows its place. A marker of the page, since the map draws areas alone.
  function showSpot() {
    const spot = document.querySelector("[data-spot]");
    const map = window.gridsvcMap && window.gridsvcMap.map;
    if (!spot || !map || spot.dataset.shown) return;
    spot.dataset.shown = "yes";
    const [lon, lat] = spot.dataset.spot.split(",").map(Number);
    window.L.circleMarker([lat, lon], { radius: 8, color: "#b3261e", weight: 3, fillOpacity: 0.4 }).addTo(map);
    // Where a person has to set the place, the map opens on his area, not on the odd place.
    if (!("stay" in spot.dataset)) map.setView([lat, lon], 16);
  }
  document.addEventListener("gridsvc:ready", showSpot);
  showSpot();

  // A tap on the map of a case writes the place into the form that asks for one.
  function takeTaps() {
    const fields = document.querySelectorAll("[data-tapped]");
    const map = window.gridsvcMap && window.gridsvcMap.map;
    if (!fields.length || !map || fields[0].dataset.listens) return;
    fields[0].dataset.listens = "yes";
    const spot = window.L.circleMarker([0, 0], { radius: 8, color: "#0f6b6b", weight: 3, fillOpacity: 0.4 });
    map.on("click", ({ latlng }) => {
      for (const field of fields) {
        field.value = latlng[field.dataset.tapped].toFixed(6);
        field.closest("details").open = true;
      }
      spot.setLatLng(latlng).addTo(map);
    });
  }
  document.addEventListener("gridsvc:ready", takeTaps);
  takeTaps();

  // What can be taken back for some seconds is not offered for longer.
  for (const form of document.querySelectorAll("form.undo")) {
    setTimeout(() => { form.hidden = true; }, 1000 * Number(form.dataset.seconds || 10));
  }

  // Filters: the answer, the list and the map change in place, and so does the address.
  let call = null;

  async function exchange(address) {
    if (call) call.abort();
    call = new AbortController();
    const live = [...document.querySelectorAll(".live")];
    live.forEach((part) => part.setAttribute("aria-busy", "true"));
    try {
      const answer = await fetch(address, { signal: call.signal, headers: { Accept: "text/html" } });
      if (!answer.ok || answer.redirected) { window.location.assign(address); return; }
      // Without the head: its styles carry the other answer's nonce, and would be reported.
      const [, main] = (await answer.text()).split(/<main[^>]*>|<\/main>/);
      const page = new DOMParser().parseFromString(main, "text/html");
      for (const part of live) {
        const fresh = page.getElementById(part.id);
        if (fresh) part.replaceChildren(...fresh.childNodes);
      }
      live.forEach((part) => part.removeAttribute("aria-busy"));
      tell("gridsvc:replaced");
    } catch (problem) {
      if (problem.name !== "AbortError") window.location.assign(address);
    }
  }

  function apply(form) {
    const fields = Object.fromEntries(new FormData(form));
    const kept = Object.entries(fields).filter(([, value]) => value !== "");
    const address = `${form.getAttribute("action")}?${new URLSearchParams(kept)}`;
    history.replaceState(history.state, "", address + window.location.hash);
    for (const name of Object.keys(fields)) if (fields[name] === "") fields[name] = null;
    exchange(address);
    if (window.gridsvcMap && window.gridsvcMap.refresh) window.gridsvcMap.refresh(fields);
  }

  document.addEventListener("change", ({ target }) => {
    const form = target.form;
    // A date that is being typed is not yet a date.
    if (form && form.matches("[data-live]") && target.checkValidity()) apply(form);
  });
  document.addEventListener("submit", (event) => {
    if (!event.target.matches("[data-live]")) return;
    event.preventDefault();
    apply(event.target);
  });
  // Two quick taps are one wish. Released again, for an answer may be a file and the page stay.
  const ON_ITS_WAY_MS = 3000;
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || form.method !== "post") return;
    if (form.dataset.sent) { event.preventDefault(); return; }
    form.dataset.sent = "yes";
    setTimeout(() => delete form.dataset.sent, ON_ITS_WAY_MS);
  });

  document.addEventListener("click", (event) => {
    const link = event.target.closest(".live .pages a");
    if (!link || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    history.replaceState(history.state, "", link.getAttribute("href") + window.location.hash);
    exchange(link.href);
  });

  // Another reading of the same place: the view goes along.
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-keep-view]");
    if (link) link.hash = window.location.hash;
  });

  // The position is asked for only when somebody presses the button, and only sent to our host.
  const here = document.querySelector("button[data-here]");
  if (here && navigator.geolocation && window.isSecureContext) {
    here.hidden = false;
    here.addEventListener("click", () => {
      navigator.geolocation.getCurrentPosition(({ coords }) => {
        here.form.elements.lon.value = coords.longitude.toFixed(6);
        here.form.elements.lat.value = coords.latitude.toFixed(6);
        here.form.submit();
      }, () => { here.hidden = true; }, { enableHighAccuracy: true, timeout: 15000 });
    });
  }

  // A menu closes when attention goes elsewhere.
  document.addEventListener("click", (event) => {
    for (const menu of document.querySelectorAll("details.account[open]")) {
      if (!menu.contains(event.target)) menu.open = false;
    }
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const menu of document.querySelectorAll("details.account[open]")) {
      menu.open = false;
      menu.querySelector("summary").focus();
    }
  });
})();
