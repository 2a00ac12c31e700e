"use strict";
// Puts by what the form needs without a network, and takes the new form when there is one.
(function () {
  const KEPT = "gridsvc-report"; // the name that report_worker.js reads
  const STAMP = "/report/stamp";
  const ZOOMS = [15, 14, 13, 12, 11]; // the near ones first; past 15 the map enlarges
  const MOST_TILES = 240;

  const able = () => window.isSecureContext && "serviceWorker" in navigator && "caches" in window;

  async function put(cache, address, how) {
    const answer = await fetch(address, how);
    if (answer.ok && !answer.redirected) await cache.put(address, answer);
    return answer.ok && !answer.redirected;
  }

  // Everything is fetched before anything is replaced, the pages last: a network that breaks off in
  // between leaves the form of yesterday whole. What the new one does not name goes.
  async function putShell(config) {
    const fetched = new Map(await Promise.all(config.shell.map(async (address) => {
      const answer = await fetch(address, { cache: "reload" });
      if (!answer.ok || answer.redirected) throw new Error(address);
      return [address, answer];
    })));
    const cache = await caches.open(KEPT);
    const old = await cache.keys();
    for (const [address, answer] of [...fetched].reverse()) await cache.put(address, answer);
    await cache.put(STAMP, new Response(config.stamp));
    for (const request of old) {
      const { pathname, search } = new URL(request.url);
      if (!fetched.has(pathname + search) && pathname !== STAMP) await cache.delete(request);
    }
    return cache;
  }

  async function freshConfig() {
    const answer = await fetch("/report", { cache: "reload", headers: { Accept: "text/html" } });
    if (!answer.ok || answer.redirected) throw new Error("/report");
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    return JSON.parse(page.getElementById("report-config").textContent);
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
      const had = await cache.match(STAMP);
      if (!had || (await had.text()) !== config.stamp) cache = await putShell(config);
      if (config.tiles) await putTiles(cache, config);
      await navigator.serviceWorker.ready;
    },
    // The kept page is of another day, language, account or build than the service's.
    async renew(stamp, pristine) {
      if (sessionStorage.getItem(STAMP) === stamp) return true; // once is enough
      if (able()) await putShell(await freshConfig());
      sessionStorage.setItem(STAMP, stamp);
      if (pristine()) window.location.reload();
      return false;
    },
  };
})();
