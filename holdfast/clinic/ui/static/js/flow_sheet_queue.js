// The queue of a flow-sheet: every entry is kept in this browser first, then sent in order with the time it was made.
// Without this script, or where the browser cannot keep anything safely, the page's forms are sent as they are.
import * as store from "./queue_store.js";
import { merge, busy, changed, keepingFocus } from "./queue_page.js";
import { clean, faults, fieldsOf, fill, formFor, kindOf, lineList, refusalParts, refuse, told } from "./queue_forms.js";

const ASK_MS = { ok: 5000, hidden: 30000, away: 3000, slow: 5000, unwell: 10000, out: 10000, other: 60000 };
const PATIENCE_MS = 15000;
const SHOWN_MS = 10000; // how long a stored entry is still told
const AGAIN_MS = 1000; // a second tap on the same button
const CLOCK_MOVED_MS = 60000; // what is due, and what a gate says, change with the clock alone
const TRIES = 5; // of an entry the server fails at, before it is put aside for a person to decide
const CLOCK_WRONG_MS = 120000;
const BACKGROUND = { "X-Holdfast-Background": "1" };

let box, main, person, key, token, version, names, zone;
let idleMs = 0; // without a hand for so long, the browser opens nothing by itself
let sheet; // the path of this flow-sheet, whatever form the page was opened by
let state = { mode: "ok", since: Date.now(), reason: "" };
let stored = [];
let others = { lost: 0, elsewhere: 0, waiting: 0 };
let aheadMs = 0; // of this device's clock
let active = true; // has somebody touched the page since it last asked?
let note = { look: "good", said: "" }; // what became of the last entry
let measured = false; // was the last entry stored an observation? then what it asks for is told beside it
let timer = null, turning = null, turnAgain = false;
let without = false; // was the page opened without the server?
let stale = false; // has somebody entered something that this page does not show?
let freshAt = Date.now();

function clock(ms) {
  return new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", timeZone: zone }).format(new Date(ms - aheadMs));
}

function make(tag, properties = {}, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}

function button(label, said, action) {
  const made = make("button", { type: "button", className: "button quiet", onclick: action }, label);
  made.append(make("span", { className: "visually-hidden" }, ` ${said}`));
  return made;
}

// ---- what the person is told

function became(mode, reason = "") {
  if (state.mode !== mode || state.reason !== reason) state = { mode, reason, since: state.mode === mode ? state.since : Date.now() };
}

function kept() {
  const many = others.waiting + others.elsewhere;
  if (!many) return "What you enter is kept in this browser and sent when it returns.";
  const other = others.elsewhere ? `, ${others.elsewhere} of them of other flow-sheets` : "";
  return `${many} ${many === 1 ? "entry waits" : "entries wait"} in this browser${other}; sent in order when it returns.`;
}

function sentence() {
  if (state.mode === "away") return `No connection to the clinic's server since ${clock(state.since)}. ${kept()}`;
  if (state.mode === "slow") return `No answer from the clinic's server since ${clock(state.since)}: it is slow, or the connection is. ${kept().replace("when it returns", "again until it answers")}`;
  if (state.mode === "out") return `You are signed out or locked. ${kept().replace("when it returns", "after you sign in")}`;
  if (state.mode === "other") return "Somebody else has signed in in this browser. Entries made here before wait for whoever made them; on this page nothing is entered any more.";
  if (state.mode === "unwell") return `Not stored: ${state.reason} ${kept().replace("when it returns", "as soon as the server can store them")}`;
  return [note.said, ...asked()].join(" ").trim();
}

// What the last measurements ask for; it stands at the top of the page, and the eyes are at the form.
function asked() {
  return measured ? [...main.querySelectorAll('ul.reasons[role="status"] .strong')].map((part) => part.textContent) : [];
}

function noteThat(look, said) {
  note = { look, said };
}

function tell() {
  const bar = document.getElementById("queue-bar");
  if (!bar) return;
  const said = sentence();
  if (bar.dataset.said === said + state.mode) return;
  bar.dataset.said = said + state.mode;
  bar.replaceChildren();
  if (!said) return;
  const line = make("div", { className: `note ${state.mode === "ok" ? (asked().length ? "late" : note.look) : ["out", "slow"].includes(state.mode) ? "due" : "late"}` }, make("p", { className: "strong" }, said));
  if (state.mode === "out") {
    const there = `${box.dataset.signInUrl}?next=${encodeURIComponent(sheet)}`;
    line.append(make("a", { className: "button", href: there }, "Sign in"));
  }
  if (state.mode === "other") line.append(make("a", { className: "button", href: "/" }, "Leave this page"));
  bar.append(line);
}

