// Elements made in code: what people wrote is text here, and never HTML.

export function h(name, given, ...inside) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(given ?? {})) {
    if (value === undefined || value === null || value === false) continue;
    if (typeof value === "function") made.addEventListener(key, value);
    else if (key === "value") made.value = value;
    else made.setAttribute(key, value === true ? "" : String(value));
  }
  made.append(...inside.flat(9).filter((one) => one !== null && one !== undefined && one !== false));
  return made;
}

export const byId = (id) => document.getElementById(id);

export function fill(element, ...inside) {
  element.replaceChildren(...inside.flat(9).filter(Boolean));
  return element;
}

let hush = 0;

export function say(words, bad = false) {
  const told = byId("said");
  told.textContent = words;
  told.className = bad ? "bad up" : "up";
  clearTimeout(hush);
  hush = setTimeout(() => (told.className = bad ? "bad" : ""), bad ? 9000 : 4000);
}

export function sayProblem(error) {
  say([error.message, error.remedy].filter(Boolean).join(" — "), true);
}

// b03, and v002 where it is not the first.
export function short(id) {
  const found = /_(b\d+)_(v\d+)$/.exec(id);
  if (!found) return id;
  return found[2] === "v001" ? found[1] : `${found[1]} ${found[2]}`;
}

// A verdict of a check: shape and word, never colour alone.
export const CHECKED = {
  fail: ["fail", "✕"],
  "not comparable": ["apart", "≈"],
  "not checked": ["open", "○"],
  pass: ["pass", "✓"],
};

// A verdict of a person.
export const OPINIONS = {
  works: ["pass", "▲", "works"],
  nearly: ["apart", "◆", "nearly"],
  no: ["fail", "▼", "no"],
};

export function chip([kind, mark, word], extra = "") {
  return h("span", { class: `chip ${kind}` }, `${mark} ${word ?? ""}${extra}`.trim());
}

export const when = (at) => at.replace("T", " ").replace("Z", " UTC");
