// The draft as the desk knows it: its head, its grids, what is chosen. Parts of the page listen.
import { config, t } from "./plan_page.js";
import { ask, latest, newId, quietly, send } from "./plan_server.js";

export class Draft extends EventTarget {
  head = null;
  names = null; // code → what a grid, team or branch is called
  grids = new Map(); // code → properties and geometry, as of the last log number
  chosen = new Set();
  remarks = []; // those that nobody has closed yet
  log = { undo: null, redo: null, log_number: 0 };
  base = null;

  tell(name, detail = {}) { this.dispatchEvent(new CustomEvent(name, { detail })); }
  get seen() { return this.log.log_number; }

  whole = latest(() => Promise.all([
    ask(""), ask("grids"), ask("edits?limit=20"), this.names || ask(config.names),
  ]));

  async load() {
    const answers = await this.whole();
    if (!answers) return;
    const [head, grids, log, names] = answers;
    if (log.log_number < this.seen) return; // an edit has overtaken this answer
    Object.assign(this, { head, log, names });
    this.grids = new Map(grids.features.map((one) => this.row(one)));
    for (const code of this.chosen) if (!this.grids.has(code)) this.chosen.delete(code);
    this.tell("drawn");
    this.tell("loaded");
    this.tell("chosen", { from: "load" });
  }

  row({ properties: one, geometry }) {
    return [one.code, { ...one, name: this.names.grids[one.code] || one.name, geometry }];
  }

  // What an edit did is known from its answer; the rest follows without anybody waiting for it.
  absorb(effect) {
    const { log_number, undo, redo } = effect;
    this.log = { ...this.log, log_number, undo, redo };
    for (const one of effect.grids) if (one.retired) this.grids.delete(one.code);
    for (const one of effect.features.features) this.grids.set(...this.row(one));
    this.tell("drawn");
    this.choose(effect.grids.map((one) => one.code), "edit");
    quietly(this.load());
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
    this.absorb(effect);
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

  title(code) {
    const found = this.grids.get(code);
    return (found && found.name) || this.called(code) || `${t("new_grid")} ${code.slice(-3)}`;
  }

  // Teams and branches, and grids that are no longer there.
  called(code) {
    const { divisions, grids, teams, branches } = this.names;
    return grids[code] || teams[code] || branches[code] || divisions[code] || "";
  }
}

export const draft = new Draft();
// A phone reads and comments: a finger covers the lane that it would draw.
const roomy = window.matchMedia("(min-width: 700px)");
export const mayEdit = () => Boolean(draft.head && draft.head.can.edit) && roomy.matches;
