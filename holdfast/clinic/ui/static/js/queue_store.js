// What this browser keeps until the server has it: entries in IndexedDB, each sealed with its person's key.
// The key comes with the person's own page, cannot be read out again, and is forgotten when they sign out, when
// another person signs in, and after the time of the inactivity lock. Sealed entries stay until that person is back.

const NAME = "holdfast-queue";
const STORES = { entries: { keyPath: "n", autoIncrement: true }, keys: { keyPath: "person" }, pages: { keyPath: "path" } };
const KEPT_PAGE_MS = 12 * 3600 * 1000;
let opening = null;

export function usable() {
  return Boolean(window.isSecureContext && window.indexedDB && window.crypto?.subtle && navigator.locks);
}

function database() {
  opening ??= new Promise((resolve, reject) => {
    const asked = indexedDB.open(NAME, 1);
    asked.onupgradeneeded = () => {
      for (const [name, options] of Object.entries(STORES)) asked.result.createObjectStore(name, options);
    };
    asked.onsuccess = () => resolve(asked.result);
    asked.onerror = () => reject(asked.error);
  });
  return opening;
}

// Resolves only when the transaction is on the disk, not when it was asked for.
async function within(store, mode, work) {
  const db = await database();
  return new Promise((resolve, reject) => {
    const change = db.transaction(store, mode, { durability: "strict" });
    const asked = work(change.objectStore(store));
    change.oncomplete = () => resolve(asked?.result);
    change.onerror = () => reject(change.error);
    change.onabort = () => reject(change.error);
  });
}

async function sealed(key, value) {
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const bytes = new TextEncoder().encode(JSON.stringify(value));
  return { iv, bytes: await crypto.subtle.encrypt({ name: "AES-GCM", iv }, key, bytes) };
}

async function unsealed(key, seal) {
  const bytes = await crypto.subtle.decrypt({ name: "AES-GCM", iv: seal.iv }, key, seal.bytes);
  return JSON.parse(new TextDecoder().decode(bytes));
}

// The key of the person whose page this is; whatever of other people could be read here is forgotten.
export async function keepKey(person, text) {
  const raw = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
  const key = await crypto.subtle.importKey("raw", raw, "AES-GCM", false, ["encrypt", "decrypt"]);
  await forget(person);
  await hold(person, key);
  return key;
}

export async function hold(person, key) {
  await within("keys", "readwrite", (keys) => keys.put({ person, key, active_at: Date.now() }));
}

export async function keptKeys() {
  return within("keys", "readonly", (keys) => keys.getAll());
}

export async function touch(person) {
  const kept = await within("keys", "readonly", (keys) => keys.get(person));
  if (kept) await within("keys", "readwrite", (keys) => keys.put({ ...kept, active_at: Date.now() }));
}

// Has the person's hand been here in the last so many milliseconds? A clock that was set back says no more than one ahead.
export async function inUse(person, withinMs) {
  const kept = await within("keys", "readonly", (keys) => keys.get(person));
  return Boolean(kept) && Math.abs(Date.now() - kept.active_at) <= withinMs;
}

// Keys and pages of everybody but `person`. Sealed entries stay: they wait for whoever made them.
export async function forget(person = null) {
  for (const name of ["keys", "pages"]) {
    for (const kept of await within(name, "readonly", (store) => store.getAll())) {
      const old = name === "pages" && Math.abs(Date.now() - kept.at) > KEPT_PAGE_MS;
      if (kept.person !== person || old) {
        await within(name, "readwrite", (store) => store.delete(name === "pages" ? kept.path : kept.person));
      }
    }
  }
}

export async function add(person, key, entry) {
  const seal = await sealed(key, entry);
  return within("entries", "readwrite", (entries) => entries.add({ person, seal }));
}

export async function change(person, key, { n, ...entry }) {
  const seal = await sealed(key, entry);
  return within("entries", "readwrite", (entries) => entries.put({ n, person, seal }));
}

export async function remove(n) {
  return within("entries", "readwrite", (entries) => entries.delete(n));
}

// The person's entries in the order they were made, and how many of theirs no key opens.
export async function entriesOf(person, key) {
  const found = [];
  let lost = 0;
  for (const kept of await within("entries", "readonly", (entries) => entries.getAll())) {
    if (kept.person !== person) continue;
    try {
      found.push({ n: kept.n, ...(await unsealed(key, kept.seal)) });
    } catch {
      lost += 1;
    }
  }
  return { found, lost };
}

// How many are kept, of everybody or of one person; for that no key is needed.
export async function waitingOf(person = null) {
  const all = await within("entries", "readonly", (entries) => entries.getAll());
  return all.filter((kept) => person === null || kept.person === person).length;
}

export async function keepPage(person, key, path, html) {
  const seal = await sealed(key, html);
  return within("pages", "readwrite", (pages) => pages.put({ path, person, at: Date.now(), seal }));
}

export async function pageOf(person, key, path) {
  const kept = await within("pages", "readonly", (pages) => pages.get(path));
  if (!kept || kept.person !== person || Math.abs(Date.now() - kept.at) > KEPT_PAGE_MS) return null;
  return { at: kept.at, html: await unsealed(key, kept.seal) };
}
