// The pictures on the screen: side by side, alone, wiped, their difference; zoom and pan.

import { fromHalf, Pictures } from "./pictures.js";
import { Renderer } from "./gl.js";

const GAP = 12;
const CAPTION = 26;
const AHEAD = 4;
const BUSY_MS = 6;
const SURROUNDS = [0.18, 0.09, 0.463]; // dark, darker, and 18 % grey in sRGB

export class Viewer {
  constructor(canvas, over, state, tell) {
    this.canvas = canvas;
    this.over = over;
    this.state = state;
    this.tell = tell; // {drawn, hover, selected}
    this.renderer = new Renderer(canvas);
    this.pictures = new Pictures(this.renderer, () => this.redraw());
    this.last = new Map();
    this.asked = false;
    this.zoom = 1;
    this.centre = [0.5, 0.5];
    this.cut = 0.5;
    this.draft = [];
    this.size = [0, 0];
    new ResizeObserver(() => this.redraw()).observe(canvas.parentElement);
  }

  // Have the first pictures come before anything can be drawn.
  ask() {
    const { clientWidth, clientHeight } = this.canvas.parentElement;
    this.size = [clientWidth, clientHeight];
    this.pictures.want(this.wishes(this.cells()));
  }

  redraw() {
    if (this.asked) return;
    this.asked = true;
    const next = () => {
      if (this.renderer.busy) return void setTimeout(next, BUSY_MS);
      this.asked = false;
      this.draw();
    };
    requestAnimationFrame(next);
  }

  // -- where things lie, in CSS pixels from the canvas's top left -----------------------

  get aspect() {
    const { index } = this.state;
    return (index.width_px * index.pixel_aspect) / index.height_px;
  }

  get compares() {
    return ["wipe", "difference"].includes(this.state.mode);
  }

  cells() {
    const [width, height] = this.size;
    if (this.state.mode !== "grid") {
      const box = [0, 0, width, height];
      return [{ id: this.shownAlone, box, picture: this.placed(box) }];
    }
    const ids = this.state.row;
    let best = { wide: 0, columns: 1 };
    for (let columns = 1; columns <= ids.length; columns += 1) {
      const rows = Math.ceil(ids.length / columns);
      const wide = Math.min(
        (width - GAP * (columns + 1)) / columns,
        ((height - GAP) / rows - GAP - CAPTION) * this.aspect,
      );
      if (wide > best.wide) best = { wide, columns, rows };
    }
    const wide = Math.floor(best.wide), tall = Math.floor(wide / this.aspect);
    const left = Math.floor((width - best.columns * (wide + GAP) + GAP) / 2);
    const used = best.rows * (tall + CAPTION + GAP) - GAP;
    const top = Math.max(GAP / 2, Math.floor((height - used) / 2));
    return ids.map((id, place) => {
      const column = place % best.columns, row = Math.floor(place / best.columns);
      const box = [left + column * (wide + GAP), top + row * (tall + CAPTION + GAP), wide, tall];
      return { id, box, picture: this.placed(box) };
    });
  }

  get shownAlone() {
    const { mode, flipped, a, b } = this.state;
    return mode === "toggle" && flipped ? b : a;
  }

  placed([left, top, width, height]) {
    const wide = Math.min(width, height * this.aspect) * this.zoom;
    const tall = wide / this.aspect;
    return [
      left + width / 2 - this.centre[0] * wide,
      top + height / 2 - this.centre[1] * tall,
      wide,
      tall,
    ];
  }

  // The size of the whole picture on the screen, in its own pixels: what a signature says.
  get seenSize() {
    const own = window.devicePixelRatio || 1;
    const [, , wide, tall] = this.cells()[0].picture;
    return [Math.max(1, Math.round(wide * own)), Math.max(1, Math.round(tall * own))];
  }

  cellAt(x, y) {
    return this.cells().find(
      ({ box }) => x >= box[0] && y >= box[1] && x < box[0] + box[2] && y < box[1] + box[3],
    );
  }

  // Display-window pixels, not rounded, of a place on the screen.
  pixelAt(x, y, cell) {
    const { index } = this.state;
    const [left, top, wide, tall] = cell.picture;
    return [
      ((x - left) / wide) * index.width_px,
      ((y - top) / tall) * index.height_px,
    ];
  }

  placeOf([x, y], cell) {
    const { index } = this.state;
    const [left, top, wide, tall] = cell.picture;
    return [left + (x / index.width_px) * wide, top + (y / index.height_px) * tall];
  }

  // -- which files -----------------------------------------------------------------------

  names(id, frame) {
    const { index } = this.state;
    const frames = id === "plate" ? index.plate : index.versions[id]?.frames;
    return frames?.[frame];
  }

