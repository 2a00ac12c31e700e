// The draft as the desk knows it: its head, its grids, what is chosen. Parts of the page listen.
import { config } from "./plan_page.js";
import { ask, newId, send } from "./plan_server.js";

export class Draft extends EventTarget {
  head = null;
  grids = new Map(); // code → properties and geometry, as of the last log number
  chosen = new Set();
  log = { undo: null, redo: null, log_number: 0 };
  base = null;

  tell(name, detail = {}) { this.dispatchEvent(new CustomEvent(name, { detail })); }
  get seen() { return this.log.log_number; }
  get open() { return ["draft", "returned"].includes(this.head.state); }

  async load() {
    const [head, grids, log] = await Promise.all([ask(""), ask("grids"), ask("edits?limit=20")]);
    this.head = head;
    this.log = log;
    this.grids = new Map(grids.features.map((one) =>
      [one.properties.code, { ...one.properties, geometry: one.geometry }]));
    for (const code of this.chosen) if (!this.grids.has(code)) this.chosen.delete(code);
    this.tell("loaded");
    this.tell("chosen", { from: "load" });
  }

  // Somebody else may have drawn meanwhile; only a changed log number costs more than a few bytes.
  async look() {
    const head = await ask("");
    if (head.log_number !== this.seen || head.state !== this.head.state) await this.load();
  }

  async former() {
    this.base ??= await ask("base");
    return this.base;
  }

  preview(path, body, signal) {
    return ask(path, { method: "POST", signal, body: { ...body, seen: this.seen, dry_run: true } });
  }

  async commit(path, body) {
    const effect = await send(path, { ...body, seen: this.seen, client_id: newId() });
    await this.load();
    this.choose(effect.grids.filter((one) => !one.retired).map((one) => one.code), "edit");
    this.tell("edited", effect);
    return effect;
  }

  choose(codes, from) {
    this.chosen = new Set(codes.filter((one) => this.grids.has(one)));
    this.tell("chosen", { from });
  }

  toggle(code, from) {
    const next = new Set(this.chosen);
    if (!next.delete(code)) next.add(code);
    this.choose([...next], from);
  }

  name(code) {
    const found = this.grids.get(code);
    return found ? found.name || code.slice(-3) : code.slice(-3);
  }

  title(code) { // the number tells apart what shares a name, or has none yet
    const found = this.grids.get(code);
    return found && found.name ? `${found.name} · ${code.slice(-3)}` : `${code.slice(9, 12)} ${code.slice(12)}`;
  }
}

export const draft = new Draft();
export const isMine = (account) => account && account.username === config.username;
