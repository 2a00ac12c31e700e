// Service points as tiles, houses too far from one, and the place that was asked about.
const box = document.getElementById("marks");
const RADIUS = { centre: 9, station: 7, agent: 5 };
const MAX_TILE_ZOOM = 15;
const over = [];
let points = null, paint = null;

function styles() {
  const read = getComputedStyle(document.querySelector(".gridsvc-map"));
  const colour = (name) => read.getPropertyValue(`--map-${name}`).trim();
  return {
    point: { color: colour("paper"), weight: 2, fillColor: colour("accent"), fillOpacity: 1 },
    house: { stroke: false, fillColor: colour("alarm"), fillOpacity: 0.7 },
    place: { color: colour("alarm"), weight: 3, fillColor: colour("paper"), fillOpacity: 0.6 },
  };
}

function repaint() {
  if (!points) return;
  paint = styles();
  for (const [mark, kind] of over) mark.setStyle(paint[kind]);
  points.clearLayout();
  points.rerenderTiles();
}

// A canvas a tile: thousands of points move with the map as pictures do.
function pointLayer() {
  const source = {
    async getZxy(z, x, y, signal) {
      const address = Object.entries({ z, x, y }).reduce((a, [key, n]) => a.replace(`{${key}}`, n), box.dataset.tiles);
      const answer = await fetch(address, { signal });
      if (answer.status === 204 || answer.status === 404) return undefined;
      if (!answer.ok) throw new Error(`${address}: ${answer.status}`);
      return { data: await answer.arrayBuffer() };
    },
  };
  const symbolizer = {
    draw(ctx, geom, zoom, { props }) {
      const { point } = paint, [[at]] = geom;
      ctx.beginPath();
      // Seen from far away the marks would cover the ground that they stand on.
      ctx.arc(at.x, at.y, zoom < 12 ? 2.5 : RADIUS[props.tier], 0, 2 * Math.PI);
      ctx.fillStyle = point.fillColor;
      ctx.strokeStyle = point.color;
      ctx.lineWidth = zoom < 12 ? 0.5 : point.weight;
      ctx.fill();
      ctx.stroke();
    },
  };
  return protomapsL.leafletLayer({
    sources: { points: { url: source, maxDataZoom: MAX_TILE_ZOOM } }, attribution: "", noWrap: true, maxZoom: 18,
    paintRules: [{ dataSource: "points", dataLayer: "service_points", symbolizer }], labelRules: [],
  });
}

function draw() {
  const map = window.gridsvcMap && window.gridsvcMap.map;
  if (!map || points) return;
  const read = (name) => JSON.parse(box.dataset[name]);
  const add = (lon, lat, radius, kind) =>
    over.push([L.circleMarker([lat, lon], { radius, interactive: false }).addTo(map), kind]);
  for (const [lon, lat] of read("houses")) add(lon, lat, 3, "house");
  paint = styles();
  points = pointLayer().addTo(map);
  points.setZIndex(2); // over the grids
  const near = read("near");
  if (near.length) showNearest(map, near, () => add(near[0], near[1], 8, "place"));
  repaint();
  if (box.dataset.tap !== undefined) map.on("click", ({ latlng }) => askAbout(latlng));
}

function showNearest(map, [lon, lat], mark) {
  mark();
  const bounds = L.latLngBounds([[lat, lon]]);
  const first = document.querySelector("[data-first]");
  if (first) bounds.extend(first.dataset.first.split(",").reverse().map(Number));
  map.fitBounds(bounds, { maxZoom: 16, padding: [64, 64], animate: false });
}

function askAbout({ lng, lat }) {
  const address = new URL(box.dataset.tap, window.location.href);
  address.searchParams.set("lon", lng.toFixed(6));
  address.searchParams.set("lat", lat.toFixed(6));
  window.location.assign(address);
}

window.gridsvcPaint.onThemeChange(repaint);
document.addEventListener("gridsvc:ready", draw);
draw(); // the map may have been ready first