  wish(id, frame, level) {
    const name = this.names(id, frame)?.[level];
    if (!name) return null;
    const { width_px: width, height_px: height } = this.state.index.levels[level];
    return { shot: this.state.shot, name, width, height, channels: id === "plate" ? 4 : 3 };
  }

  // The best that is there: large, small, else what stood here before.
  best(id, frame, large) {
    const names = this.names(id, frame);
    // While frames are passed by, a large picture is taken only where it stands ready.
    if (large && this.state.moving && !this.state.playing) {
      large = Boolean(this.pictures.get(names?.large)?.texture);
    }
    const ready = (level) => this.pictures.get(names[level])?.texture;
    const order = large ? ["large", "small"] : ["small", "large"];
    for (const level of large || !names ? order : order.filter((l) => l === "small" || ready(l))) {
      const texture = names && this.pictures.texture(names[level]);
      if (texture) {
        this.last.set(id, names[level]);
        return { texture, name: names[level], exact: true };
      }
    }
    const name = this.last.get(id);
    const texture = name && this.pictures.texture(name);
    return { texture: texture || null, name, exact: false };
  }

  wantsLarge(cell) {
    const own = window.devicePixelRatio || 1;
    return cell.picture[2] * own > this.state.index.levels.small.width_px * 1.25;
  }

  wishes(cells) {
    const { frame, index, mode, playing, moving, a, b } = this.state;
    const large = this.wantsLarge(cells[0]);
    const still = large && !(playing && mode === "grid") && (playing || !moving);
    const list = [];
    const ids = cells.map((cell) => cell.id);
    if (mode !== "grid" && (this.compares || mode === "toggle")) {
      for (const id of [a, b]) if (!ids.includes(id)) ids.push(id);
    }
    const matte = this.state.channel === "a";
    const all = matte || this.state.flash ? [...ids, "plate"] : ids;
    for (const id of all) list.push(this.wish(id, frame, "small"));
    if (still) for (const id of all) list.push(this.wish(id, frame, "large"));
    if (!playing) list.push(this.wish("plate", frame, "small"));
    const count = index.last - index.first + 1;
    const far = playing ? (mode === "grid" ? AHEAD : count - 1) : 1;
    for (let step = 1; step <= Math.min(far, count - 1); step += 1) {
      const next = index.first + ((frame - index.first + step) % count);
      for (const id of ids) list.push(this.wish(id, next, still ? "large" : "small"));
    }
    return list.filter(Boolean);
  }

  // -- drawing ---------------------------------------------------------------------------

  draw() {
    const { state, renderer } = this;
    if (!state.index || !renderer.current) return;
    const own = window.devicePixelRatio || 1;
    const { clientWidth: width, clientHeight: height } = this.canvas.parentElement;
    this.size = [width, height];
    for (const one of [this.canvas, this.over]) {
      if (one.width !== Math.round(width * own) || one.height !== Math.round(height * own)) {
        one.width = Math.round(width * own);
        one.height = Math.round(height * own);
      }
    }
    this.pictures.begin();
    const cells = this.cells();
    const large = this.wantsLarge(cells[0]);
    const plate = this.best("plate", state.frame, large);
    let drawn = 0, exact = 0;
    const jobs = [], names = [];
    for (const cell of cells) {
      const id = state.flash && state.index.plate[state.frame] ? "plate" : cell.id;
      const a = this.best(id, state.frame, large);
      const b = this.compares ? this.best(state.b, state.frame, large) : a;
      if (!a.texture || !b.texture) continue;
      drawn += 1;
      exact += Number(a.exact && b.exact);
      const scaled = (rect) => rect.map((side) => Math.round(side * own));
      names.push(a.name, b.name, plate.name);
      jobs.push({
        box: scaled(cell.box),
        picture: cell.picture.map((side) => side * own),
        a: a.texture,
        b: b.texture,
        plate: plate.texture,
        mode: this.compares ? state.mode : "single",
        channel: state.channel,
        cut: this.cut,
        gain: state.gain,
        exposure: state.exposure,
        gamma: state.gamma,
        sharp: cell.picture[2] * own > state.index.levels.large.width_px * 2,
      });
    }
    // What stands on the screen already is not drawn again.
    const surround = SURROUNDS[state.surround % SURROUNDS.length];
    const key = JSON.stringify([state.view, surround, ...this.size, own, names, jobs]);
    if (key !== this.stands) {
      this.stands = key;
      renderer.clear(surround);
      for (const job of jobs) renderer.draw(job);
      renderer.end();
    }
    this.drawOver(cells, own);
    this.pictures.want(this.wishes(cells));
    this.tell.drawn({ cells, drawn, exact });
  }

