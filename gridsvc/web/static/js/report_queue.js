"use strict";
// The reports and visits of this phone: kept before they are sent, sent in order, let go after our own answer.
//
// waiting → sending → sent; a refusal that only a person can settle is "needs". Nothing but our
// JSON with the case's number ends the waiting: the page of a Wi-Fi's log-in answers 200 as well.
(function () {
  const PHOTO_PATIENCE_MS = 120000;
  const RETRIES_S = [3, 5, 10, 20, 40, 60];
  const SENT_KEPT = 20;
  // Where each kind goes, and what its own number is called there.
  const KINDS = {
    report: { address: "/api/v1/incidents", number: "client_report_id" },
    visit: { address: "/api/v1/visits", number: "client_visit_id" },
  };
  const kindOf = (record) => KINDS[record.kind || "report"];
  const durable = { durability: "strict" }; // on the disk before it counts as kept

  const { gridsvcDoor: Door, gridsvcStop: Stop, gridsvcRefused: Refused } = window;

  const opened = () => idb.openDB("gridsvc-report", 1, {
    upgrade(store) {
      store.createObjectStore("reports", { keyPath: "seq", autoIncrement: true });
      store.createObjectStore("kept"); // the area, the draft, the pass
    },
  });

  function newId() {
    if (window.crypto && crypto.randomUUID) return crypto.randomUUID();
    // Plain http has no randomUUID; its random numbers are as good.
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    bytes[6] = (bytes[6] & 0x0f) | 0x40;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    const hex = [...bytes].map((one) => one.toString(16).padStart(2, "0")).join("");
    return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
  }

  class Queue extends EventTarget {
    constructor(user) {
      super();
      Object.assign(this, {
        user, store: opened(), tries: 0, timer: null, running: null, state: "", notBefore: 0 });
      this.door = new Door(user, this, (told) =>
        this.dispatchEvent(new CustomEvent("session", { detail: told })));
    }

    async list() { return (await this.store).getAll("reports"); }

    // With a draft's name it goes in the same breath: killed in between, it would be sent twice.
    async put(record, draft = null) {
      const store = await this.store;
      const writing = store.transaction(draft ? ["reports", "kept"] : "reports", "readwrite", durable);
      if (draft) writing.objectStore("kept").delete(draft).catch(() => {}); // `done` tells of it
      const seq = await writing.objectStore("reports").put(record);
      await writing.done;
      record.seq = seq;
      this.changed();
    }

    changed() { this.dispatchEvent(new Event("change")); }

    tell(state) {
      if (state === this.state) return;
      this.state = state;
      this.dispatchEvent(new CustomEvent("state", { detail: state }));
    }

    // Resolves when the report is on the disk; it may then be sent, or not, at any later time.
    async add(body, photos, label, { draft, join = null, kind = "report" } = {}) {
      const id = newId();
      const parts = photos.map((blob) => ({ id: newId(), blob }));
      await this.put({
        id, user: this.user, state: "waiting", kind, join, label, made_at: new Date().toISOString(),
        body: { ...body, [KINDS[kind].number]: id }, photos: parts, photo_count: parts.length,
      }, draft);
      this.run();
    }

    async again(seq, { asNew = false, withoutPhotos = false } = {}) {
      const record = await (await this.store).get("reports", seq);
      if (!record) return;
      if (asNew) record.id = record.body[kindOf(record).number] = newId();
      if (withoutPhotos) { record.photos = []; record.photo_count = 0; }
      Object.assign(record, { state: "waiting", why: null, detail: null });
      await this.put(record);
      this.run();
    }

    async discard(seq) {
      const record = await (await this.store).get("reports", seq);
      await (await this.store).delete("reports", seq);
      this.changed();
      return record;
    }

    // One sender at a time, also among windows; who comes meanwhile asks for one more round.
    run() {
      clearTimeout(this.timer);
      // Whoever was told to wait waits, also when the network or the screen comes back.
      const early = this.notBefore - Date.now();
      if (early > 0) { this.timer = setTimeout(() => this.run(), early); return Promise.resolve(); }
      if (this.running) { this.more = true; return this.running; }
      const alone = () => this.drain();
      this.running = (navigator.locks ? navigator.locks.request("gridsvc-report", alone) : alone())
        .finally(() => {
          this.running = null;
          if (this.more) { this.more = false; this.run(); }
        });
      return this.running;
    }

    async drain() {
      this.inside = false;
      try {
        await this.door.open();
        this.inside = true;
        // Found in "sending": the browser was killed, and asking again is safe.
        const waiting = (await this.list()).filter((one) =>
          one.user === this.user && (one.state === "waiting" || one.state === "sending"));
        for (const record of waiting) await this.sendOne(record);
        this.tries = 0;
        this.tell("");
        await this.forgetOld();
      } catch (stop) {
        if (!(stop instanceof Stop)) throw stop;
        this.later(stop);
      }
    }

    later(stop) {
      this.tell(stop.message);
      // A session that ended on the way may leave a pass; without one only a person helps.
      if (stop.message === "sign_in" && (this.door.byPass || !this.inside)) return;
      const pause = stop.after || RETRIES_S[Math.min(this.tries++, RETRIES_S.length - 1)];
      if (stop.after) this.notBefore = Date.now() + stop.after * 1000;
      this.timer = setTimeout(() => this.run(), pause * 1000);
    }

    async sendOne(record) {
      record.state = "sending";
      await this.put(record);
      try {
        if (!record.case_id) {
          const body = await this.sendReport(record);
          Object.assign(record, { case_id: body.id, due_at: body.due_at || null });
          if (!record.join) record.odd = body.review_reason || [];
          await this.put(record); // a photo's failure must not send the words again
          this.tries = 0; // the line carries: a break after this is a new one
        }
        for (const photo of [...record.photos]) {
          await this.sendPhoto(record, photo);
          this.tries = 0;
          record.photos = record.photos.filter((one) => one !== photo);
          await this.put(record);
        }
        record.state = "sent";
        await this.put(record);
      } catch (problem) {
        if (problem instanceof Refused) {
          Object.assign(record, { state: "needs", why: problem.why, detail: problem.message });
          await this.put(record);
          return; // the next one is not to wait for a person
        }
        record.state = "waiting";
        await this.put(record);
        throw problem;
      }
    }

    sendReport(record) {
      const { address: own, number } = kindOf(record);
      const address = record.join ? `${own}/${record.join}/join` : own;
      // The clock at sending, so that the service sees how far off it is.
      const clock = record.kind === "visit" ? {} : { device_at: new Date().toISOString() };
      const body = record.join ? { [number]: record.id } : { ...record.body, ...clock };
      return this.door.send(address, JSON.stringify(body), {
        "Content-Type": "application/json", "Idempotency-Key": record.id });
    }

    async sendPhoto(record, photo) {
      const form = new FormData();
      form.append("photo", photo.blob, "photo.jpg");
      form.append("client_photo_id", photo.id);
      try {
        await this.door.send(`/api/v1/incidents/${record.case_id}/photos`, form, {}, PHOTO_PATIENCE_MS);
      } catch (problem) {
        if (problem instanceof Refused) throw new Refused("photo", problem.message);
        throw problem;
      }
    }

    async forgetOld() {
      const sent = (await this.list()).filter((one) => one.state === "sent");
      for (const one of sent.slice(0, -SENT_KEPT)) await (await this.store).delete("reports", one.seq);
    }

    async keep(name, value) {
      // Not waiting for the disk: quick taps would queue, and who leaves then takes back the last.
      // A killed browser loses nothing by it, only a phone whose power fails.
      const writing = (await this.store).transaction("kept", "readwrite", { durability: "relaxed" });
      const asked = value === null ? writing.store.delete(name) : writing.store.put(value, name);
      // Said now and not after the answer: who taps and leaves the page at once takes no answer.
      writing.commit?.();
      await Promise.all([asked, writing.done]);
    }

    async kept(name) { return (await this.store).get("kept", name); }

    // The browser tells of a network when it has one; the clock asks for the rest.
    watch() {
      window.addEventListener("online", () => { this.tries = 0; this.run(); });
      window.addEventListener("pageshow", () => this.run());
      document.addEventListener("visibilitychange", () => {
        if (document.visibilityState === "visible") this.run();
      });
    }
  }

  window.gridsvcQueue = Queue;
})();
