// Opens a flow-sheet while the server is away: with a page that holds no record. Keeps only that page and static files.
"use strict";

const KEPT = "holdfast-flow-sheet-1";
const SHELL = "/sessions/offline/";
const FILES = [
  "/static/css/tokens.css", "/static/css/base.css", "/static/css/components.css", "/static/css/pages.css",
  "/static/css/evidence.css", "/static/css/time_course.css",
  "/static/js/flow_sheet.js", "/static/js/flow_sheet_queue.js", "/static/js/queue_store.js", "/static/js/queue_page.js",
  "/static/js/queue_forms.js", "/static/img/holdfast.svg", "/static/vendor/atkinson/atkinson-latin.woff2",
];
const SHEET = /^\/sessions\/[0-9a-f-]{36}\/flow-sheet\/$/;
const AWAY = [502, 504]; // a proxy answers so when the clinic behind it does not
const PATIENCE_MS = 10000;

self.addEventListener("install", (event) => {
  event.waitUntil(caches.open(KEPT).then((cache) => cache.addAll([SHELL, ...FILES])).then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => {
  event.waitUntil(
    caches.keys()
      .then((names) => Promise.all(names.filter((n) => n !== KEPT).map((n) => caches.delete(n))))
      .then(() => self.clients.claim()),
  );
});

async function opened(request) {
  let slow = false;
  try {
    const answer = await fetch(request, { signal: AbortSignal.timeout(PATIENCE_MS) });
    if (!AWAY.includes(answer.status)) return answer;
  } catch (error) {
    slow = error.name === "TimeoutError"; // else the server is away
  }
  const shell = await caches.match(SHELL);
  if (!shell || !slow) return shell ?? Response.error();
  const said = (await shell.text()).replace('id="shell"', 'id="shell" data-slow');
  return new Response(said, { headers: shell.headers });
}

async function file(request) {
  const cache = await caches.open(KEPT);
  try {
    const answer = await fetch(request);
    if (answer.ok) await cache.put(request, answer.clone());
    return answer;
  } catch {
    return (await cache.match(request)) ?? Response.error();
  }
}

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== "GET" || origin !== self.location.origin) return;
  if (request.mode === "navigate" && SHEET.test(pathname)) event.respondWith(opened(request));
  else if (FILES.includes(pathname)) event.respondWith(file(request));
});
