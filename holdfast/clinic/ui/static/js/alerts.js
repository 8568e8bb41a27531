// Shows an alert on a page that is open, within seconds and without a click. One tab of a browser holds the stream and
// tells the others; a board hears of alerts by its own. Without this script the next page that is opened shows it.

const AGAIN_MS = 15000;
const LEADER = "holdfast-alerts";
const place = document.getElementById("alert-place");
const board = document.querySelector("#live[data-stream]");
const tabs = "BroadcastChannel" in window ? new BroadcastChannel(LEADER) : null;
let heardLast = ""; // by the stream of this tab
let asking = false;
let ended = false;
let source = null;

function shown() {
  return place.querySelector("[data-alerts]")?.dataset.version ?? "";
}

function count(many) {
  for (const link of document.querySelectorAll("nav a")) {
    if (link.getAttribute("href") !== place.dataset.list) continue;
    link.querySelector(".tag")?.remove();
    if (!many) continue;
    const tag = document.createElement("span");
    tag.className = "tag late";
    tag.textContent = String(many);
    const more = document.createElement("span");
    more.className = "visually-hidden";
    more.textContent = " waiting";
    tag.append(more);
    link.append(" ", tag);
  }
}

// A screen that is locked shows that something waits, and nothing of it.
function onCover(many) {
  const card = document.querySelector("#screen-lock .card");
  card?.querySelector("[data-alert]")?.remove();
  if (!card || !many) return;
  const said = document.createElement("p");
  said.className = "note late strong";
  said.dataset.alert = "";
  said.setAttribute("role", "alert");
  said.textContent = "▲ An alert waits for you. Unlock to take it.";
  card.prepend(said);
}

function put(fresh) {
  const many = Number(fresh.dataset.calling);
  const more = many > Number(place.querySelector("[data-alerts]")?.dataset.calling ?? 0);
  place.replaceChildren(document.adoptNode(fresh));
  count(many);
  onCover(many);
  document.title = document.title.replace(/^▲ /, "");
  if (many && more) document.title = `▲ ${document.title}`;
}

async function ask() {
  if (asking) return;
  asking = true;
  try {
    const answer = await fetch(place.dataset.banner, { cache: "no-store", redirect: "manual", headers: { "X-Holdfast-Background": "1" } });
    if (!answer.ok) return;
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("[data-alerts]");
    if (fresh && fresh.dataset.version !== shown()) put(fresh);
  } catch {
    // the server is away: the stream says the version again when it returns
  } finally {
    asking = false;
  }
}

function heard(version) {
  if (version && version !== shown()) ask();
}

function fromStream(version) {
  heardLast = version;
  heard(version);
  tabs?.postMessage({ version });
}

function open() {
  source = new EventSource(place.dataset.stream);
  source.addEventListener("alerts", (event) => fromStream(JSON.parse(event.data).version));
  source.addEventListener("end", () => {
    ended = true;
    source.close();
  });
}

// Holds the stream for every tab of this browser until this page is left; then another one is asked.
function lead() {
  open();
  const again = setInterval(() => source.readyState === 2 && !ended && open(), AGAIN_MS);
  return new Promise((left) => {
    addEventListener("pagehide", () => {
      clearInterval(again);
      source.close();
      left();
    }, { once: true });
  });
}

if (place) {
  tabs?.addEventListener("message", ({ data }) => {
    if (data.version) heard(data.version);
    else if (heardLast) tabs.postMessage({ version: heardLast });
  });
  document.addEventListener("visibilitychange", () => !document.hidden && tabs?.postMessage({ asks: true }));
  if (board) document.addEventListener("holdfast-alerts", (event) => fromStream(event.detail));
  else if (tabs && navigator.locks) navigator.locks.request(LEADER, lead);
  else lead();
}
