// Covers the page when nobody has touched it for the minutes chosen, and opens it again by the PIN, with whatever was
// typed still in place. The server locks by itself too; this keeps a page that is already open from being read.
"use strict";

(function () {
  const cover = document.getElementById("screen-lock");
  if (!cover) return;
  const kept = cover.querySelector("template").content;
  const AFTER_MS = Number(cover.dataset.afterS) * 1000;
  const TELL_MS = 60000; // the server hears of a person who only types
  const LOOK_MS = 1000;
  const KEPT = "holdfast_last_input"; // shared by the tabs of this browser: a time, and nothing else
  let told = Date.now();
  let mine = Date.now();
  let lockedAt = 0;

  function last() {
    const kept = Number(localStorage.getItem(KEPT) || 0);
    return Math.max(mine, kept <= Date.now() ? kept : 0);
  }

  function touched() {
    if (lockedAt) return;
    mine = Date.now();
    localStorage.setItem(KEPT, String(mine));
  }

  function post(address, body) {
    const token = kept.querySelector("[name=csrfmiddlewaretoken]").value;
    return fetch(address, {
      method: "POST", headers: { Accept: "application/json", "X-CSRFToken": token }, body, redirect: "manual",
    });
  }

  function show() {
    if (cover.dataset.readable !== undefined || !cover.hidden) return;
    cover.append(kept.cloneNode(true));
    for (const form of cover.querySelectorAll("form[data-unlock]")) form.addEventListener("submit", unlocked);
    cover.hidden = false;
    document.documentElement.classList.add("is-locked");
    for (const other of document.body.children) if (other !== cover) other.inert = true;
    cover.querySelector("#screen-lock-title").focus();
  }

  function open() {
    lockedAt = 0;
    for (const other of document.body.children) other.inert = false;
    document.documentElement.classList.remove("is-locked");
    cover.hidden = true;
    cover.querySelector(".entrance")?.remove();
    mine = told = Date.now();
    localStorage.setItem(KEPT, String(mine));
  }

  async function unlocked(event) {
    event.preventDefault();
    const form = event.target;
    const said = form.querySelector("[data-said]");
    let answer, found;
    try {
      answer = await post(form.action, new URLSearchParams(new FormData(form)));
      found = await answer.json();
    } catch {
      said.textContent = "The clinic's server does not answer. What you entered is still here; try again. Until it answers, write on paper with the time, and enter it later with that time.";
      said.hidden = false;
      return;
    }
    for (const field of form.querySelectorAll("input[type=password]")) field.value = "";
    if (found.code === "open") return open();
    if (found.code === "another") return window.location.assign("/");
    if (found.code === "signed-out") return window.location.assign(cover.dataset.signIn);
    said.textContent = found.error;
    said.hidden = false;
  }

  async function look() {
    const now = Date.now();
    if (mine > now) mine = told = now; // the clock was set back: begin anew, or it would not lock until it caught up
    if (lockedAt) {
      if (last() > lockedAt) open(); // by another tab of this browser
    } else if (now - last() > AFTER_MS) {
      lockedAt = now;
      show();
      await post(cover.dataset.lock).catch(() => {});
    } else if (mine > told && now - told > TELL_MS) {
      told = now;
      const answer = await post(cover.dataset.here).catch(() => null);
      if (answer && answer.status === 423) {
        lockedAt = now;
        show();
      }
    }
  }

  for (const kind of ["pointerdown", "keydown", "wheel", "touchmove"]) {
    document.addEventListener(kind, touched, { passive: true, capture: true });
  }
  window.addEventListener("pageshow", (event) => { if (event.persisted) window.location.reload(); });
  document.addEventListener("visibilitychange", look);
  touched();
  setInterval(look, LOOK_MS);
})();