function tag(entry) {
  if (entry.state === "refused") return make("span", { className: "tag late" }, "▲ Refused");
  if (entry.state === "stored") return make("span", { className: "tag good" }, "✓ Stored");
  return make("span", { className: "tag due" }, state.mode === "ok" ? "● Being sent" : "● Waiting");
}

function row(entry) {
  const at = Date.parse(entry.made_at);
  const when = make("div", { className: "when num" }, make("time", { dateTime: new Date(at - aheadMs).toISOString() }, clock(at)));
  const what = make("div", {}, make("b", {}, entry.name), " ", make("span", {}, entry.said), " ", tag(entry));
  if (entry.state === "refused") {
    const { head, lines } = refusalParts(entry);
    what.append(make("div", { className: "strong" }, head));
    if (lines.length) what.append(lineList(lines));
    const said = `${entry.name} of ${clock(at)}`;
    what.append(make("div", { className: "actions" },
      button("Correct", said, () => correct(entry)), button("Send again", said, () => again(entry)),
      button("Discard", said, () => discard(entry))));
  }
  return make("li", {}, when, what);
}

let shown = "";
async function list() {
  const { found, lost } = await store.entriesOf(person, key);
  const here = found.filter((e) => e.page === sheet);
  stored = stored.filter((e) => Date.now() - e.at < SHOWN_MS);
  others = {
    lost, waiting: here.filter((e) => e.state === "waiting").length,
    elsewhere: found.filter((e) => e.page !== sheet && e.state === "waiting").length,
  };
  const all = state.mode === "other" ? [] : [...here, ...stored.filter((e) => e.page === sheet)];
  if (note.look === "good" && stored.length === 0) noteThat("good", "");
  const now = JSON.stringify([all, state.mode, lost, aheadMs]);
  if (now !== shown) {
    shown = now;
    box.querySelector("ol").replaceChildren(...all.map(row));
    notes(here, lost);
    box.hidden = all.length === 0 && !lost && Math.abs(aheadMs) < CLOCK_WRONG_MS;
  }
  tell();
}

function notes(here, lost) {
  const said = [];
  if (here.some((e) => e.kind === "cssrs" && e.state !== "stored" && Object.values(e.fields).includes("yes"))) {
    said.push(["late", "A C-SSRS with a yes has not reached the server: nobody was called. Act now by your programme's crisis plan."]);
  }
  for (const { crisis } of here.filter((e) => e.crisis)) { // refused, and the answers still ask for the crisis response
    said.push(["late", ["Act now.", ...crisis.tell.map((t) => t.what), crisis.lines.join(", ")].join(" ")]);
  }
  if (lost) said.push(["late", `${lost} kept here cannot be read any more: the installation's secret was changed.`]);
  if (Math.abs(aheadMs) >= CLOCK_WRONG_MS) {
    const minutes = Math.round(Math.abs(aheadMs) / 60000);
    said.push(["due", `This device's clock is ${minutes} min ${aheadMs > 0 ? "ahead" : "behind"}. Times are those of the server's clock.`]);
  }
  document.getElementById("queue-notes").replaceChildren(
    ...said.map(([look, text]) => make("div", { className: `note ${look}`, role: look === "late" ? "alert" : "status" }, make("p", { className: "strong" }, text))));
}

// ---- what the person does

async function enter(form) {
  const made_at = new Date().toISOString();
  const kind = kindOf(form);
  const entry = {
    key: crypto.randomUUID(), kind, name: names[kind] ?? kind, fields: fieldsOf(form), said: told(form), made_at,
    path: box.dataset.entriesUrl, page: sheet, state: "waiting", reason: "", tries: 0,
  };
  try {
    await store.add(person, key, entry);
  } catch {
    form.submit(); // this browser cannot keep it: send it as the page would without this script
    return;
  }
  await replaced(form, kind);
  clean(form);
  form.reset();
  form.closest("details.ask-section, details.card")?.removeAttribute("open");
  document.activeElement?.blur();
  noteThat("good", "");
  await list();
  await turn();
}

