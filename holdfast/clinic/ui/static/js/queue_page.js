// Brings a newer page of the same flow-sheet into the open one, without taking away what somebody is typing.

function nameOf(part) {
  const said = part.id || part.getAttribute("aria-labelledby") || part.getAttribute("aria-label");
  return `${part.tagName} ${said || part.querySelector(":scope > summary")?.textContent.trim() || part.className}`;
}

// The parts of a page by their names; of several with one name, as the columns are, each by its place among them.
function named(parts) {
  const seen = new Map();
  return [...parts].map((part) => {
    const name = nameOf(part);
    const place = seen.get(name) ?? 0;
    seen.set(name, place + 1);
    return [`${name} ${place}`, part];
  });
}

export function changed(field) {
  if (field.type === "hidden" || field.disabled) return false;
  if (field.type === "checkbox" || field.type === "radio") return field.checked !== field.defaultChecked;
  if (field.tagName === "SELECT") return [...field.options].some((o) => o.selected !== o.defaultSelected && o.index > 0);
  return field.value !== field.defaultValue;
}

export function busy(part) {
  const at = document.activeElement;
  if (at && part.contains(at) && at.matches("input, select, textarea")) return true;
  return [...part.querySelectorAll("input, select, textarea")].some(changed);
}

function keepOpen(old, fresh) {
  const theirs = new Map(named([fresh, ...fresh.querySelectorAll("details")]));
  for (const [name, was] of named([old, ...old.querySelectorAll("details")])) {
    const now = theirs.get(name);
    if (was.open && now?.tagName === "DETAILS") now.open = true;
  }
}

// Typed fields stay; the last values beside them are brought up to now.
function hints(old, fresh) {
  for (const hint of old.querySelectorAll(".hint[id]")) {
    const now = fresh.querySelector(`#${CSS.escape(hint.id)}`);
    if (now) hint.textContent = now.textContent;
  }
}

export function merge(old, fresh) {
  const held = new Map(named(old.children));
  const next = named(fresh.children).map(([name, part]) => {
    const mine = held.get(name);
    if (!mine) return part;
    held.delete(name);
    if (mine.id === "queue" || mine.id === "queue-bar") return mine;
    if (mine.matches(".flow-grid, .col")) {
      merge(mine, part);
      return mine;
    }
    if (busy(mine)) {
      hints(mine, part);
      return mine;
    }
    keepOpen(mine, part);
    return part;
  });
  const stay = new Set([...next, ...[...held.values()].filter(busy)]);
  for (const part of [...old.children]) if (!stay.has(part)) part.remove();
  let at = old.firstElementChild;
  for (const part of next) {
    while (at && !next.includes(at)) at = at.nextElementSibling;
    if (part === at) at = at.nextElementSibling;
    else old.insertBefore(document.adoptNode(part), at);
  }
}

// What had the keyboard's place has it again, where a part with it was replaced by a newer one that says the same.
export function keepingFocus(main, work) {
  const at = document.activeElement;
  const alike = () => (at ? [...main.querySelectorAll(at.tagName)].filter((e) => e.textContent === at.textContent) : []);
  const place = alike().indexOf(at);
  work();
  if (place >= 0 && !main.contains(at)) alike()[place]?.focus({ preventScroll: true });
}
