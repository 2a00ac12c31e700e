// The desk's map: base tiles, the draft's grids by their households, and what lies over them.
import { draft } from "./plan_draft.js";
import { outlines } from "./plan_frame.js";
import { at, el, fill, number } from "./plan_page.js";

const desk = window.gridsvcDesk;
export const map = desk.map;
const paint = window.gridsvcPaint;
const MAX_TILE_ZOOM = 15, LABELS_AT_MOST = 120;
const DAY = { ink: "#1b2a33", accent: "#0f6b6b", due: "#b86e00", alarm: "#b3261e", paper: "#ffffff" };
const NIGHT = { ink: "#e8e6df", accent: "#6fd0c6", due: "#e0a64a", alarm: "#ff8a80", paper: "#141b20" };
const night = window.matchMedia("(prefers-color-scheme: dark)");
export const theme = () => (night.matches ? NIGHT : DAY);

function baseTiles(template) {
  const url = {
    async getZxy(z, x, y, signal) {
      const address = template.replace("{z}", z).replace("{x}", x).replace("{y}", y);
      const answer = await fetch(address, { signal });
      return answer.status === 200 ? { data: await answer.arrayBuffer() } : undefined;
    },
  };
  const state = { shown: "lines", classes: [], row: () => null };
  return protomapsL.leafletLayer({
    sources: { base: { url, maxDataZoom: MAX_TILE_ZOOM } }, attribution: "", noWrap: true,
    maxZoom: map.getMaxZoom(), paintRules: paint.paintRules(state, true), labelRules: [],
  });
}

export const flat = (feature) => L.GeoJSON.geometryToLayer({ type: "Feature", geometry: feature, properties: {} });
const classOf = (households) => desk.bounds.filter((bound) => households >= bound).length;
const labels = L.layerGroup();
let muted = new Set(); // grids whose label would contradict a preview
const frame = L.polyline([], { weight: 2.5, interactive: false, pmIgnore: true, snapIgnore: true });
const before = L.layerGroup();
export const over = L.featureGroup(); // a preview, a finding, a comparison: one thing at a time
export const pins = L.layerGroup();
const shapes = new Map();
const outside = (grid) => Boolean(grid.reading) && grid.reading !== "in_range";
let showsBefore = false;

// Close up one draws along streets and houses, and the classes step back.
const strength = () => (map.getZoom() >= 17 ? 0.4 : 0.6);

function styleOf(code) {
  const grid = draft.grids.get(code), colours = theme();
  const chosen = draft.chosen.has(code), off = outside(grid);
  const step = desk.classes[classOf(grid.households)];
  return {
    color: chosen ? colours.accent : off ? colours.due : colours.ink,
    weight: chosen ? 4 : off ? 3 : 1.2, opacity: chosen || off ? 1 : 0.55,
    dashArray: grid.locked ? "2 6" : null,
    fillColor: night.matches ? step.night : step.colour,
    fillOpacity: showsBefore ? 0 : strength(), snapIgnore: true,
  };
}

export function restyle() {
  for (const [code, layer] of shapes) layer.setStyle(styleOf(code));
  frame.setStyle({ color: theme().ink }).bringToFront();
  for (const code of draft.chosen) if (shapes.has(code)) shapes.get(code).bringToFront();
  showLabels();
}

function drawGrids() {
  for (const layer of shapes.values()) layer.remove();
  shapes.clear();
  for (const [code, grid] of draft.grids) {
    const layer = flat(grid.geometry);
    layer.setStyle({ ...styleOf(code), pmIgnore: false });
    layer.on("click", (event) => {
      map.fire("desk:pick", { code, latlng: event.latlng, more: event.originalEvent.ctrlKey
        || event.originalEvent.shiftKey || event.originalEvent.metaKey });
    });
    layer.addTo(map);
    shapes.set(code, layer);
  }
  // An edit never changes the outlines, so they are worked out once.
  if (!frame.getLatLngs().length) frame.setLatLngs(outlines([...draft.grids.values()])).addTo(map);
  restyle();
}

function label(grid, middle, full) {
  const html = el("span", { class: outside(grid) ? "outside" : "" },
    el("b", {}, grid.code.slice(-3)), full ? ` ${number(grid.households)}` : "");
  const icon = L.divIcon({ html, className: "plan-label", iconSize: [full ? 68 : 30, 20] });
  return L.marker(middle, { icon, interactive: false, keyboard: false, pmIgnore: true, snapIgnore: true });
}

// A label that would lie on another one, or stick far out of its grid, is left out.
function showLabels() {
  labels.clearLayers();
  if (showsBefore) return; // the former grids bring their own
  const view = map.getBounds(), taken = [];
  const seen = [...shapes].filter(([, layer]) => view.intersects(layer.getBounds()));
  if (seen.length > LABELS_AT_MOST) return;
  for (const [code, layer] of seen) {
    const box = layer.getBounds(), middle = layer.getCenter();
    const wide = map.latLngToLayerPoint(box.getNorthEast()).x - map.latLngToLayerPoint(box.getSouthWest()).x;
    if (muted.has(code)) continue;
    const grid = draft.grids.get(code), full = wide >= 84, half = full ? 34 : 15;
    const { x, y } = map.latLngToLayerPoint(middle);
    const meets = taken.some((one) => Math.abs(one.x - x) < one.half + half && Math.abs(one.y - y) < 15);
    if (wide < 32 || meets || !view.contains(middle)) continue;
    taken.push({ x, y, half });
    label(grid, middle, full).addTo(labels);
  }
}

