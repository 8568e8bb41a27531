// On every other page: says that entries of a flow-sheet wait in this browser for the person signed in, and where.
import { entriesOf, keptKeys, usable, waitingOf } from "./queue_store.js";

const place = document.getElementById("kept-entries");

async function tell() {
  const { person } = place.dataset;
  const many = await waitingOf(person);
  if (!many) return;
  const held = (await keptKeys()).find((kept) => kept.person === person);
  const first = held ? (await entriesOf(person, held.key)).found[0] : null;
  const note = document.createElement("p");
  note.className = "note due strong";
  note.textContent = `${many} ${many === 1 ? "entry" : "entries"} of a flow-sheet of yours ${many === 1 ? "waits" : "wait"} in this browser, not stored yet. `;
  const way = document.createElement(first ? "a" : "span");
  way.textContent = first ? "Open the flow-sheet" : "Open any flow-sheet to send them.";
  if (first) way.href = first.page;
  note.append(way);
  place.replaceChildren(note);
  place.hidden = false;
}

if (place && usable() && !document.getElementById("queue")) tell().catch(() => {});
