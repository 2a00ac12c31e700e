"use strict";
// Where it is: by GPS, by a tap, by a building's name; and whose grid that is.
(function () {
  const WATCH_MS = 20000, GOOD_M = 15;
  const REACH_M = 1000; // a circle wider than this says nothing about a grid
  const rounded = (degrees) => Math.round(degrees * 1e7) / 1e7;

  const answerOf = (address) => window.gridsvcTold(address).catch(() => null);

  window.gridsvcPlace = class extends EventTarget {
    constructor(queue) {
      super();
      Object.assign(this, {
        queue, grids: new Map(), places: [], place: null, found: [], chosen: null, asked: 0 });
    }

    // What the phone holds is there at once; today's grids follow when the network gives them.
    async loadArea(user) {
      const kept = await this.queue.kept("area").catch(() => null);
      if (kept && kept.user === user) this.take(kept.area);
      const fresh = await answerOf("/report/area");
      if (!fresh) return;
      this.grids.clear();
      this.take(fresh);
      await this.queue.keep("area", { user, area: fresh }).catch(() => {});
    }

    take(area) {
      this.places = area.places;
      this.add(area.grids);
      if (this.place) this.look();
    }

    set(lon, lat, provenance, accuracy = null, move = false) {
      if (provenance !== "gps") this.stopWatching();
      this.place = { lon: rounded(lon), lat: rounded(lat), provenance, accuracy };
      this.chosen = null;
      this.look(move);
    }

    clear() {
      Object.assign(this, { place: null, found: [], chosen: null });
      this.asked++;
      this.tell();
    }

    tell(move = false) { this.dispatchEvent(new CustomEvent("change", { detail: { move } })); }

    // By what is kept on the phone; the service is asked only for places that lie beyond.
    async look(move) {
      const call = ++this.asked;
      this.find();
      this.pending = !this.found.some((one) => one.inside) && navigator.onLine !== false;
      this.tell(move);
      if (!this.pending) return;
      const { lon, lat } = this.place;
      const near = await answerOf(`/report/area?lon=${lon}&lat=${lat}`);
      if (call !== this.asked) return;
      this.pending = false;
      if (near) this.add(near.grids);
      this.find();
      this.tell();
    }

    find() {
      const { lon, lat, accuracy } = this.place;
      this.found = window.gridsvcGridsAt([...this.grids.values()], lon, lat, Math.min(accuracy || 0, REACH_M));
    }

    add(grids) {
      for (const one of grids) this.grids.set(one.code, one);
      this.dispatchEvent(new CustomEvent("grids", { detail: grids }));
    }

    // What the circle of doubt touches is the reporter's to tell apart; the point's own grid leads.
    get doubtful() { return this.found.length > 1 || this.found.some((one) => !one.inside); }
    get grid() {
      if (this.chosen) return this.found.find((one) => one.code === this.chosen) || null;
      return this.found.find((one) => one.inside) || null;
    }

    // The position leaves the phone with a report only, and is asked for while the form is open.
    watch(failed) {
      if (!navigator.geolocation || !window.isSecureContext) { failed(); return; }
      this.stopWatching();
      this.watching = navigator.geolocation.watchPosition(({ coords }) => {
        const { longitude, latitude, accuracy } = coords;
        const now = this.place;
        if (now && now.provenance === "gps" && this.chosen) return;
        if (now && now.provenance === "gps" && accuracy >= now.accuracy && !this.fresh) return;
        this.fresh = false;
        this.set(longitude, latitude, "gps", Math.round(accuracy * 10) / 10, true);
        if (accuracy <= GOOD_M) this.stopWatching();
      }, () => { this.stopWatching(); if (!this.place) failed(); },
      { enableHighAccuracy: true, timeout: WATCH_MS, maximumAge: 0 });
      this.fresh = true;
      this.limit = setTimeout(() => this.stopWatching(), WATCH_MS);
    }

    stopWatching() {
      if (this.watching !== undefined) navigator.geolocation.clearWatch(this.watching);
      clearTimeout(this.limit);
      this.watching = undefined;
    }

    async search(text) {
      const words = text.trim().toLowerCase().split(/\s+/).filter(Boolean);
      if (!words.length) return [];
      const near = this.places.filter(([name]) => words.every((word) => name.toLowerCase().includes(word)));
      if (near.length || navigator.onLine === false) return near.slice(0, 8);
      const answer = await answerOf(`/report/places?q=${encodeURIComponent(text.trim())}`);
      return answer ? answer.places : [];
    }
  };
})();
