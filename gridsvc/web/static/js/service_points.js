// Service points, houses too far from one, and the place that was asked about, over the grids.
const box = document.getElementById("marks");
const RADIUS = { centre: 9, station: 7, agent: 5 };
const over = [];

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
  const now = styles();
  for (const [mark, kind] of over) mark.setStyle(now[kind]);
}

function draw() {
  const map = window.gridsvcMap && window.gridsvcMap.map;
  if (!map || over.length) return;
  const read = (name) => JSON.parse(box.dataset[name]);
  const add = (lon, lat, radius, kind) =>
    over.push([L.circleMarker([lat, lon], { radius, interactive: false }).addTo(map), kind]);
  for (const [lon, lat] of read("houses")) add(lon, lat, 3, "house");
  for (const [lon, lat, tier] of read("points")) add(lon, lat, RADIUS[tier], "point");
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
