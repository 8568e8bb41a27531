// On every other page: says that entries of a flow-sheet wait in this browser for the person signed in, or were refused,
// and where. And keeps the flow-sheets of a person who works on other pages open to them while the server is away.
import { entriesOf, keptKeys, touch, usable, waitingOf } from "./queue_store.js";

const place = document.getElementById("kept-entries");

function counted(many) {
  return `${many} ${many === 1 ? "entry" : "entries"} of a flow-sheet of yours`;
}

// Refused is answered: it waits for the person and not for the server.
function sentence(found, many) {
  const refused = found.filter((entry) => entry.state === "refused").length;
  const waiting = many - refused;
  const said = [];
  if (waiting) said.push(`${counted(waiting)} ${waiting === 1 ? "waits" : "wait"} in this browser, not stored yet.`);
  if (refused) said.push(`${counted(refused)} ${refused === 1 ? "was" : "were"} refused and not stored: correct or discard ${refused === 1 ? "it" : "them"}.`);
  return `${said.join(" ")} `;
}

async function tell() {
  const { person } = place.dataset;
  const many = await waitingOf(person);
  if (!many) return;
  const held = (await keptKeys()).find((kept) => kept.person === person);
  const found = held ? (await entriesOf(person, held.key)).found : [];
  const first = found[0];
  const note = document.createElement("p");
  note.className = "note due strong";
  note.textContent = sentence(found, many);
  const way = document.createElement(first ? "a" : "span");
  way.textContent = first ? "Open the flow-sheet" : "Open any flow-sheet to send them.";
  if (first) way.href = first.page;
  note.append(way);
  place.replaceChildren(note);
  place.hidden = false;
}

const TOUCH_MS = 30000;
let touched = 0;
function noticed() {
  if (document.documentElement.classList.contains("is-locked") || Date.now() - touched < TOUCH_MS) return;
  touched = Date.now();
  touch(place.dataset.person).catch(() => {});
}

// A board may stand on a locked screen: a hand on it is nobody we know.
const readable = document.getElementById("screen-lock")?.dataset.readable !== undefined;
if (place && usable() && !readable && !document.getElementById("queue")) {
  for (const name of ["pointerdown", "keydown"]) document.addEventListener(name, noticed, { passive: true });
}

if (place && usable() && !document.getElementById("queue")) tell().catch(() => {});
