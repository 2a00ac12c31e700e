// Gestures: a line, an area, a point, a corner that is dragged, buildings that are ticked.
import { draft } from "./plan_draft.js";
import { movableCorners, onLattice } from "./plan_frame.js";
import { flat, map, snapTo, theme } from "./plan_map.js";
import { ask } from "./plan_server.js";

const CORNERS_AT_MOST = 250;
const degrees = ({ lng, lat }) => [onLattice(lng), onLattice(lat)];
let stop = () => {};
let current = null; // the Geoman shape under way
let again = () => {};

const aimed = () => map.getContainer().classList.remove("plan-aiming");
export const isDrawing = () => current !== null;
export function stopDrawing() {
  stop();
  stop = () => {};
  current = null;
  snapTo([]);
}

// Enter, the button and a double click end a line; Backspace takes its last corner back.
export function finish() { if (current) map.pm.Draw[current]._finishShape(); }
export function stepBack() {
  if (!current) return;
  map.pm.Draw[current]._removeLastVertex();
  if (!map.pm.Draw[current].enabled()) again(); // Geoman gives up with the first point
}

export function draw(shape, near, done) {
  stopDrawing();
  snapTo(near);
  current = shape;
  again = () => draw(shape, near, done);
  const line = { color: theme().accent, weight: 3 };
  const made = ({ layer }) => {
    const latlngs = layer.getLatLngs();
    layer.remove();
    stopDrawing();
    done((shape === "Polygon" ? latlngs[0] : latlngs).map(degrees));
  };
  // A tap comes without a move before it, and a slow machine's click overtakes the last one: the
  // point is snapped where the click is, not where the pointer was seen last.
  const settle = ({ latlng, originalEvent }) => {
    const pen = map.pm.Draw[shape];
    if (pen.enabled()) pen._syncHintMarker({ latlng, originalEvent });
  };
  map.on("pm:create", made);
  map.on("click", settle);
  map.getContainer().classList.add("plan-aiming"); // pins and their like stand aside
  map.pm.enableDraw(shape, {
    snappable: true, snapDistance: 14, allowSelfIntersection: true, finishOn: "dblclick", tooltips: false,
    templineStyle: line, hintlineStyle: { ...line, dashArray: "6 6" }, pathOptions: { ...line, fillOpacity: 0.1 },
  });
  stop = () => { map.off("pm:create", made); map.off("click", settle); aimed(); map.pm.disableDraw(); };
}

export function place(done) {
  stopDrawing();
  const box = map.getContainer();
  const taken = ({ latlng }) => { stopDrawing(); done(degrees(latlng)); };
  box.classList.add("plan-aiming");
  map.on("click", taken);
  stop = () => { map.off("click", taken); aimed(); };
}

export function dragCorner(code, done) {
  stopDrawing();
  const handles = L.layerGroup().addTo(map), corners = movableCorners(code, [...draft.grids.values()]);
  let held = false; // a drag towards the rim moves the map, and must not lose its corner
  const show = () => {
    if (held) return;
    handles.clearLayers();
    const view = map.getBounds();
    const seen = corners.filter(([lon, lat]) => view.contains([lat, lon]));
    for (const corner of seen.slice(0, CORNERS_AT_MOST)) {
      const icon = L.divIcon({ className: "plan-corner", iconSize: [28, 28] });
      const handle = L.marker([corner[1], corner[0]], {
        icon, draggable: true, autoPan: true, keyboard: false, pmIgnore: true, snapIgnore: true,
      });
      handle.on("dragstart", () => { held = true; });
      handle.on("dragend", () => { held = false; done(corner, degrees(handle.getLatLng())); });
      handle.addTo(handles);
    }
  };
  show();
  map.on("moveend", show);
  stop = () => { map.off("moveend", show); handles.remove(); };
}

// Buildings are the cells of the receiver's community; Shift takes the whole block.
export async function tickBuildings(to, changed) {
  stopDrawing();
  const answer = await ask(`atoms?grids=${to.slice(0, 12)}`);
  const cells = L.layerGroup().addTo(map), ticked = new Map();
  const mine = answer.features.filter(({ properties: one }) => one.grid !== to);
  const layers = new Map();
  const paint = (id) => layers.get(id).setStyle({ fillOpacity: ticked.has(id) ? 0.6 : 0, weight: ticked.has(id) ? 2 : 1 });
  const toggle = (one, on) => {
    if (on) ticked.set(one.atom, one); else ticked.delete(one.atom);
    paint(one.atom);
  };
  for (const { geometry, properties: one } of mine) {
    const layer = flat(geometry).setStyle({
      color: theme().accent, weight: 1, fillColor: theme().accent, fillOpacity: 0, pmIgnore: true,
    });
    layer.on("click", (event) => {
      L.DomEvent.stopPropagation(event);
      const on = !ticked.has(one.atom), block = event.originalEvent.shiftKey && one.block >= 0;
      for (const { properties: other } of block ? mine : []) {
        if (other.block === one.block && other.grid === one.grid) toggle(other, on);
      }
      toggle(one, on);
      changed([...ticked.values()]);
    });
    layers.set(one.atom, layer.addTo(cells));
  }
  stop = () => cells.remove();
  changed([]);
  return mine.length;
}
