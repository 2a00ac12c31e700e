"use strict";
// The way to the service: who is signed in, the phone's pass for when nobody is any more, and what
// an answer means. Nothing but our own JSON counts as an answer.
(function () {
  const PATIENCE_MS = 30000;
  const NEW_PASS_AFTER_MS = 24 * 3600e3; // it lives fourteen days, and twelve hours unused

  class Stop extends Error {
    constructor(why, after) { super(why); this.after = after; }
  }
  class Refused extends Error {
    constructor(why, detail) { super(detail); this.why = why; }
  }

  async function ask(address, options = {}, patience = PATIENCE_MS) {
    if (navigator.onLine === false) throw new Stop("offline");
    const call = new AbortController();
    const timer = setTimeout(() => call.abort(), patience);
    try {
      const answer = await fetch(address, {
        ...options, signal: call.signal, redirect: "error", credentials: "same-origin",
        headers: { Accept: "application/json", ...options.headers },
      });
      const isJson = /^application\/([a-z.]+\+)?json/.test(answer.headers.get("Content-Type") || "");
      const body = isJson ? await answer.json() : null;
      return { status: answer.status, body, after: Number(answer.headers.get("Retry-After")) || 0 };
    } catch {
      throw new Stop("offline");
    } finally {
      clearTimeout(timer);
    }
  }

  // What a page wants to know beside; a line that never answers is no network either.
  async function told(address) {
    const { status, body } = await ask(address);
    if (status !== 200 || body === null) throw new Stop("offline");
    return body;
  }

  // What an answer means for the report that was sent. Whatever is not ours counts as no network.
  function read({ status, body, after }) {
    if ((status === 200 || status === 201) && body && Number.isInteger(body.id)) return body;
    const detail = body && typeof body.detail === "string" ? body.detail : "";
    const ours = body && typeof body.code === "string";
    if (!ours) throw new Stop("offline");
    if (status === 401) throw new Stop("sign_in");
    if (status === 429 || status >= 500) throw new Stop("busy", after);
    throw new Refused(status === 409 ? "conflict" : "refused", detail);
  }

  const bearer = (pass) => ({ Authorization: `Bearer ${pass}` });

  class Door {
    // `store` keeps and gives back by name; `heard` is told of every session that answers.
    constructor(user, store, heard) { Object.assign(this, { user, store, heard, headers: {} }); }

    // Afterwards `headers` let a report through: by the session, or by the pass when it has ended.
    async open() {
      this.byPass = false;
      const mine = await ask("/report/session");
      if (mine.status !== 401) {
        const told = this.known(mine);
        this.headers = { "X-CSRFToken": told.csrf_token };
        await this.keepPass();
        return;
      }
      if (!mine.body || !mine.body.code) throw new Stop("offline");
      const kept = await this.store.kept("pass");
      if (!kept || kept.user !== this.user) throw new Stop("sign_in");
      const other = await ask("/report/session", { headers: bearer(kept.pass) });
      if (other.status === 401) await this.store.keep("pass", null);
      this.known(other);
      this.headers = bearer(kept.pass);
      this.byPass = true;
    }

    known({ status, body }) {
      if (status === 401 && body && body.code) throw new Stop("sign_in");
      if (status === 403 && body && body.code) throw new Stop("not_allowed");
      if (status !== 200 || !body || body.service !== "gridsvc") throw new Stop("offline");
      this.heard(body);
      if (body.user !== this.user) throw new Stop("sign_in");
      return body;
    }

    // Without one the queue still goes out, for as long as the session lasts.
    async keepPass() {
      const kept = await this.store.kept("pass");
      if (kept && kept.user === this.user && Date.now() - kept.at < NEW_PASS_AFTER_MS) return;
      const { status, body } = await ask("/report/pass", { method: "POST", headers: this.headers });
      if (status !== 201 || !body || body.user !== this.user) return;
      await this.store.keep("pass", { user: body.user, pass: body.pass, at: Date.now() });
    }

    async send(address, body, headers = {}, patience = PATIENCE_MS) {
      const all = { ...headers, ...this.headers };
      return read(await ask(address, { method: "POST", body, headers: all }, patience));
    }
  }

  Object.assign(window, { gridsvcDoor: Door, gridsvcStop: Stop, gridsvcRefused: Refused, gridsvcTold: told });
})();
