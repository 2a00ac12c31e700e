"use strict";
// Which grid holds a place, and which ones a circle of doubt touches: on the phone, without network.
(function () {
  const METRES_A_DEGREE = 111320; // of latitude; of longitude times the cosine

  // Places of one town lie on a plane well enough: within 0.1 % over 10 km.
  function plane(lon, lat) {
    const wide = METRES_A_DEGREE * Math.cos((lat * Math.PI) / 180);
    return ([x, y]) => [(x - lon) * wide, (y - lat) * METRES_A_DEGREE];
  }

  function toSegment([ax, ay], [bx, by]) {
    const dx = bx - ax, dy = by - ay;
    const along = dx || dy ? Math.max(0, Math.min(1, -(ax * dx + ay * dy) / (dx * dx + dy * dy))) : 0;
    return Math.hypot(ax + along * dx, ay + along * dy);
  }

  // Whether the origin lies in the rings, and how far it is to their nearest edge.
  function measure(rings, lon, lat) {
    const flat = plane(lon, lat);
    let inside = false, edge = Infinity;
    for (const ring of rings) {
      const points = ring.map(flat);
      for (let i = 0, j = points.length - 1; i < points.length; j = i++) {
        const [ax, ay] = points[j], [bx, by] = points[i];
        edge = Math.min(edge, toSegment(points[j], points[i]));
        if ((ay > 0) !== (by > 0) && ax + ((bx - ax) * -ay) / (by - ay) > 0) inside = !inside;
      }
    }
    return { inside, edge };
  }

  // The grids that the place may be in, the most likely first; an edge belongs to the lowest code.
  window.gridsvcGridsAt = function (grids, lon, lat, accuracy) {
    return grids
      .map((grid) => ({ grid, ...measure(grid.rings, lon, lat) }))
      .filter((one) => one.inside || one.edge <= Math.max(accuracy || 0, 0.01))
      .sort((a, b) => b.inside - a.inside || a.edge * !a.inside - b.edge * !b.inside || (a.grid.code < b.grid.code ? -1 : 1))
      .map((one) => ({ ...one.grid, inside: one.inside || one.edge <= 0.01 }));
  };

  window.gridsvcTilesOf = function ([west, south, east, north], zooms, most) {
    const column = (lon, z) => Math.floor(((lon + 180) / 360) * 2 ** z);
    const row = (lat, z) => {
      const tan = Math.tan((lat * Math.PI) / 180);
      return Math.floor(((1 - Math.asinh(tan) / Math.PI) / 2) * 2 ** z);
    };
    const found = [];
    for (const z of zooms) {
      for (let x = column(west, z); x <= column(east, z); x++) {
        for (let y = row(north, z); y <= row(south, z); y++) found.push({ z, x, y });
        if (found.length > most) return found.slice(0, most);
      }
    }
    return found;
  };
})();
