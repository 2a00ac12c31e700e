"use strict";
// How shapes become pixels: rules for protomaps-leaflet over a state that a refresh replaces.
(function () {
  const AREAS = ["subdistricts", "communities", "grids"];
  const NO_DATA = -1, MASKED = -2, OUT_OF_RANGE = 1, FUNCTIONAL = 2;
  const DAY = {
    ink: "#1b2a33", paper: "#f7f6f2", accent: "#0f6b6b", casing: "#ffffff", waiting: "#e9e7e0",
    water: "#a9cbd8", green: "#dfe8d3", street: "#ffffff", road: "#e4e0d4", building: "#1b2a3326", hatch: "#6d757a",
    wanting: "#d9942e",
  };
  const NIGHT = {
    ink: "#e8e6df", paper: "#141b20", accent: "#6fd0c6", casing: "#0b1013", waiting: "#1e272c",
    water: "#2a5a78", green: "#1e2d24", street: "#3b474e", road: "#2c373d", building: "#e8e6df1f", hatch: "#98a2a7",
    wanting: "#d19a45",
  };
  const STREET_WIDTH = { 1: 4, 2: 2.2, 3: 1 }; // px at zoom 15, by rank
  const night = window.matchMedia("(prefers-color-scheme: dark)");
  const printing = window.matchMedia("print");

  const isNight = () => night.matches && !printing.matches;
  const theme = () => (isNight() ? NIGHT : DAY);

  function trace(ctx, geom) {
    ctx.beginPath();
    for (const ring of geom) {
      ring.forEach((p, i) => (i ? ctx.lineTo(p.x, p.y) : ctx.moveTo(p.x, p.y)));
    }
  }

  // Pattern sizes divide 256, so that hatches run on across the edges of tiles.
  const patterns = new Map();
  function pattern(ctx, kind, colour) {
    const key = kind + colour;
    if (!patterns.has(key)) {
      const canvas = document.createElement("canvas");
      canvas.width = canvas.height = 8;
      const pen = canvas.getContext("2d");
      pen.strokeStyle = pen.fillStyle = colour;
      if (kind === "dots") {
        for (const at of [2, 6]) pen.fillRect(at - 0.75, at - 0.75, 1.5, 1.5);
      } else {
        pen.lineWidth = kind === "cross" ? 0.9 : 1;
        pen.beginPath();
        for (const shift of [-8, 0, 8]) {
          pen.moveTo(shift - 1, 9); pen.lineTo(shift + 9, -1);
          if (kind === "cross") { pen.moveTo(shift - 1, -1); pen.lineTo(shift + 9, 9); }
        }
        pen.stroke();
      }
      patterns.set(key, ctx.createPattern(canvas, "repeat"));
    }
    return patterns.get(key);
  }

  const fill = (role) => ({
    draw(ctx, geom) {
      // The river lies over the classes and must not hide that nobody is in charge.
      ctx.globalAlpha = role === "water" ? 0.4 : 1;
      ctx.fillStyle = theme()[role];
      trace(ctx, geom);
      ctx.fill();
    },
  });

  // White streets part the colours; on bare paper they would not be seen.
  const streets = (state) => ({
    draw(ctx, geom, zoom, feature) {
      ctx.globalAlpha = 0.85;
      ctx.strokeStyle = theme()[state.shown === "classes" ? "street" : "road"];
      ctx.lineWidth = (STREET_WIDTH[feature.props.rank] || 1) * Math.pow(1.6, zoom - 15);
      ctx.lineJoin = ctx.lineCap = "round";
      trace(ctx, geom);
      ctx.stroke();
    },
  });

  function classFill(state) {
    return {
      draw(ctx, geom, zoom, feature) {
        const row = state.row(feature.props.code);
        if (state.waiting) ctx.fillStyle = theme().waiting;
        else if (!row || row.flags & FUNCTIONAL || row.class < 0) return;
        else ctx.fillStyle = state.classes[row.class][isNight() ? "night" : "colour"];
        ctx.globalAlpha = 1;
        trace(ctx, geom);
        ctx.fill();
      },
    };
  }

  function hatches(state) {
    return {
      draw(ctx, geom, zoom, feature) {
        const row = state.row(feature.props.code);
        if (!row || row.flags & FUNCTIONAL) return;
        if (row.class === NO_DATA) ctx.fillStyle = pattern(ctx, "lines", theme().hatch);
        else if (row.class === MASKED) ctx.fillStyle = pattern(ctx, "dots", theme().hatch);
        else if (state.classes[row.class].crossed) ctx.fillStyle = pattern(ctx, "cross", "#ffffffb0");
        else return;
        ctx.globalAlpha = 1;
        trace(ctx, geom);
        ctx.fill();
      },
    };
  }

  function lines(state) {
    return {
      draw(ctx, geom, zoom, feature) {
        const row = state.row(feature.props.code);
        const functional = row && row.flags & FUNCTIONAL;
        // Two neighbours draw a shared edge: 0.23 twice is the 40 % that one line should have.
        ctx.globalAlpha = functional ? 0.9 : 0.23;
        ctx.strokeStyle = theme().ink;
        ctx.lineWidth = functional ? 2 : 1;
        ctx.setLineDash(functional ? [6, 4] : []);
        trace(ctx, geom);
        ctx.stroke();
        ctx.setLineDash([]);
      },
    };
  }

  function inside(ctx, geom, width, colour) {
    ctx.save();
    trace(ctx, geom);
    ctx.clip();
    ctx.globalAlpha = 1;
    ctx.strokeStyle = colour;
    ctx.lineWidth = 2 * width; // the outer half is clipped away
    ctx.stroke();
    ctx.restore();
  }

  // What a zone wants: 1 somebody to turn to, 2 another number of households.
  const zoneFill = {
    draw(ctx, geom, zoom, feature) {
      if (feature.props.want !== 1) return;
      ctx.globalAlpha = 0.55;
      ctx.fillStyle = theme().wanting;
      trace(ctx, geom);
      ctx.fill();
    },
  };

  const zoneLines = {
    draw(ctx, geom, zoom, feature) {
      if (feature.props.want === 2) { inside(ctx, geom, 2.5, theme().ink); return; }
      // Over the full class and over what is wanting the paper's colour is seen, by day and night.
      ctx.globalAlpha = 0.75;
      ctx.strokeStyle = theme().paper;
      ctx.lineWidth = 1;
      trace(ctx, geom);
      ctx.stroke();
    },
  };

  const outOfRange = (state) => ({
    draw(ctx, geom, zoom, feature) {
      const row = state.row(feature.props.code);
      // From far away a full line would fill the grid, and hide its class.
      const width = Math.min(2.5, 2.5 * Math.pow(1.6, zoom - 14));
      if (row && row.flags & OUT_OF_RANGE) inside(ctx, geom, width, theme().ink);
    },
  });

  const chosen = (state) => ({
    draw(ctx, geom, zoom, feature) {
      if (feature.props.code !== state.chosen) return;
      trace(ctx, geom);
      ctx.globalAlpha = 1;
      ctx.lineJoin = "round";
      for (const [width, role] of [[6, "casing"], [3, "accent"]]) {
        ctx.lineWidth = width;
        ctx.strokeStyle = theme()[role];
        ctx.stroke();
      }
    },
  });

  function centre(ring) {
    let area = 0, x = 0, y = 0;
    for (let i = 0, j = ring.length - 1; i < ring.length; j = i++) {
      const cross = ring[j].x * ring[i].y - ring[i].x * ring[j].y;
      area += cross;
      x += (ring[j].x + ring[i].x) * cross;
      y += (ring[j].y + ring[i].y) * cross;
    }
    return Math.abs(area) < 1 ? null : { x: x / (3 * area), y: y / (3 * area) };
  }

  // The free width at both sides of a point, 0 when the point is outside.
  function room(ring, at) {
    let left = Infinity, right = Infinity, crossings = 0;
    for (let i = 0, j = ring.length - 1; i < ring.length; j = i++) {
      const a = ring[i], b = ring[j];
      if ((a.y > at.y) === (b.y > at.y)) continue;
      const x = a.x + ((b.x - a.x) * (at.y - a.y)) / (b.y - a.y);
      if (x > at.x) { crossings++; right = Math.min(right, x - at.x); }
      else left = Math.min(left, at.x - x);
    }
    return crossings % 2 ? 2 * Math.min(left, right) : 0;
  }

  function label(state) {
    return {
      place(layout, geom, feature) {
        const row = state.row(feature.props.code);
        const middle = row && geom.length ? centre(geom[0]) : null;
        if (!middle) return undefined;
        const at = Object.assign(geom[0][0].clone(), middle);
        const free = room(geom[0], at) - 8;
        const pen = layout.scratch;
        const font = `${state.fontSize}px ${state.fontFamily}`;
        pen.font = font;
        const code = feature.props.code;
        const short = code.length === 15 ? [code.slice(-3)] : [];
        const text = [row.name, ...short].find((one) => one && pen.measureText(one).width <= free);
        if (!text) return undefined;
        const half = pen.measureText(text).width / 2;
        return [{
          anchor: at,
          bboxes: [{ minX: at.x - half, maxX: at.x + half, minY: at.y - 9, maxY: at.y + 9 }],
          // A grid cut by the edge of a tile comes twice.
          deduplicationKey: code,
          deduplicationDistance: 1024,
          draw(ctx) {
            ctx.font = font;
            ctx.textAlign = "center";
            ctx.textBaseline = "middle";
            ctx.globalAlpha = 1;
            ctx.lineJoin = "round";
            ctx.lineWidth = 3;
            ctx.strokeStyle = theme().paper;
            ctx.strokeText(text, 0, 0);
            ctx.fillStyle = theme().ink;
            ctx.fillText(text, 0, 0);
          },
        }];
      },
    };
  }

  const shape = (dataLayer, symbolizer) => ({ dataSource: "grids", dataLayer, symbolizer });
  const base = (dataLayer, symbolizer) => ({ dataSource: "base", dataLayer, symbolizer });
  const zone = (symbolizer) => ({ dataSource: "zones", dataLayer: "zones", symbolizer });
  const each = (symbolizer) => AREAS.map((name) => shape(name, symbolizer));

  window.gridsvcPaint = {
    AREAS, FUNCTIONAL, MASKED, NO_DATA, OUT_OF_RANGE,
    labelRules: (state) => each(label(state)),
    paintRules(state, hasBase, hasZones = false) {
      const ground = hasBase ? [base("green", fill("green"))] : [];
      const town = hasBase
        ? [base("water", fill("water")), base("buildings", fill("building")), base("streets", streets(state))]
        : [];
      const classes = state.shown === "classes" ? each(classFill(state)) : [];
      const marks = state.shown === "classes" ? each(hatches(state)) : [];
      const outline = state.outline ? each(outOfRange(state)) : [];
      return [
        ...ground, ...classes, ...town, ...marks,
        ...(hasZones ? [zone(zoneFill), zone(zoneLines)] : []),
        ...each(lines(state)), ...outline, ...each(chosen(state)),
      ];
    },
    onThemeChange(repaint) {
      night.addEventListener("change", repaint);
      printing.addEventListener("change", repaint);
    },
  };
})();
