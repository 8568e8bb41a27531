// The forms of a flow-sheet: what one holds, what cannot be sent, and an entry that was refused put back in its place.

const NOT_OWN = ["csrfmiddlewaretoken", "key"];

export function kindOf(form) {
  return new URL(form.action, location.href).pathname.match(/\/flow-sheet\/record\/([a-z-]+)\/$/)?.[1] ?? null;
}

export function fieldsOf(form) {
  return Object.fromEntries([...new FormData(form)].filter(([name, value]) => !NOT_OWN.includes(name) && value !== ""));
}

function words(field) {
  const label = field.labels?.[0]?.cloneNode(true);
  label?.querySelectorAll(".hint").forEach((hint) => hint.remove());  // "optional" says nothing of what was entered
  return (label?.textContent ?? "").trim().replace(/\s+/g, " ");
}

// In the words of the page: what was filled in, for the list of what waits.
export function told(form) {
  const parts = [];
  for (const field of form.elements) {
    if (!field.name || field.type === "hidden" || field.name === "moaas_anchor_set") continue;
    if (field.type === "radio" || field.type === "checkbox") {
      if (!field.checked || (field.type === "radio" && field.value === "")) continue;
      const group = field.closest("fieldset")?.querySelector("legend")?.textContent.trim();
      parts.push(group ? `${group}: ${words(field)}` : words(field));
    } else if (field.tagName === "SELECT") {
      if (field.value) parts.push(`${words(field)}: ${field.selectedOptions[0].textContent.trim()}`);
    } else if (field.value) {
      parts.push(`${words(field)} ${field.value}`);
    }
  }
  return parts.join("; ");
}

export function clean(form) {
  delete form.dataset.refused;
  for (const part of form.querySelectorAll("[data-queue-fault]")) part.remove();
  for (const field of form.querySelectorAll("[aria-invalid]")) field.removeAttribute("aria-invalid");
}

function mark(form, name, sentence) {
  const field = [...form.elements].find((e) => e.name === name && e.type !== "hidden");
  if (!field) return false;
  const place = field.closest("fieldset, .field") ?? field;
  const line = Object.assign(document.createElement("div"), { className: "field-error", textContent: sentence });
  line.id = `${field.id}_queue_fault`;
  line.dataset.queueFault = "";
  place.append(line);
  field.closest("details")?.setAttribute("open", "");
  field.setAttribute("aria-invalid", "true");
  field.setAttribute("aria-describedby", line.id);
  return true;
}

// What a rule refused, in parts: one sentence where it has one reason, else what it was about and each reason on a line.
export function refusalParts({ reason, reasons = [] }) {
  if (reasons.length < 2) return { head: reason, lines: [] };
  return { head: `${reason.split(": ")[0]}:`, lines: reasons };
}

export function lineList(lines) {
  const list = document.createElement("ul");
  list.append(...lines.map((line) => Object.assign(document.createElement("li"), { textContent: line })));
  return list;
}

export function refuse(form, sentence, fields = {}, lines = []) {
  clean(form);
  const note = Object.assign(document.createElement("div"), { className: "note late", role: "alert" });
  note.dataset.queueFault = "";
  note.append(Object.assign(document.createElement("p"), { className: "strong", textContent: `Not entered. ${sentence}` }));
  if (lines.length) note.append(lineList(lines));
  form.prepend(note);
  for (const [name, said] of Object.entries(fields)) mark(form, name, said.join(" "));
  form.closest("details")?.setAttribute("open", "");
}

// What a browser can see for itself, so that nothing empty or unreadable is kept for hours.
export function faults(form) {
  const found = {};
  for (const field of form.elements) {
    if (!field.name || !field.willValidate) continue;
    if (field.validity.badInput) found[field.name] = ["Enter a number."];
    else if (field.validity.valueMissing) found[field.name] = ["Not filled in yet."];
  }
  const own = Object.keys(fieldsOf(form)).filter((name) => name !== "made_at" && name !== "moaas_anchor_set");
  if (kindOf(form) === "observation" && own.length === 0 && !Object.keys(found).length) return { "": ["Enter at least one value."] };
  return Object.keys(found).length ? found : null;
}

// The form of the kind on this page; of several overrides the one about the same finding.
export function formFor(entry) {
  return [...document.querySelectorAll("form.entry-form")].find(
    (form) => kindOf(form) === entry.kind && (!entry.fields.finding || form.elements.finding?.value === entry.fields.finding),
  );
}

export function fill(form, entry) {
  form.reset();
  for (const field of form.elements) {
    if (!field.name || NOT_OWN.includes(field.name)) continue;
    const value = entry.fields[field.name];
    if (field.type === "checkbox") field.checked = value !== undefined;
    else if (field.type === "radio") field.checked = field.value === (value ?? "");
    else if (value !== undefined) field.value = value;
    if (value && !["radio", "checkbox"].includes(field.type)) field.closest("details")?.setAttribute("open", "");
  }
  for (let part = form.closest("details"); part; part = part.parentElement?.closest("details")) part.open = true;
}
