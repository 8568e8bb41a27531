// Keeps the minutes beside each time that is due. Without this script the page shows the minutes as of its opening.
"use strict";

(function () {
  const MINUTE = 60000;

  function words(ms) {
    const minutes = Math.ceil(Math.abs(ms) / MINUTE);
    return ms >= 0 ? `in ${minutes} min` : `${minutes} min ago`;
  }

  function tick() {
    for (const place of document.querySelectorAll("[data-due-at]")) {
      place.textContent = words(Date.parse(place.dataset.dueAt) - Date.now());
    }
  }

  tick();
  setInterval(tick, 10000);
})();
