"use strict";
// A heat layer whose kernel is measured in metres and whose colours mean a number of cases.
// folium's L.HeatLayer gathers cells and follows the map; its drawing is replaced because it
// takes the fullest cell in view for full colour, so that the same street changes colour on a pan.
window.gridsvcHeat = (function () {
  const MAX_RADIUS = 512; // px; more costs seconds and only happens past the last zoom
  const EARTH = 40075016.686; // m, equator of EPSG:3857

  function pixelsOf(metres, map) {
    const latitude = (map.getCenter().lat * Math.PI) / 180;
    return metres / ((EARTH * Math.cos(latitude)) / (256 * 2 ** map.getZoom()));
  }

  // Quartic kernel (1 - (d/r)^2)^2, the usual one for cases on a map: 1 at the case, 0 at r.
  function kernel(radius) {
    const size = 2 * radius, canvas = document.createElement("canvas");
    canvas.width = canvas.height = size;
    const pen = canvas.getContext("2d"), image = pen.createImageData(size, size);
    for (let y = 0; y < size; y++) {
      for (let x = 0; x < size; x++) {
        const d2 = ((x + 0.5 - radius) ** 2 + (y + 0.5 - radius) ** 2) / radius ** 2;
        image.data[4 * (y * size + x) + 3] = d2 < 1 ? 255 * (1 - d2) ** 2 : 0;
      }
    }
    pen.putImageData(image, 0, 0);
    return canvas;
  }

  const MetreHeat = L.HeatLayer.extend({
    _initCanvas() {
      L.HeatLayer.prototype._initCanvas.call(this);
      const full = this.options.full;
      // Pixels are read back at each redraw: a buffer in memory, not on the graphics card.
      const buffer = document.createElement("canvas");
      const pen = buffer.getContext("2d", { willReadFrequently: true });
      Object.assign(this._heat, {
        radius(px) { this._r = px; this._circle = kernel(px); return this; },
        draw() {
          buffer.width = this._width; // also clears it
          buffer.height = this._height;
          pen.globalCompositeOperation = "lighter"; // alphas add up: a sum of kernels
          for (const [x, y, cases] of this._data) {
            for (let left = cases / full; left > 0; left -= 1) {
              pen.globalAlpha = Math.min(left, 1);
              pen.drawImage(this._circle, x - this._r, y - this._r);
            }
          }
          const image = pen.getImageData(0, 0, this._width, this._height);
          this._colorize(image.data, this._grad);
          this._ctx.putImageData(image, 0, 0);
          return this;
        },
        _colorize(data, ramp) {
          for (let i = 0; i < data.length; i += 4) {
            const sum = data[i + 3];
            if (!sum) continue;
            for (let part = 0; part < 4; part++) data[i + part] = ramp[4 * sum + part];
          }
        },
      });
      this._updateOptions();
    },
    onAdd(map) {
      L.HeatLayer.prototype.onAdd.call(this, map);
      map.on("zoomend", this._measure, this);
      this._measure();
    },
    onRemove(map) {
      map.off("zoomend", this._measure, this);
      L.HeatLayer.prototype.onRemove.call(this, map);
    },
    _measure() {
      const px = Math.min(Math.max(2, Math.round(pixelsOf(this.options.bandwidth_m, this._map))), MAX_RADIUS);
      this.setOptions({ radius: px });
      const circle = document.querySelector(".gridsvc-legend circle");
      if (!circle) return;
      circle.setAttribute("r", px);
      // A circle wider than its place in the legend keeps its top in sight.
      circle.setAttribute("cy", px > 36 ? px + 2 : 38);
    },
    setCells(answer) {
      this.options.bandwidth_m = answer.bandwidth_m;
      if (this._map) this._measure();
      return this.setLatLngs(answer.cells.map(([lon, lat, cases]) => [lat, lon, cases]));
    },
  });

  // One hue: the fuller, the further from the paper and the less transparent.
  const DAY = { 0: "rgba(244,177,111,0)", 0.15: "rgba(244,177,111,0.35)",
    0.6: "rgba(220,127,51,0.65)", 1: "rgba(160,74,8,0.8)" };
  const NIGHT = { 0: "rgba(196,126,51,0)", 0.15: "rgba(196,126,51,0.3)",
    0.6: "rgba(246,186,116,0.65)", 1: "rgba(255,220,174,0.8)" };
  const night = window.matchMedia("(prefers-color-scheme: dark)");
  return (map, options) => {
    const gradient = () => ({ gradient: night.matches ? NIGHT : DAY });
    const layer = new MetreHeat([], { ...options, ...gradient() }).addTo(map);
    night.addEventListener("change", () => layer.setOptions(gradient()));
    return layer;
  };
})();
