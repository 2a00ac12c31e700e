"use strict";
// The form's map: streets and grids from kept tiles, the place, its circle of doubt, a tap.
(function () {
  const { labelRules, onThemeChange, paintRules } = window.gridsvcPaint;
  const MAX_TILE_ZOOM = 15, CLOSE = 17;

  function source(template) {
    return {
      async getZxy(z, x, y, signal) {
        const address = template.replace("{z}", z).replace("{x}", x).replace("{y}", y);
        try {
          const answer = await fetch(address, { signal });
          if (answer.status !== 200) return undefined;
          return { data: await answer.arrayBuffer() };
        } catch (problem) {
          if (problem.name === "AbortError") throw problem;
          return undefined; // no network and never seen: the grids' lines are kept apart
        }
      },
    };
  }

  window.gridsvcReportMap = function (box, config, onTap) {
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    const map = L.map(box, {
      attributionControl: false, minZoom: 8, maxZoom: 19, zoomControl: false,
      ...(still ? { zoomAnimation: false, fadeAnimation: false, inertia: false } : {}),
    });
    const words = { zoomInTitle: config.texts["zoom.in"], zoomOutTitle: config.texts["zoom.out"] };
    L.control.zoom(words).addTo(map);
    const [west, south, east, north] = config.bounds;
    map.fitBounds([[south, west], [north, east]], { animate: false });
    const names = new Map();
    const state = {
      classes: [], shown: "lines", outline: false, waiting: false, chosen: null,
      row: (code) => ({ name: names.get(code) || "", flags: 0, class: 0 }),
      fontFamily: getComputedStyle(box).fontFamily, fontSize: 12,
    };
    const tiles = Object.fromEntries(Object.entries(config.tiles).map(([name, template]) =>
      [name, { url: source(template), maxDataZoom: MAX_TILE_ZOOM }]));
    const layer = protomapsL.leafletLayer({
      sources: tiles, attribution: "", noWrap: true, maxZoom: 19,
      paintRules: paintRules(state, true), labelRules: labelRules(state),
    }).addTo(map);
    const repaint = () => { layer.clearLayout(); layer.rerenderTiles(); };
    onThemeChange(repaint);
    new ResizeObserver(() => map.invalidateSize()).observe(box);

    const circle = L.circle([0, 0], { className: "report-doubt", interactive: false });
    const dot = L.circleMarker([0, 0], { className: "report-place", radius: 9, interactive: false });
    map.on("click", ({ latlng }) => onTap(latlng.lng, latlng.lat));
    // By keyboard: the arrows move the map, Enter takes its middle.
    box.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.target !== box) return;
      const { lng, lat } = map.getCenter();
      onTap(lng, lat);
    });

    return {
      names(grids) { for (const one of grids) names.set(one.code, one.name); repaint(); },
      choose(code) { if (state.chosen !== code) { state.chosen = code; repaint(); } },
      show({ lon, lat, accuracy }, move) {
        dot.setLatLng([lat, lon]).addTo(map);
        if (accuracy) circle.setLatLng([lat, lon]).setRadius(accuracy).addTo(map);
        else circle.remove();
        if (!move) return;
        if (accuracy > 40) map.fitBounds(circle.getBounds(), { animate: false, maxZoom: CLOSE });
        else map.setView([lat, lon], Math.max(map.getZoom(), CLOSE), { animate: false });
      },
      clear() { dot.remove(); circle.remove(); this.choose(null); },
    };
  };
})();
