// A community's outline is locked: its edges are those that no other grid of it shares.
const LATTICE = 1e7; // degrees are kept to seven digits everywhere
export const onLattice = (value) => Math.round(value * LATTICE) / LATTICE;
export const key = ([lon, lat]) => `${Math.round(lon * LATTICE)},${Math.round(lat * LATTICE)}`;
const rings = (geometry) => (geometry.type === "MultiPolygon" ? geometry.coordinates.flat() : geometry.coordinates);

export function eachEdge(geometry, visit) {
  for (const ring of rings(geometry)) for (let i = 1; i < ring.length; i++) visit(ring[i - 1], ring[i]);
}

/** The edges of the outline of one community, from the grids in it. */
export function frameEdges(grids) {
  const edges = new Set(), found = [];
  for (const grid of grids) eachEdge(grid.geometry, (a, b) => edges.add(`${key(a)} ${key(b)}`));
  for (const grid of grids) {
    eachEdge(grid.geometry, (a, b) => { if (!edges.has(`${key(b)} ${key(a)}`)) found.push([a, b]); });
  }
  return found;
}

/** All outlines as lines to draw: latitude first, as Leaflet has it. */
export function outlines(grids) {
  return [...byCommunity(grids).values()].flatMap((own) =>
    frameEdges(own).map((edge) => edge.map(([lon, lat]) => [lat, lon])));
}

function byCommunity(grids) {
  const found = new Map();
  for (const one of grids) {
    const community = one.code.slice(0, 12);
    if (!found.has(community)) found.set(community, []);
    found.get(community).push(one);
  }
  return found;
}

/** The corners of a grid that may be dragged: those on no edge of the outline. */
export function movableCorners(code, grids) {
  const inside = grids.filter((one) => one.code.startsWith(code.slice(0, 12)));
  const frame = new Set(frameEdges(inside).flat().map(key)), found = new Map();
  const own = inside.find((one) => one.code === code);
  eachEdge(own.geometry, (a, b) => { if (!frame.has(key(b))) found.set(key(b), b); });
  return [...found.values()];
}
