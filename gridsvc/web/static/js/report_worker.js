"use strict";
// Form and visit sheet open without a network: pages, scripts and tiles that report_shell.js put by.
// Reports are not sent from here: the page does that, in every browser alike.
const KEPT = "gridsvc-report";
const PAGES = ["/report", "/report/visits"];

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

async function fromKept(request, options) {
  const cache = await caches.open(KEPT);
  return (await cache.match(request, options)) || fetch(request);
}

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const address = new URL(request.url);
  if (request.method !== "GET" || address.origin !== self.location.origin) return;
  // The kept page first: in the street a bad network is worse than none. The page renews itself.
  if (request.mode === "navigate" && PAGES.includes(address.pathname)) {
    event.respondWith(fromKept(address.pathname).catch(() => fetch(request)));
  } else if (address.pathname.startsWith("/static/")) {
    event.respondWith(fromKept(request, { ignoreSearch: true }));
  } else if (address.pathname.startsWith("/tiles/")) {
    // A tile that is not kept is left white: the grids' lines and the form do without.
    event.respondWith(fromKept(request).catch(() => new Response(null, { status: 204 })));
  }
});
