// Above and below the pictures: ways of looking, the clock, what is under the pointer.

import { fill, h, short } from "./dom.js";
import { help } from "./keys.js";

const MODES = [
  ["grid", "All", "N"], ["single", "One", "Enter"], ["wipe", "Wipe", "W"],
  ["difference", "Difference", "D"], ["toggle", "Flip", "X"],
];
const CHANNELS = [["rgb", "RGB"], ["r", "R"], ["g", "G"], ["b", "B"], ["a", "Matte"], ["luma", "Y"]];
const NOT_A_REFERENCE = "Not a calibrated reference display: judge colour and grain on one.";

export class Bars {
  constructor(look) {
    this.look = look;
    const { state } = look;
    const pressed = (list, act, label) => h("div", { class: "group", role: "group",
      "aria-label": label }, list.map(([name, word, key]) => h("button", {
      type: "button", "data-name": name, title: key ? `${word} (${key})` : word,
      click: () => act(name) }, word)));
    this.modes = pressed(MODES, (name) => (name === "grid" ? look.grid() : look.mode(name)), "Ways of looking");
    this.channels = pressed(CHANNELS, (channel) => look.set({ channel }), "Channels");
    this.other = h("select", { id: "other", change: (e) => look.set({ b: e.target.value }) });
    this.exposure = h("input", { id: "exposure", type: "range", min: -10, max: 10, step: 0.25,
      input: (e) => look.set({ exposure: Number(e.target.value) }) });
    this.stops = h("output", { for: "exposure" });
    this.gamma = h("input", { id: "gamma", type: "range", min: 0.5, max: 2.5, step: 0.05,
      input: (e) => look.set({ gamma: Number(e.target.value) }) });
    this.power = h("output", { for: "gamma" });
    this.view = h("select", { id: "view", change: (e) => look.see(e.target.value) });
    this.tools = h("nav", { class: "tools", "aria-label": "Looking" },
      this.modes,
      h("label", { class: "field other" }, "against", this.other),
      h("label", { class: "field" }, "Exposure", this.exposure, this.stops),
      h("label", { class: "field" }, "Gamma", this.gamma, this.power),
      this.channels,
      h("label", { class: "field view" }, "View", this.view),
      h("button", { type: "button", title: "Keys (?)", "aria-label": "Keys", click: () => help(look) }, "?"));
    this.status = h("span", { class: "steps" });
    this.playing = h("button", { type: "button", class: "play", click: () => look.play() });
    this.scrub = h("input", { id: "frame", type: "range", "aria-label": "Frame", step: 1,
      input: (e) => look.go(Number(e.target.value)) });
    this.number = h("output", { for: "frame", class: "number" });
    this.marks = h("div", { class: "marks", "aria-hidden": "true" });
    this.rate = h("span", { class: "soft rate" });
    this.time = h("section", { class: "time", "aria-label": "Frames" },
      this.playing, h("div", { class: "track" }, this.marks, this.scrub), this.number, this.rate);
    this.values = h("span", { class: "values" });
    this.origin = h("span", { class: "origin" });
    this.net = h("span", { class: "soft", title: "Whether the server is heard" });
    this.foot = h("footer", { class: "foot" }, this.values, this.origin,
      h("span", { class: "warn" }, "⚠ ", NOT_A_REFERENCE), this.net);
    this.state = state;
  }

  show() {
    const { state, look } = this;
    const { index, facts } = state;
    const press = (group, name) => {
      for (const one of group.children) {
        one.setAttribute("aria-pressed", String(one.dataset.name === name));
      }
    };
    press(this.modes, state.mode);
    press(this.channels, state.channel);
    this.choices(this.other, look.sources.map((id) => [id, id === "plate" ? "plate" : short(id)]), state.b);
    this.choices(this.view, index.views.map(({ name }) => [name, this.viewWords(name)]), state.view);
    const signed = (value) => (value > 0 ? "+" : value < 0 ? "−" : "±") + Math.abs(value).toFixed(2);
    this.exposure.value = state.exposure;
    this.stops.textContent = signed(state.exposure);
    this.gamma.value = state.gamma;
    this.power.textContent = state.gamma.toFixed(2);
    this.scrub.min = index.first;
    this.scrub.max = index.last;
    this.scrub.value = state.frame;
    this.number.textContent = String(state.frame);
    this.playing.textContent = state.playing ? "❚❚ Stop" : "▶ Play";
    this.playing.setAttribute("aria-pressed", String(state.playing));
    fill(this.status, facts.status.done.map((word) => h("span", { class: "step" }, word)),
      facts.status.next && h("span", { class: "soft" }, `next: ${facts.status.next}`));
    this.tell(state.origin);
    this.pin();
  }

