"use strict";
// Where a photo was taken: its camera wrote it into the file (Exif 2.32, 4.6.6), in WGS 84. Read
// here, before the photo is drawn anew; of the file only the place that is shown here goes on.
(function () {
  const HEAD_BYTES = 256 * 1024; // Exif stands at the beginning: 64 kB of a JPEG, more of a HEIC
  const GPS = 0x8825, ERROR_M = 0x1f;
  const LAT = { sign: 1, value: 2, minus: "S" }, LON = { sign: 3, value: 4, minus: "W" };
  const NEAR_M = 50; // a phone's two positions of one place differ by so much
  const M_PER_DEGREE = 111320;

  // The TIFF inside follows the word Exif, in a JPEG as in a HEIC.
  function tiffOf(buffer) {
    const text = new TextDecoder("latin1").decode(buffer);
    const found = /Exif\0\0(?:II\*\0|MM\0\*)/.exec(text);
    return found && new DataView(buffer, found.index + 6);
  }

  function placeIn(view) {
    const little = view.getUint16(0) === 0x4949;
    const u16 = (at) => view.getUint16(at, little), u32 = (at) => view.getUint32(at, little);
    const ratio = (at) => u32(at) / u32(at + 4);
    // Tag → where its value stands, or the address of its value.
    const tags = (at) => new Map(Array.from({ length: u16(at) }, (_, i) => {
      const entry = at + 2 + 12 * i;
      return [u16(entry), entry + 8];
    }));
    const gps = tags(u32(tags(u32(4)).get(GPS)));
    const degrees = ({ sign, value, minus }) => {
      const at = u32(gps.get(value));
      const size = ratio(at) + ratio(at + 8) / 60 + ratio(at + 16) / 3600;
      return String.fromCharCode(view.getUint8(gps.get(sign))) === minus ? -size : size;
    };
    const [lon, lat] = [degrees(LON), degrees(LAT)];
    const error = gps.has(ERROR_M) ? ratio(u32(gps.get(ERROR_M))) : NaN;
    // Zero, zero is what a camera writes that did not know.
    if (!(Math.abs(lon) <= 180 && Math.abs(lat) <= 90) || (lon === 0 && lat === 0)) return null;
    return { lon, lat, accuracy: error > 0 && error < Infinity ? Math.round(error * 10) / 10 : null };
  }

  // Without Exif, or with a damaged one, it was taken nowhere.
  async function takenAt(file) {
    try {
      return placeIn(tiffOf(await file.slice(0, HEAD_BYTES).arrayBuffer()));
    } catch { return null; }
  }

  function metres(a, b) {
    const east = (a.lon - b.lon) * Math.cos((a.lat * Math.PI) / 180);
    return Math.hypot(east, a.lat - b.lat) * M_PER_DEGREE;
  }

  // A photo's place is taken where there is none yet, and offered where it is another one.
  window.gridsvcTaken = function ({ at, say }, place) {
    const offer = at("report-taken");
    const use = (taken) => place.set(taken.lon, taken.lat, "photo", taken.accuracy, true);
    let offered = null;
    offer.addEventListener("click", () => use(offered));
    place.addEventListener("change", () => {
      if (!place.place || place.place.provenance !== "gps") offer.hidden = true;
    });
    return async function (file) {
      const taken = await takenAt(file), now = place.place;
      if (!taken) return;
      if (!now) { use(taken); return; }
      const away = metres(taken, now);
      if (away <= Math.max(NEAR_M, now.accuracy || 0)) return;
      offered = taken;
      const far = away < 1000 ? `${Math.round(away)} m` : `${Math.round(away / 100) / 10} km`;
      offer.textContent = say("taken", { away: far });
      offer.hidden = false;
    };
  };
})();
