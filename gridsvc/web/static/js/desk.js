"use strict";
// Keys of the work desk. Everything they do can be done by hand; the page names them.
(function () {
  const cases = () => [...document.querySelectorAll("[data-case]")];
  const link = (one) => (one.matches("a") ? one : one.querySelector("a"));
  const typing = (target) => target.closest("input:not([type=checkbox]), select, textarea, [contenteditable]");

  function move(by) {
    const all = cases();
    if (!all.length) return;
    const now = all.findIndex((one) => one.contains(document.activeElement));
    const next = now < 0 ? 0 : Math.min(Math.max(now + by, 0), all.length - 1);
    link(all[next]).focus();
    all[next].scrollIntoView({ block: "nearest" });
  }

  // The list comes in place, so the search would keep the keys that are meant for it.
  document.addEventListener("submit", ({ target }) => {
    if (target.contains(document.activeElement)) document.activeElement.blur();
  });

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
    if (event.key === "j") move(1);
    else if (event.key === "k") move(-1);
    else if (event.key === "/") document.getElementById("q").focus();
    else if (event.key === "x") {
      const one = cases().find((row) => row.contains(document.activeElement));
      const box = one && one.querySelector("input[type=checkbox]");
      if (box) box.checked = !box.checked;
    } else return;
    event.preventDefault(); // Enter on a focused link opens it without our help.
  });
})();