  drawOver(cells, own) {
    const { state } = this;
    const pen = this.over.getContext("2d");
    pen.setTransform(own, 0, 0, own, 0, 0);
    pen.clearRect(0, 0, ...this.size);
    pen.lineJoin = pen.lineCap = "round";
    for (const cell of cells) {
      pen.save();
      pen.beginPath();
      pen.rect(...cell.box);
      pen.clip();
      const noted = state.showNotes
        ? state.facts.notes.filter((n) => n.element === cell.id && n.frame === state.frame)
        : [];
      const chosen = noted.filter((n) => !state.note || n === state.note);
      for (const note of chosen) for (const stroke of note.strokes) this.line(pen, stroke, cell);
      if (cell.id === state.a) for (const stroke of this.draft) this.line(pen, stroke, cell);
      if (state.place && cell.id === state.a) this.mark(pen, state.place, cell);
      pen.restore();
      if (state.mode === "grid" && cell.id === state.a) {
        const [left, top, width, height] = cell.box;
        pen.strokeStyle = "#fff";
        pen.lineWidth = 2;
        pen.strokeRect(left - 2, top - 2, width + 4, height + 4);
      }
    }
    if (state.mode === "wipe") {
      const [left, top, wide, tall] = cells[0].picture;
      const x = left + this.cut * wide;
      const [above, below] = [Math.max(0, top), Math.min(this.size[1], top + tall)];
      pen.strokeStyle = "#000a";
      pen.lineWidth = 4;
      pen.strokeRect(x, above, 0, below - above);
      pen.strokeStyle = "#fff";
      pen.lineWidth = 2;
      pen.strokeRect(x, above, 0, below - above);
      pen.fillStyle = "#fff";
      pen.beginPath();
      pen.arc(x, (above + below) / 2, 9, 0, 7);
      pen.fill();
    }
  }

  line(pen, stroke, cell) {
    const path = new Path2D();
    stroke.forEach((point, place) => {
      const at = this.placeOf(point, cell);
      if (place) path.lineTo(...at);
      else path.moveTo(...at);
    });
    for (const [ink, width] of [["#000c", 6], ["#ffe08a", 3]]) {
      pen.strokeStyle = ink;
      pen.lineWidth = width;
      pen.stroke(path);
    }
  }

  mark(pen, [x, y, width, height], cell) {
    const [left, top] = this.placeOf([x, y], cell);
    const [right, bottom] = this.placeOf([x + width, y + height], cell);
    for (const [ink, wide] of [["#000c", 5], ["#fff", 2]]) {
      pen.strokeStyle = ink;
      pen.lineWidth = wide;
      pen.setLineDash(wide === 2 ? [8, 5] : []);
      pen.strokeRect(left - 3, top - 3, right - left + 6, bottom - top + 6);
    }
    pen.setLineDash([]);
  }

  // -- looking ---------------------------------------------------------------------------

  zoomBy(factor, x = this.size[0] / 2, y = this.size[1] / 2) {
    const cell = this.cellAt(x, y) ?? this.cells()[0];
    const [left, top, wide, tall] = cell.picture;
    const at = [(x - left) / wide, (y - top) / tall];
    const before = this.zoom;
    this.zoom = Math.min(128, Math.max(1, this.zoom * factor));
    if (this.zoom === 1) this.centre = [0.5, 0.5];
    else {
      const grown = this.zoom / before;
      this.centre = this.centre.map((c, i) => at[i] + (c - at[i]) / grown);
    }
    this.redraw();
  }

  // One pixel of the picture on so many of the screen.
  pixels(count) {
    const own = window.devicePixelRatio || 1;
    const cell = this.cells()[0];
    const now = (cell.picture[2] * own) / this.state.index.width_px;
    this.zoomBy(count / now, ...(this.pointer ?? []));
  }

  fit() {
    this.zoom = 1;
    this.centre = [0.5, 0.5];
    this.redraw();
  }

  panBy(dx, dy) {
    const [, , wide, tall] = this.cells()[0].picture;
    this.centre = [this.centre[0] - dx / wide, this.centre[1] - dy / tall].map((c) =>
      Math.min(1, Math.max(0, c)),
    );
    this.redraw();
  }

  // Scene-linear values of one picture at a place, from what was loaded of it.
  value(id, [x, y]) {
    const { index, frame } = this.state;
    if (x < 0 || y < 0 || x >= index.width_px || y >= index.height_px) return null;
    for (const level of ["large", "small"]) {
      const found = this.pictures.get(this.names(id, frame)?.[level]);
      if (!found) continue;
      const column = Math.floor((x * found.width) / index.width_px);
      const row = Math.floor((y * found.height) / index.height_px);
      const at = (row * found.width + column) * found.channels;
      const values = [...found.halves.subarray(at, at + found.channels)].map(fromHalf);
      return { values, exact: found.width === index.width_px };
    }
    return null;
  }
}
