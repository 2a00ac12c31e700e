"use strict";
// Puts by what the form needs without a network, and takes the new form when there is one.
(function () {
  const KEPT = "gridsvc-report"; // the name that report_worker.js reads
  const ZOOMS = [15, 14, 13, 12, 11]; // the near ones first; past 15 the map enlarges
  const MOST_TILES = 240;

  const able = () => window.isSecureContext && "serviceWorker" in navigator && "caches" in window;

  async function put(cache, address, how) {
    const answer = await fetch(address, how);
    if (answer.ok && !answer.redirected) await cache.put(address, answer);
    return answer.ok && !answer.redirected;
  }

  // All of the shell or none of it: a page of today over the scripts of yesterday would break.
  async function putShell(config) {
    const fetched = await Promise.all(config.shell.map(async (address) => {
      const answer = await fetch(address, { cache: "reload" });
      if (!answer.ok || answer.redirected) throw new Error(address);
      return [address, answer];
    }));
    await caches.delete(KEPT);
    const cache = await caches.open(KEPT);
    for (const [address, answer] of fetched) await cache.put(address, answer);
    await cache.put("/report/stamp", new Response(config.stamp));
    return cache;
  }

  async function putTiles(cache, config) {
    for (const { z, x, y } of window.gridsvcTilesOf(config.bounds, ZOOMS, MOST_TILES)) {
      for (const template of Object.values(config.tiles)) {
        const address = template.replace("{z}", z).replace("{x}", x).replace("{y}", y);
        if (!(await cache.match(address))) await put(cache, address);
      }
    }
  }

  window.gridsvcShell = {
    able,
    async keep(config) {
      await navigator.serviceWorker.register("/report_worker.js", { scope: "/report" });
      let cache = await caches.open(KEPT);
      const had = await cache.match("/report/stamp");
      if (!had || (await had.text()) !== config.stamp) cache = await putShell(config);
      await putTiles(cache, config);
      await navigator.serviceWorker.ready;
    },
    // The kept page is of another day, language, account or build than the service's.
    async renew(stamp, pristine) {
      if (sessionStorage.getItem("gridsvc-report-stamp") === stamp) return true; // once is enough
      sessionStorage.setItem("gridsvc-report-stamp", stamp);
      if (able()) await caches.delete(KEPT);
      if (pristine()) window.location.reload();
      return false;
    },
  };
})();
