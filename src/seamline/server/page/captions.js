// Words over the pictures: a caption under each in the grid, else what stands on which side.

import { CHECKED, h, OPINIONS, short } from "./dom.js";

// Return what stands over `cells`, the places that pictures are drawn in.
export function captions(look, cells) {
  const { state } = look;
  return state.mode === "grid" ? cells.map((cell) => caption(look, cell)) : labels(state);
}

function caption(look, { id, box }) {
  const { facts, a } = look.state;
  const version = look.version(id);
  const failed = version.findings.filter((f) => f.verdict === "fail").length;
  const said = Object.values(version.verdicts).map((one) => OPINIONS[one]);
  const notes = facts.notes.filter((n) => n.element === id && (n.text || n.strokes.length));
  const made = h("button", {
    type: "button", class: id === a ? "caption on" : "caption", click: () => look.select(id),
    "aria-pressed": id === a ? "true" : "false",
  },
  h("b", {}, short(id)),
  facts.chosen === id && h("span", { class: "state" }, "★ chosen"),
  version.signed.length > 0 && h("span", { class: "state signed" }, "✓ signed"),
  failed > 0 && h("span", { class: "chip fail" }, `${CHECKED.fail[1]} ${failed} fail`),
  said.map(([kind, mark, word]) => h("span", { class: `chip ${kind}`, title: word }, mark)),
  notes.length > 0 && h("span", { class: "soft" }, `✎ ${notes.length}`));
  made.style.left = `${box[0]}px`;
  made.style.top = `${box[1] + box[3] + 2}px`;
  made.style.width = `${box[2]}px`;
  return made;
}

function labels({ mode, a, b, flipped, flash, gain }) {
  const words = (id) => (id === "plate" ? "plate" : short(id));
  const label = (side, text) => h("span", { class: `label ${side}` }, text);
  if (mode === "wipe") return [label("left", words(a)), label("right", words(b))];
  if (mode === "difference") {
    return [label("left", `${words(a)} − ${words(b)}, × ${gain}`)];
  }
  const id = flash ? "plate" : mode === "toggle" && flipped ? b : a;
  return [label("left", words(id))];
}
