// The ground that changed between two days, laid over the grids of the later one.
const box = document.getElementById("pieces");
let over = null;

function repaint() {
  const color = getComputedStyle(document.querySelector(".gridsvc-map")).getPropertyValue("--map-accent").trim();
  if (over) over.setStyle({ color, weight: 2, fillColor: color, fillOpacity: 0.35 });
}

function draw() {
  const map = window.gridsvcMap && window.gridsvcMap.map;
  if (!map || over) return;
  over = L.featureGroup().addTo(map);
  for (const [geometry, said] of JSON.parse(box.dataset.pieces)) {
    const words = document.createElement("span");
    words.textContent = said; // people named the grids
    L.geoJSON(geometry).bindTooltip(words, { sticky: true }).addTo(over);
  }
  if (over.getLayers().length) map.fitBounds(over.getBounds(), { maxZoom: 17, padding: [32, 32], animate: false });
  repaint();
}

if (box) {
  window.gridsvcPaint.onThemeChange(repaint);
  document.addEventListener("gridsvc:ready", draw);
  draw(); // the map may have been ready first
}
