"use strict";
// The map's client: joins figures to tiles, keeps selection and view. docs/maps.md is its contract.
(function () {
  const { AREAS, FUNCTIONAL, labelRules, paintRules, onThemeChange } = window.gridsvcPaint;
  const panels = window.gridsvcPanels;
  const MAX_TILE_ZOOM = 15;
  const ZONE_TILES_FROM = 14; // of map zoom 15: nearer than that a contact zone can be seen

  const tell = (name, detail) => document.dispatchEvent(new CustomEvent(name, { detail }));

  async function getJson(address, signal) {
    const answer = await fetch(address, { signal, headers: { Accept: "application/json" } });
    const body = await answer.json().catch(() => ({}));
    if (!answer.ok) throw new Error(body.detail || "");
    return body;
  }

  function withParams(address, params) {
    const url = new URL(address, window.location.origin);
    for (const [key, value] of Object.entries(params)) {
      if (value === null || value === undefined) url.searchParams.delete(key);
      else url.searchParams.set(key, value);
    }
    return url.pathname + url.search;
  }

  // Rows by code, as views on the columns: 20,000 small objects are made only when asked for.
  function join(figures) {
    const where = new Map();
    for (const block of [figures.areas, figures.grids]) {
      if (block) block.code.forEach((code, i) => where.set(code, [block, i]));
    }
    return (code) => {
      const found = where.get(code);
      if (!found) return null;
      const [block, i] = found;
      return {
        name: block.name[i], class: block.class[i], flags: block.flags[i],
        num: block.num[i], den: block.den[i],
      };
    };
  }

  // protomaps-leaflet asks an archive by getZxy; this one answers from our tile addresses.
  function tiles(template, shapes, failed, lowest = 0) {
    return {
      async getZxy(z, x, y, signal) {
        if (z < lowest) return undefined;
        const fields = { z, x, y, on: shapes.on, v: shapes.v };
        const address = template.replace(/\{(z|x|y|on|v)\}/g, (_, key) => encodeURIComponent(fields[key]));
        const answer = await fetch(address, { signal });
        if (answer.status === 204 || answer.status === 404) return undefined;
        if (!answer.ok) {
          failed();
          throw new Error(`${address}: ${answer.status}`);
        }
        return { data: await answer.arrayBuffer() };
      },
    };
  }

  function tileLayer(source, shapes, state, failed) {
    const from = (template, lowest) =>
      ({ url: tiles(template, shapes, failed, lowest), maxDataZoom: MAX_TILE_ZOOM });
    const sources = { grids: from(source.grids) };
    if (source.base) sources.base = from(source.base);
    if (source.zones) sources.zones = from(source.zones, ZONE_TILES_FROM);
    return protomapsL.leafletLayer({
      sources, attribution: "", noWrap: true, maxZoom: 18,
      paintRules: paintRules(state, Boolean(source.base), Boolean(source.zones)),
      labelRules: labelRules(state),
    });
  }

  class Client {
    constructor(map, config) {
      Object.assign(this, { map, config, params: {}, heat: null, findings: null });
      const style = getComputedStyle(map.getContainer());
      this.state = {
        classes: config.classes, shown: config.shown, outline: config.outline,
        row: () => null, waiting: true, chosen: null, fontFamily: style.fontFamily, fontSize: 12,
      };
      this.shapes = { on: config.source.on, v: config.source.version };
      this.message = panels.message(map);
      this.layer = this.newLayer();
      this.hover = panels.hover(map);
      this.legend = panels.legend(map, config.texts, config.source.time_zone);
      this.card = panels.card(map, config.texts, () => this.choose(null, "map"));
      this.listen();
    }

    newLayer() {
      const failed = () => this.message.show(this.config.texts["failed.shapes"]);
      return tileLayer(this.config.source, this.shapes, this.state, failed).addTo(this.map);
    }

    listen() {
      const { map } = this;
      map.on("click", (event) => this.choose(this.codeAt(event.latlng), "map"));
      map.on("moveend", () => this.keepView());
      map.on("mouseout movestart", () => this.hover.hide());
      if (window.matchMedia("(hover: hover)").matches) {
        map.on("mousemove", (event) => this.showHover(event.latlng));
      }
      document.addEventListener("gridsvc:select", ({ detail }) => {
        if (detail.from !== "map") this.select(detail.code);
      });
      onThemeChange(() => {
        this.repaint();
        if (this.findings) this.findings.setStyle({ color: this.alarm() });
      });
      // Leaflet focuses the map on every click; the ring is for the keyboard.
      const box = map.getContainer();
      box.addEventListener("pointerdown", () => box.classList.add("gridsvc-pointer"));
      box.addEventListener("keydown", () => box.classList.remove("gridsvc-pointer"));
      new ResizeObserver(() => map.invalidateSize()).observe(box);
    }

    repaint() {
      this.layer.clearLayout();
      this.layer.rerenderTiles();
    }

    codeAt({ lng, lat }) {
      const found = this.layer.queryTileFeaturesDebug(lng, lat, 1).get("grids") || [];
      const codes = found.filter((one) => AREAS.includes(one.layerName))
        .map((one) => one.feature.props.code)
        .filter((code) => this.state.row(code)); // others are outside the reader's scope
      const lies = (code) => (this.state.row(code).flags & FUNCTIONAL ? 1 : 0);
      // A functional grid lies over others: the one below is who answers for the place.
      codes.sort((a, b) => lies(a) - lies(b) || (a < b ? -1 : 1));
      return codes[0] || null;
    }

    zoneAt({ lng, lat }) {
      if (!this.config.source.zones) return null;
      const found = this.layer.queryTileFeaturesDebug(lng, lat, 1).get("zones") || [];
      const zone = found.map((one) => one.feature.props).find((props) => this.state.row(props.code.slice(0, 15)));
      return zone ? ` · ${this.config.texts.zone.replace("{zone}", zone.code.slice(16)).replace("{count}", zone.n)}` : "";
    }

    showHover(latlng) {
      if (this.hovering) return;
      this.hovering = requestAnimationFrame(() => {
        this.hovering = null;
        const code = this.codeAt(latlng);
        const row = code && this.state.row(code);
        if (!row) { this.hover.hide(); return; }
        const part = row.num === null || row.den === null ? "" : ` · ${row.num} / ${row.den}`;
        this.hover.show(latlng, row.name + (this.zoneAt(latlng) || part));
      });
    }

    async refresh(params = {}) {
      Object.assign(this.params, params);
      if (this.call) this.call.abort();
      const call = this.call = new AbortController();
      this.busy(true);
      const answers = await this.fetchAll(call).catch((problem) => this.fail(problem, call));
      if (this.call !== call) return;
      this.busy(false);
      if (!answers) return;
      this.message.hide();
      this.show(...answers);
    }

    fetchAll(call) {
      const { source } = this.config;
      const addresses = [source.figures, this.heat && source.heat, source.findings];
      return Promise.all(addresses.map((address) =>
        address ? getJson(withParams(address, this.params), call.signal) : null));
    }

    fail(problem, call) {
      if (problem.name === "AbortError") return;
      call.abort(); // the others belong to the same picture
      // A TypeError is fetch's own, in the browser's words and language.
      const own = problem instanceof TypeError ? "" : problem.message;
      const message = own || this.config.texts.failed;
      this.message.show(message);
      tell("gridsvc:error", { message });
    }

    show(figures, heat, findings) {
      this.state.row = join(figures);
      this.state.waiting = false;
      if (figures.on !== this.shapes.on || figures.v !== this.shapes.v) this.changeShapes(figures);
      else this.repaint();
      if (heat && this.heat) this.heat.setCells(heat);
      if (findings) this.showFindings(findings);
      this.legend.show(figures, heat, findings);
      tell("gridsvc:figures", figures);
    }

    alarm() {
      return getComputedStyle(this.map.getContainer()).getPropertyValue("--map-alarm").trim();
    }

    changeShapes({ on, v }) {
      this.shapes = { on, v };
      const old = this.layer;
      this.layer = this.newLayer();
      // The old shapes stay until the new ones are there.
      this.layer.once("load", () => old.remove());
    }

    showFindings(answer) {
      if (this.findings) this.findings.remove();
      const style = { color: this.alarm(), weight: 2, fillOpacity: 0.25 };
      this.findings = L.featureGroup();
      L.geoJSON(answer, {
        style,
        onEachFeature: (feature, piece) => {
          // A sliver of a square metre is invisible: a ring of fixed size shows where it is.
          const ring = L.circleMarker(piece.getBounds().getCenter(), { ...style, radius: 8, fill: false });
          for (const one of [piece, ring]) {
            one.bindTooltip(() => panels.element("span", "", feature.properties.text));
            this.findings.addLayer(one);
          }
        },
      });
      this.findings.addTo(this.map);
    }

    choose(code, from) {
      if (code === this.state.chosen) return;
      this.state.chosen = code;
      this.repaint();
      this.openCard(code, from);
      if (from === "map") tell("gridsvc:select", { code, from });
    }

    select(code) { this.choose(code, "page"); }

    async openCard(code, from) {
      if (this.asking) this.asking.abort();
      this.asking = new AbortController();
      const { card } = this.config.source;
      if (!code || !card) { this.card.hide(); return; }
      this.card.wait((this.state.row(code) || {}).name);
      try {
        const address = card.replace("{on}", encodeURIComponent(this.shapes.on))
          .replace("{code}", encodeURIComponent(code));
        const answer = await getJson(withParams(address, this.params), this.asking.signal);
        if (from !== "map" && answer.bbox) this.moveTo(answer.bbox);
        this.card.show(answer);
      } catch (problem) {
        if (problem.name === "AbortError") return;
        this.card.hide();
        this.message.show(problem.message || this.config.texts.failed);
      }
    }

    moveTo([west, south, east, north]) {
      const bounds = L.latLngBounds([south, west], [north, east]);
      if (!this.map.getBounds().contains(bounds)) this.map.fitBounds(bounds.pad(1), { maxZoom: 16 });
    }

    keepView() {
      const { lat, lng } = this.map.getCenter();
      const view = `#${this.map.getZoom()}/${lat.toFixed(5)}/${lng.toFixed(5)}`;
      history.replaceState(history.state, "", view);
    }

    busy(on) {
      const box = this.map.getContainer();
      box.classList.toggle("gridsvc-busy", on);
      box.setAttribute("aria-busy", String(on));
    }
  }

  function viewFromHash(map) {
    const [zoom, lat, lng] = window.location.hash.slice(1).split("/").map(Number);
    if ([zoom, lat, lng].every(Number.isFinite) && Math.abs(lat) <= 85) map.setView([lat, lng], zoom);
  }

  window.gridsvcMap = {
    start(map, config, heat = null) {
      viewFromHash(map);
      const client = new Client(map, config);
      client.heat = heat;
      Object.assign(window.gridsvcMap, {
        map,
        refresh: (params) => client.refresh(params),
        select: (code) => client.select(code),
      });
      tell("gridsvc:ready", {});
      return client.refresh();
    },
  };
})();