// The refused entry that this one stands for: the one put back into the form, or the same button pressed before.
async function replaced(form, kind) {
  if (form.dataset.refused) await store.remove(Number(form.dataset.refused));
  if (Object.keys(fieldsOf(form)).length) return;
  const { found } = await store.entriesOf(person, key);
  for (const old of found) {
    if (old.state === "refused" && old.page === sheet && old.kind === kind && !Object.keys(old.fields).length) await store.remove(old.n);
  }
}

// A second tap holds what the first one held, or the form as it is after it. Anything else is another entry.
const taken = new WeakMap();
function tappedTwice(form) {
  const last = taken.get(form);
  if (!last || Date.now() - last.at >= AGAIN_MS) return false;
  return last.fields === JSON.stringify(fieldsOf(form)) || ![...form.elements].some((field) => field.name && changed(field));
}

function submitted(event) {
  const form = event.target.closest("form.entry-form");
  if (!form || !kindOf(form)) return;
  event.preventDefault();
  active = true;
  if (state.mode === "other" || tappedTwice(form)) return;
  const found = faults(form);
  if (found) {
    const refused = form.dataset.refused;
    refuse(form, found[""]?.[0] ?? "Mend what is marked below.", found);
    if (refused) form.dataset.refused = refused;
    return;
  }
  taken.set(form, { at: Date.now(), fields: JSON.stringify(fieldsOf(form)) });
  enter(form);
}

function correct(entry) {
  const form = formFor(entry);
  if (!form) {
    noteThat("late", "The page has no place for this now. Discard it, or enter what happened in another way.");
    tell();
    return;
  }
  fill(form, entry);
  const { head, lines } = refusalParts(entry);
  refuse(form, head, entry.wrong, lines);
  form.dataset.refused = entry.n;
  form.scrollIntoView({ block: "center" });
  [...form.elements].find((f) => f.type !== "hidden")?.focus({ preventScroll: true });
}

async function again(entry) {
  await store.change(person, key, { ...entry, state: "waiting", reason: "", tries: 0 });
  await turn();
}

async function discard(entry) {
  if (!window.confirm(`Discard ${entry.name} of ${clock(Date.parse(entry.made_at))}? It was not stored.`)) return;
  await store.remove(entry.n);
  await list();
}

// ---- to the server and back

async function ask(url, options = {}) {
  const patience = AbortSignal.timeout(PATIENCE_MS);
  const background = active ? {} : BACKGROUND;
  try {
    const sent = Date.now();
    const answer = await fetch(url, { redirect: "manual", cache: "no-store", signal: patience, ...options, headers: { ...background, ...options.headers } });
    const date = Date.parse(answer.headers.get("Date") ?? "");
    const off = (sent + Date.now()) / 2 - date;
    if (date) aheadMs = Math.abs(off) < CLOCK_WRONG_MS ? 0 : Math.round(off / 60000) * 60000;
    const json = answer.headers.get("Content-Type")?.startsWith("application/json") ? await answer.json() : null;
    return { answer, json, status: answer.status, ended: answer.type === "opaqueredirect" || [401, 423].includes(answer.status) };
  } catch (error) {
    const slow = error.name === "TimeoutError" && navigator.onLine;
    return { slow, away: !slow, status: 0 };
  }
}

const AWAY = [502, 504];

// The mode that an answer means; null where it is an answer to what was asked.
function unanswered({ away, slow, ended, status, json }) {
  if (slow) return became("slow"), true;
  if (away || AWAY.includes(status)) return became("away"), true;
  if (ended) return became("out"), true;
  if (json?.code === "another-person") return became("other"), true;
  if (status === 503 || status === 507 || status === 429) {
    became("unwell", json?.error ?? "The server cannot store anything just now.");
    return true;
  }
  return false;
}

// Who is signed in, the token, and whether anything is new. True where entries may be sent.
async function look({ whole = false } = {}) {
  const said = await ask(box.dataset.entriesUrl, whole || !token ? {} : { headers: { "If-None-Match": `"${version}"` } });
  active = false;
  if (unanswered(said)) return false;
  if (said.status !== 304 && said.status !== 200) {
    became("unwell", said.status === 404 || said.status === 403 ? "this flow-sheet is not open to you any more." : "the server failed.");
    return false;
  }
  if (said.json) {
    if (said.json.person !== person) {
      await store.forget(said.json.person);
      became("other");
      return false;
    }
    token = said.json.token;
    stale ||= said.answer.headers.get("ETag") !== `"${version}"`;
  }
  if (said.status === 200 && !said.json) return became("out"), false; // a page in place of the list: locked
  return true;
}