// Snapping looks at every border it may snap to on every move of the mouse: only those near the work.
export function snapTo(codes) {
  const near = new Set(codes);
  const boxes = codes.filter((code) => shapes.has(code)).map((code) => shapes.get(code).getBounds().pad(0.2));
  for (const [code, layer] of shapes) {
    if (boxes.some((box) => box.intersects(layer.getBounds()))) near.add(code);
    layer.options.snapIgnore = !near.has(code);
  }
}

export const gridAt = (latlng) => {
  const point = map.latLngToLayerPoint(latlng);
  for (const [code, layer] of shapes) {
    if (layer.getBounds().contains(latlng) && layer._containsPoint && layer._containsPoint(point)) return code;
  }
  return null;
};

export async function showBefore(on) {
  showsBefore = on;
  before.clearLayers();
  if (on) {
    for (const one of (await draft.former()).features) {
      const step = desk.classes[classOf(one.properties.households)];
      const style = {
        color: theme().ink, weight: 1.5, dashArray: "6 4", fillColor: night.matches ? step.night : step.colour,
        fillOpacity: strength(), interactive: false, pmIgnore: true, snapIgnore: true,
      };
      const layer = flat(one.geometry).setStyle(style).addTo(before);
      label(one.properties, layer.getCenter(), true).addTo(before);
    }
  }
  restyle();
}

// What lies over the draft is drawn as SVG above the canvas of the grids.
map.createPane("plan-over").style.zIndex = 450;
const overRenderer = L.svg({ pane: "plan-over" });
export function lay(geometry, style = {}) {
  const layer = flat(geometry);
  const options = {
    color: theme().accent, weight: 3, fillOpacity: 0.15, interactive: false, pane: "plan-over",
    renderer: overRenderer, pmIgnore: true, snapIgnore: true, ...style,
  };
  const each = layer.eachLayer ? layer.getLayers() : [layer];
  for (const one of each) {
    Object.assign(one.options, options);
    one.addTo(over);
  }
  return layer;
}

export function mark(lon, lat, colour = theme().alarm) {
  return L.circleMarker([lat, lon], {
    radius: 12, color: colour, weight: 3, fill: false, interactive: false, pane: "plan-over",
    renderer: overRenderer, pmIgnore: true, snapIgnore: true,
  }).addTo(over);
}

export function clearOver() {
  over.clearLayers();
  if (!muted.size) return;
  muted = new Set();
  showLabels();
}

/** Lay grids as they would become over what there is, with their figures instead of the old. */
export function layGrids(features, codes = features.map((one) => one.properties.code)) {
  clearOver();
  muted = new Set(codes);
  showLabels();
  for (const { geometry, properties } of features) {
    const layer = lay(geometry, { dashArray: "8 5", weight: 4 });
    label(properties, layer.getCenter(), true).addTo(over);
  }
}

export function lookAt(bounds, closest = 18) {
  if (bounds.isValid()) map.fitBounds(bounds.pad(0.5), { maxZoom: closest });
}
export const lookAtGrids = (codes) => {
  const bounds = L.latLngBounds([]);
  for (const code of codes) if (shapes.has(code)) bounds.extend(shapes.get(code).getBounds());
  if (bounds.isValid() && !map.getBounds().contains(bounds)) lookAt(bounds, 17);
};
// Nobody can draw in a grid the size of a fingertip.
export function closeUp(codes) {
  const bounds = L.latLngBounds([]);
  for (const code of codes) if (shapes.has(code)) bounds.extend(shapes.get(code).getBounds());
  if (!bounds.isValid()) return;
  const size = map.latLngToLayerPoint(bounds.getSouthEast()).subtract(map.latLngToLayerPoint(bounds.getNorthWest()));
  if (Math.max(size.x, size.y) < 160 || !map.getBounds().intersects(bounds)) map.fitBounds(bounds.pad(0.4), { maxZoom: 18 });
}
export const lookAtPlace = (lon, lat) => map.setView([lat, lon], Math.max(map.getZoom(), 18));

export function start() {
  const base = baseTiles(desk.base).addTo(map);
  for (const group of [before, over, labels, pins]) group.addTo(map);
  if (map.getSize().x < 800) map.getContainer().querySelector(".gridsvc-legend").open = false;
  map.pm.setLang(desk.language);
  map.pm.setGlobalOptions({ snappable: true, snapDistance: 14, pmIgnore: false });
  map.on("moveend", showLabels);
  map.on("zoomend", restyle);
  draft.addEventListener("drawn", () => {
    drawGrids();
    fill(map.getContainer().querySelector(".gridsvc-legend time"), at(draft.head.changed_at || new Date().toISOString()));
  });
  draft.addEventListener("chosen", ({ detail }) => {
    restyle();
    if (detail.from !== "map" && detail.from !== "load") lookAtGrids([...draft.chosen]);
  });
  paint.onThemeChange(() => { base.clearLayout(); base.rerenderTiles(); restyle(); });
  new ResizeObserver(() => map.invalidateSize()).observe(map.getContainer());
}
