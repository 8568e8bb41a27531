// Keeps the minutes beside each time that is due, by the server's clock: that of a tablet may be wrong. Without this
// script the page shows the minutes as of its opening.
"use strict";

(function () {
  const MINUTE = 60000;
  const queue = document.getElementById("queue");
  const ahead = queue ? Date.parse(queue.dataset.now) - Date.now() : 0; // how far the server's clock is ahead of this one

  function words(ms) {
    const minutes = Math.ceil(Math.abs(ms) / MINUTE);
    return ms >= 0 ? `in ${minutes} min` : `${minutes} min ago`;
  }

  function tick() {
    for (const place of document.querySelectorAll("[data-due-at]")) {
      place.textContent = words(Date.parse(place.dataset.dueAt) - Date.now() - ahead);
    }
  }

  tick();
  setInterval(tick, 10000);
})();