async function post(entry) {
  const held = { key: entry.key, kind: entry.kind, fields: entry.fields, made_at: entry.made_at, sent_at: new Date().toISOString(), by: person };
  return ask(entry.path, { method: "POST", headers: { "Content-Type": "application/json", "X-CSRFToken": token }, body: JSON.stringify(held) });
}

async function aside(entry, reason, { fields = {}, crisis = null, reasons = [] } = {}) {
  const put = { ...entry, state: "refused", reason, reasons: reasons.map((r) => r.text), wrong: fields, crisis };
  await store.change(person, key, put);
  const { head, lines } = refusalParts(put);
  noteThat("late", `Refused: ${entry.name}. ${lines.length ? `${head} ${lines.length} reasons, listed on the page.` : reason}`);
  const form = entry.page === sheet ? formFor(entry) : null;
  if (form) taken.delete(form); // answered: the next tap is meant
  if (form && !busy(form) && entry.tries === 0 && Date.now() - Date.parse(entry.made_at) < PATIENCE_MS) correct(put);
}

// Sends one; false where the rest has to wait.
async function send(entry) {
  let said = await post(entry);
  if (said.status === 403 && !said.json) {
    if (!(await look({ whole: true }))) return false;
    said = await post(entry); // another token since
  }
  if (unanswered(said)) {
    if (!entry.tries) await store.change(person, key, { ...entry, tries: 1 });
    return false;
  }
  if (said.status === 201 || said.status === 200) {
    if (!said.json) return became("out"), false;
    await store.remove(entry.n);
    stored.push({ ...entry, state: "stored", at: Date.now() });
    if (entry.page === sheet) measured = entry.kind === "observation";
    if (said.json.crisis) scrollTo({ top: 0 });
    const late = said.json.late_min ? `, entered ${said.json.late_min} min late` : "";
    noteThat("good", `Stored: ${entry.name}, ${clock(Date.parse(entry.made_at))}${late}.`);
    stale = true;
    return true;
  }
  if (said.status >= 500) {
    const tries = entry.tries + 1;
    if (tries >= TRIES) await aside({ ...entry, tries }, "The server failed at it several times. Tell whoever keeps this installation, then send it again.");
    else await store.change(person, key, { ...entry, tries });
    if (tries < TRIES) became("unwell", "the server failed.");
    return tries >= TRIES;
  }
  const plain = { 403: "Your role or your programmes do not include this.", 404: "This flow-sheet is not open to you any more." };
  await aside(entry, said.json?.error ?? plain[said.status] ?? `The server refused it (${said.status}).`, said.json ?? {});
  return true;
}

// One after the other, in the order they were made, by one tab at a time. True where none is left waiting.
async function flush() {
  return navigator.locks.request("holdfast-queue", async () => {
    const { found } = await store.entriesOf(person, key);
    for (const entry of found.filter((e) => e.state === "waiting")) {
      if (!(await send(entry))) return false;
      await list();
    }
    return true;
  });
}

async function refresh() {
  const said = await ask(sheet, { headers: { Accept: "text/html" } });
  if (unanswered(said) || said.status !== 200) return;
  const fresh = new DOMParser().parseFromString(await said.answer.text(), "text/html");
  const theirs = fresh.getElementById("queue");
  if (!theirs || theirs.dataset.person !== person) return;
  stale = false;
  freshAt = Date.now();
  version = theirs.dataset.version;
  box.dataset.moves = theirs.dataset.moves;
  keepPage(fresh.querySelector("main"));
  keepingFocus(main, () => merge(main, fresh.querySelector("main")));
  if (without && !busy(main)) location.reload(); // for the frame of the page, which the browser's own lacks
  main.querySelector("#opened-without")?.remove();
}

