"use strict";
// Which grid holds a place, and which ones a circle of doubt touches: on the phone, without network.
(function () {
  const EDGE_M = 1e-6; // below the seventh decimal of a degree, above what reckoning loses
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
      .map(({ grid, inside, edge }) => {
        const holds = inside || edge <= EDGE_M;
        return { ...grid, inside: holds, away: holds ? 0 : edge };
      })
      .filter((one) => one.inside || one.away <= (accuracy || 0))
      .sort((a, b) => a.away - b.away || (a.code < b.code ? -1 : 1));
  };

  // One tile more on every side: who stands at the edge looks beyond it.
  window.gridsvcTilesOf = function ([west, south, east, north], zooms, most) {
    const column = (lon, z) => Math.floor(((lon + 180) / 360) * 2 ** z);
    const row = (lat, z) => {
      const tan = Math.tan((lat * Math.PI) / 180);
      return Math.floor(((1 - Math.asinh(tan) / Math.PI) / 2) * 2 ** z);
    };
    const found = [];
    for (const z of zooms) {
      for (let x = column(west, z) - 1; x <= column(east, z) + 1; x++) {
        for (let y = row(north, z) - 1; y <= row(south, z) + 1; y++) found.push({ z, x, y });
        if (found.length > most) return found.slice(0, most);
      }
    }
    return found;
  };
})();
