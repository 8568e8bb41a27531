// Keeps the board live: takes changed tiles from the server, counts the minutes, and says plainly when it is not live.
"use strict";

(function () {
  const LOST_AFTER_S = 30;
  const AGAIN_S = 15;
  const MINUTE = 60000;
  const place = document.getElementById("live");
  const summary = document.getElementById("board-summary");
  const said = document.getElementById("board-said");
  const main = document.getElementById("main");
  let at = Date.parse(place.dataset.at); // the server's time of what is shown
  let ahead = at - Date.now(); // how far the server's clock is ahead of this one
  let heardAt = Date.now();
  let ended = false;
  let source = null;
  let shownStatus = "";

  function spoken(minutes) {
    if (minutes < 120) return `${minutes} min`;
    return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, "0")} min`;
  }

  function since(then, now) {
    return spoken(Math.max(Math.floor((now - then) / MINUTE), 0));
  }

  function until(then, now) {
    const minutes = Math.ceil((then - now) / MINUTE);
    if (minutes > 0) return `in ${spoken(minutes)}`;
    return minutes === 0 ? "now" : `${spoken(-minutes)} ago`;
  }

  function write(element, text) {
    if (element.textContent !== text) element.textContent = text;
  }

  function count() {
    const now = Date.now() + ahead;
    for (const element of document.querySelectorAll("[data-since]")) {
      write(element, since(Date.parse(element.dataset.since), now));
    }
    for (const element of document.querySelectorAll("[data-until]")) {
      write(element, until(Date.parse(element.dataset.until), now));
    }
  }

  function clock(moment) {
    return new Date(moment).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", second: "2-digit", hour12: false });
  }

  function tag(kind, text, more) {
    place.replaceChildren();
    const word = document.createElement("span");
    word.className = `tag ${kind}`;
    word.textContent = text;
    place.append(word);
    if (more) place.append(more);
  }

  function reload() {
    const link = document.createElement("a");
    link.className = "button";
    link.href = window.location.pathname;
    link.textContent = "Open the board anew";
    return link;
  }

  function status() {
    const age = Math.round((Date.now() + ahead - at) / 1000);
    const silent = (Date.now() - heardAt) / 1000;
    const live = !ended && age <= LOST_AFTER_S && silent <= LOST_AFTER_S && source && source.readyState === 1;
    const waiting = !live && !ended && age <= LOST_AFTER_S && silent <= LOST_AFTER_S;
    main.classList.toggle("not-live", !live && !waiting);
    const state = live ? "live" : waiting ? "waiting" : ended ? "ended" : "lost";
    const old = age < 120 ? `${age} s` : spoken(Math.floor(age / 60));
    const text = {
      live: "● Live",
      waiting: "Connecting",
      ended: `▲ Not live: you are signed out, or may no longer see it. As of ${clock(at)}, ${old} old`,
      lost: `▲ Not live: no connection to the clinic. As of ${clock(at)}, ${old} old`,
    }[state];
    if (text === shownStatus) return;
    if (state !== shownState && (state === "ended" || state === "lost")) said.textContent = text;
    if (state !== shownState && state === "live" && shownState !== "waiting") said.textContent = "The board is live again.";
    shownStatus = text;
    shownState = state;
    tag({ live: "good", waiting: "outline", ended: "late", lost: "late" }[state], text, state === "ended" || state === "lost" ? reload() : null);
  }
  let shownState = "waiting";

  function made(html) {
    const holder = document.createElement("template");
    holder.innerHTML = html.trim();
    return holder.content.firstElementChild;
  }

  // The new tile takes the place of the old one, and keeps the keyboard's place where it was inside.
  function put(old, fresh) {
    const links = [...old.querySelectorAll("a")];
    const held = links.indexOf(document.activeElement);
    old.replaceWith(fresh);
    if (held >= 0) {
      const there = fresh.querySelectorAll("a");
      if (there.length) there[Math.min(held, there.length - 1)].focus({ preventScroll: true });
    }
  }

  function arrange(name, keys, tiles, known) {
    const list = document.querySelector(`[data-section="${name}"]`);
    keys.forEach((key, index) => {
      let tile = known.get(key);
      if (tiles[key]) {
        const fresh = made(tiles[key]);
        if (!tile) {
          tile = fresh;
        } else if (tile.dataset.digest !== fresh.dataset.digest) {
          announce(tile, fresh);
          put(tile, fresh);
          tile = fresh;
        }
        known.set(key, tile);
      }
      if (tile && list.children[index] !== tile) list.insertBefore(tile, list.children[index] || null);
    });
    list.closest("section").hidden = keys.length === 0;
  }

  // Told to a screen reader: what became late, with its chair.
  function announce(old, fresh) {
    const before = new Set([...old.querySelectorAll(".lines .late .text")].map((e) => e.textContent));
    const now = [...fresh.querySelectorAll(".lines .late .text")].map((e) => e.textContent).filter((t) => !before.has(t));
    if (!now.length) return;
    const chair = fresh.querySelector("h3, .open");
    said.textContent = `${chair ? chair.firstChild.textContent : ""}: ${now.join(", ")}`;
  }

  function show(told) {
    const known = new Map([...document.querySelectorAll("[data-key]")].map((e) => [e.dataset.key, e]));
    const wanted = new Set(Object.values(told.sections).flat());
    for (const [key, element] of known) if (!wanted.has(key)) element.remove();
    for (const [name, keys] of Object.entries(told.sections)) arrange(name, keys, told.tiles, known);
    if (summary.innerHTML.trim() !== told.summary.trim()) summary.innerHTML = told.summary;
  }

  function heard(event) {
    const told = JSON.parse(event.data);
    heardAt = Date.now();
    at = Date.parse(told.at);
    const seen = at - heardAt; // what came quickest is nearest to the server's clock; far off, this clock was set anew
    if (seen > ahead || Math.abs(seen - ahead) > MINUTE) ahead = seen;
    if (told.tiles) show(told);
    count();
    status();
  }

  function connect() {
    if (source) source.close();
    source = new EventSource(place.dataset.stream);
    source.addEventListener("board", heard);
    source.addEventListener("beat", heard);
    source.addEventListener("alerts", (event) => {
      document.dispatchEvent(new CustomEvent("holdfast-alerts", { detail: JSON.parse(event.data).version }));
    });
    source.addEventListener("open", status);
    source.addEventListener("error", status);
    source.addEventListener("end", () => {
      ended = true;
      source.close();
      status();
    });
  }

  connect();
  count();
  setInterval(() => {
    count();
    status();
  }, 1000);
  setInterval(() => {
    if (!ended && source.readyState === 2) connect(); // a browser gives up where the answer was no stream
  }, AGAIN_S * 1000);
  window.addEventListener("pagehide", () => source.close());
  window.addEventListener("pageshow", (event) => {
    if (event.persisted) connect();
  });
})();