// Kept to enter on while the server is away; what may only be read is read from the server, where each reading counts.
function keepPage(from) {
  if (box.dataset.keeps !== "yes") return;
  const copy = from.cloneNode(true);
  copy.querySelector("#queue")?.removeAttribute("data-key");
  store.keepPage(person, key, sheet, copy.innerHTML).catch(() => {});
}

function clockMoved() {
  return box.dataset.moves === "yes" && !document.hidden && Date.now() - freshAt >= CLOCK_MOVED_MS;
}

async function turned() {
  if (without && !(await store.inUse(person, idleMs))) return location.reload(); // closed: nobody is there
  if ((await look()) && (await flush())) {
    if (["out", "other"].includes(state.mode)) { // the same person is back
      await store.hold(person, key);
      keepPage(main);
    }
    became("ok");
    if (stale || clockMoved()) await refresh();
  }
  if (state.mode === "out") await store.forget();
  await list();
}

// One turn at a time: ask, send, bring the page up to now. A turn asked for meanwhile follows.
async function turn() {
  if (turning) {
    turnAgain = true;
    return turning;
  }
  clearTimeout(timer);
  turning = (async () => {
    do {
      turnAgain = false;
      await turned().catch(() => {});
    } while (turnAgain);
    turning = null;
    timer = setTimeout(turn, document.hidden && state.mode === "ok" ? ASK_MS.hidden : ASK_MS[state.mode]);
  })();
  return turning;
}

// ---- begin

let touched = 0;
function noticed() {
  if (document.documentElement.classList.contains("is-locked")) return; // a hand on the lock is nobody we know
  active = true;
  if (Date.now() - touched < 30000) return;
  touched = Date.now();
  store.touch(person).catch(() => {});
}

function take(from) {
  box = from;
  main = document.getElementById("main");
  ({ person, version, zone } = box.dataset);
  idleMs = Number(box.dataset.idleS) * 1000;
  sheet = box.dataset.entriesUrl.replace(/entries\/$/, "");
  names = JSON.parse(box.dataset.names);
}

async function begin() {
  main.addEventListener("submit", submitted);
  for (const name of ["pointerdown", "keydown"]) document.addEventListener(name, noticed, { passive: true });
  addEventListener("online", turn);
  addEventListener("offline", () => {
    became("away");
    list();
  });
  document.addEventListener("visibilitychange", () => !document.hidden && turn());
  navigator.storage?.persist?.().catch(() => {});
  navigator.serviceWorker?.register(box.dataset.workerUrl).catch(() => {});
  await list();
  await turn();
}

// The server is away, and the browser opened its own page: the sheet as it was, for the person who still may read it.
async function beginWithout() {
  const until = async () => {
    const said = await ask("/health/");
    if (said.status === 200) location.reload();
    else setTimeout(until, ASK_MS.away);
  };
  const held = (await store.keptKeys())[0];
  const page = held && (await store.pageOf(held.person, held.key, location.pathname));
  const mayS = page ? Number(new DOMParser().parseFromString(page.html, "text/html").getElementById("queue")?.dataset.idleS) : 0;
  if (!page || !(await store.inUse(held.person, mayS * 1000))) {
    if (held) await store.forget();
    const many = await store.waitingOf();
    const shell = document.getElementById("shell");
    if (many) shell.append(make("p", { className: "strong" }, `${many} ${many === 1 ? "entry is" : "entries are"} kept in this browser, sealed.`));
    return until();
  }
  ({ key } = held);
  const { slow } = document.getElementById("shell").dataset;
  const whole = new DOMParser().parseFromString(page.html, "text/html");
  document.getElementById("main").replaceChildren(...[...whole.body.childNodes].map((part) => document.adoptNode(part)));
  take(document.getElementById("queue"));
  became(slow === undefined ? "away" : "slow");
  box.before(make("div", { id: "opened-without", className: "note due" }, make("p", { className: "strong" }, `Opened without the server: this is how the flow-sheet stood at ${clock(page.at)}.`)));
  version = "";
  without = true;
  return begin();
}

if (store.usable()) {
  const found = document.getElementById("queue");
  if (found) {
    take(found);
    store.keepKey(person, box.dataset.key).then(
      (made) => {
        key = made;
        box.removeAttribute("data-key");
        keepPage(main);
        return begin();
      },
      () => {}, // nothing can be kept here; the forms work as they are
    );
  } else if (document.getElementById("shell")) {
    beginWithout().catch(() => {});
  }
}