  // Options are made anew only where they are others: an open list must not flicker.
  choices(select, list, value) {
    const key = list.map((one) => one.join("\t")).join("\n");
    if (select.dataset.list !== key) {
      fill(select, list.map(([name, word]) => h("option", { value: name }, word)));
      select.dataset.list = key;
    }
    select.value = value;
  }

  // Anything but sRGB was made for another screen than a browser has.
  viewWords(name) {
    return name.startsWith("sRGB") ? name : `${name}  (for another display)`;
  }

  pin() {
    const { index, facts, a } = this.state;
    const count = Math.max(1, index.last - index.first);
    const key = `${a} ${facts.notes.length}`;
    if (this.pinned === key) return;
    this.pinned = key;
    const frames = new Set(facts.notes.filter((n) => n.element === a).map((n) => n.frame));
    fill(this.marks, [...frames].map((frame) => {
      const mark = h("i", {});
      mark.style.left = `${((frame - index.first) / count) * 100}%`;
      return mark;
    }));
  }

  drawn(drawn, exact, count, smaller) {
    const { state, look } = this;
    const waits = exact < count ? `${exact} of ${count} pictures there` : "";
    const rate = state.playing ? `${look.frames.length} frames a second` : "";
    const small = smaller ? "smaller while it moves" : "";
    const words = [rate, waits, small, this.ready].filter(Boolean).join(" · ");
    if (this.rate.textContent !== words) this.rate.textContent = words;
  }

  nearer(words) {
    this.ready = words;
    this.rate.textContent = words;
  }

  live(there) {
    this.net.textContent = there ? "● live" : "○ the server is not heard";
  }

  // Values under the pointer: of what is shown, and last the plate with its matte.
  read(at, found) {
    if (!at) return void (this.values.textContent = "");
    const { index } = this.state;
    const number = (v) => (Math.abs(v) >= 1000 ? v.toFixed(0) : v.toPrecision(4));
    const words = found.slice(0, -1).map(({ id, values, exact }) => {
      const name = id === "plate" ? "plate" : short(id);
      if (!values) return `${name} …`;
      return `${name}${exact ? "" : " ≈"}  ${values.slice(0, 3).map(number).join("  ")}`;
    });
    const plate = found[found.length - 1].values;
    const matte = plate ? `matte ${plate[3].toFixed(3)}` : "";
    this.values.textContent =
      [`${at[0]}, ${at[1]}`, ...words, matte, `linear ${index.working_space}`].filter(Boolean).join("   ");
  }

  tell(origin) {
    if (!origin) {
      const ask = { type: "button", class: "ask", click: () => this.look.trace() };
      return void fill(this.origin, h("button", ask, "O: where the pixel pointed at came from"));
    }
    if (origin.says) return void (this.origin.textContent = origin.says);
    const at = `${origin.pixel.x}, ${origin.pixel.y}: `;
    if (origin.origin === "plate" || !origin.sources) {
      const words = origin.origin === "plate" ? "the plate's own pixel" : origin.origin;
      return void (this.origin.textContent = at + words);
    }
    // Moments of the shutter see neighbours: one line a reference, at its largest share.
    const from = new Map();
    for (const one of origin.sources) {
      const name = one.file || one.reference;
      const before = from.get(name);
      if (before) before.share += one.share;
      else from.set(name, { ...one, name });
    }
    const words = [...from.values()].slice(0, 3).map((one) => {
      const whose = [one.owner, one.licence].filter(Boolean).join(", ");
      return `${Math.round(one.share * 100)} % ${one.name} at ${one.x}, ${one.y}${whose ? ` (${whose})` : ""}`;
    });
    this.origin.textContent = this.origin.title = at + words.join("; ");
  }
}
