// Area projects as dots over the grids, one filling a stage; on the form, the place that is tapped.
const box = document.getElementById("marks");
const over = [];

function styles() {
  const read = getComputedStyle(document.querySelector(".gridsvc-map"));
  const colour = (name) => read.getPropertyValue(`--map-${name}`).trim();
  const [accent, paper] = [colour("accent"), colour("paper")];
  const dot = (fillColor, fillOpacity, dashArray = null) =>
    ({ color: accent, weight: 3, fillColor, fillOpacity, dashArray });
  return {
    proposed: dot(paper, 0.8, "3 3"), planned: dot(paper, 1), under_way: dot(accent, 0.5),
    done: dot(accent, 1), place: { ...dot(accent, 0.4), color: colour("alarm") },
  };
}

function repaint() {
  const now = styles();
  for (const [mark, kind] of over) mark.setStyle(now[kind]);
}

function add(map, lon, lat, kind) {
  const mark = L.circleMarker([lat, lon], { radius: 8, interactive: kind !== "place" }).addTo(map);
  over.push([mark, kind]);
  return mark;
}

function draw() {
  const map = window.gridsvcMap && window.gridsvcMap.map;
  if (!map || box.dataset.drawn) return;
  box.dataset.drawn = "yes";
  const projects = JSON.parse(box.dataset.projects);
  for (const [lon, lat, stage, title, href] of projects) {
    const said = document.createElement("span");
    said.textContent = title; // people wrote it
    add(map, lon, lat, stage).bindTooltip(said).on("click", () => window.location.assign(href));
  }
  if (box.dataset.near !== undefined && projects.length) {
    const bounds = L.latLngBounds(projects.map(([lon, lat]) => [lat, lon]));
    map.fitBounds(bounds, { maxZoom: 16, padding: [48, 48], animate: false });
  }
  if (box.dataset.tap !== undefined) takeTaps(map);
  repaint();
}

function takeTaps(map) {
  const [lon, lat] = ["lon", "lat"].map((name) => document.getElementById(name));
  let mark = null;
  const show = () => {
    if (mark) { over.pop(); mark.remove(); mark = null; }
    if (lon.value && lat.value) mark = add(map, Number(lon.value), Number(lat.value), "place");
    repaint();
  };
  map.on("click", ({ latlng }) => {
    [lon.value, lat.value] = [latlng.lng.toFixed(7), latlng.lat.toFixed(7)];
    show();
  });
  for (const field of [lon, lat]) field.addEventListener("change", show);
  if (lon.value && lat.value) map.setView([Number(lat.value), Number(lon.value)], 16);
  show();
}

if (box) {
  window.gridsvcPaint.onThemeChange(repaint);
  document.addEventListener("gridsvc:ready", draw);
  draw(); // the map may have been ready first
}
