"use strict";
// Rectangles drawn over a photo; the figures in the form are what is sent, and can be typed as well.
(function () {
  const LEAST = 8; // pixels of the photo: less is a tap
  const box = document.getElementById("photo-whole");
  const field = document.getElementById("photo-covers");
  const undo = document.getElementById("photo-undo");
  const size = { x: Number(box.dataset.width), y: Number(box.dataset.height) };
  let from = null, growing = null;

  const kept = () => field.value.split("\n").map((line) => line.split(",").map(Number))
    .filter((one) => one.length === 4 && one.every(Number.isFinite));
  const keep = (covers) => {
    field.value = covers.map((one) => one.join(", ")).join("\n");
    show();
  };

  function drawn([x, y, width, height]) {
    const mark = document.createElement("span");
    const share = (length, whole) => `${(100 * length) / whole}%`;
    Object.assign(mark.style, { left: share(x, size.x), top: share(y, size.y),
      width: share(width, size.x), height: share(height, size.y) });
    return mark;
  }

  function show() {
    const covers = kept();
    box.querySelectorAll("span").forEach((one) => one.remove());
    box.append(...[...covers, ...(growing ? [growing] : [])].map(drawn));
    undo.hidden = !covers.length;
  }

  // A place on the screen as a pixel of the photo, never beside it.
  function pixel(event) {
    const { left, top, width, height } = box.querySelector("img").getBoundingClientRect();
    const within = (share, whole) => Math.round(Math.min(1, Math.max(0, share)) * whole);
    return { x: within((event.clientX - left) / width, size.x), y: within((event.clientY - top) / height, size.y) };
  }

  box.addEventListener("pointerdown", (event) => {
    if (event.button) return;
    event.preventDefault();
    box.setPointerCapture(event.pointerId);
    from = pixel(event);
  });
  box.addEventListener("pointermove", (event) => {
    if (!from) return;
    const to = pixel(event);
    growing = [Math.min(from.x, to.x), Math.min(from.y, to.y), Math.abs(to.x - from.x), Math.abs(to.y - from.y)];
    show();
  });
  box.addEventListener("pointerup", () => {
    const made = growing;
    from = growing = null;
    if (made && made[2] >= LEAST && made[3] >= LEAST) keep([...kept(), made]);
    else show();
  });
  box.addEventListener("pointercancel", () => { from = growing = null; show(); });
  undo.addEventListener("click", () => keep(kept().slice(0, -1)));
  field.addEventListener("input", show);
  box.classList.add("drawn");
  show();
})();
