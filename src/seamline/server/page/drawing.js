// The drawing side of the page: a thread of its own that fetches, inflates, uploads and draws.
//
// The page says what should stand on the screen; the newest word wins, and what was said
// meanwhile is never drawn. So nothing here, however slow the graphics are, holds the page up.

import { Renderer } from "./gl.js";
import { fromHalf, Pictures } from "./pictures.js";

const SLOW_MS = 50; // a screen that takes longer is drawn at half its size while frames pass

class Drawing {
  constructor(canvas, tell) {
    this.canvas = canvas;
    this.tell = tell;
    this.renderer = new Renderer(canvas);
    this.pictures = new Pictures(this.renderer, () => this.redraw());
    this.last = new Map(); // source -> the picture of it that was shown last
    this.scene = null;
    this.took = 0;
    this.half = false;
  }

  view(view) {
    this.renderer.use(view);
    this.stands = "";
    this.redraw();
  }

  show(scene) {
    this.scene = scene;
    this.pictures.want(scene.wants);
    this.redraw();
  }

  // Draw until nothing newer was said. What came meanwhile is drawn once.
  async redraw() {
    this.again = true;
    if (this.drawing) return;
    this.drawing = true;
    try {
      while (this.again) {
        this.again = false;
        await new Promise((next) => requestAnimationFrame(next));
        if (this.scene && this.renderer.current) await this.draw();
      }
    } catch (error) {
      this.tell({ said: "wrong", message: String(error.message ?? error) });
    } finally {
      this.drawing = false;
    }
  }

  async draw() {
    const { scene, renderer } = this;
    this.half = scene.moves && (this.half || this.took > SLOW_MS);
    const share = this.half ? 0.5 : 1;
    const [width, height] = scene.size.map((side) => Math.max(1, Math.round(side * share)));
    this.pictures.begin();
    let drawn = 0, exact = 0;
    const jobs = [], names = [];
    for (const job of scene.jobs) {
      const a = this.best(job.a), b = job.b ? this.best(job.b) : a;
      const plate = job.plate ? this.best(job.plate) : { texture: null };
      if (!a.texture || !b.texture) continue;
      drawn += 1;
      exact += Number(a.exact && b.exact);
      names.push(a.name, b.name, plate.name);
      const scaled = (rect) => rect.map((side) => side * share);
      jobs.push({
        ...job, a: a.texture, b: b.texture, plate: plate.texture,
        box: scaled(job.box).map(Math.round), picture: scaled(job.picture),
      });
    }
    // What stands on the screen already is not drawn again.
    const looks = jobs.map(({ a, b, plate, ...how }) => how);
    const key = JSON.stringify([renderer.current.name, scene.surround, width, height, names, looks]);
    if (key !== this.stands) {
      this.stands = key;
      const began = performance.now();
      if (this.canvas.width !== width || this.canvas.height !== height) {
        this.canvas.width = width;
        this.canvas.height = height;
      }
      renderer.clear(scene.surround);
      for (const job of jobs) renderer.draw(job);
      await renderer.done();
      if (!this.half) this.took = performance.now() - began;
    }
    const { number, frame } = scene;
    this.tell({ said: "shown", number, frame, drawn, exact, half: this.half });
  }

  // The best that is there of {id, large, small, wants, passing}; else what stood before.
  best({ id, large, small, wants, passing }) {
    const ready = (name) => Boolean(this.pictures.get(name)?.texture);
    // While frames are passed by, a large picture is taken only where it stands ready.
    const order = wants && !(passing && !ready(large)) ? [large, small] : [small, large];
    for (const [place, name] of order.entries()) {
      if (!name || (place && order[0] === small && !ready(name))) continue;
      const texture = this.pictures.texture(name);
      if (texture) {
        this.last.set(id, name);
        return { texture, name, exact: true };
      }
    }
    const name = this.last.get(id);
    return { texture: (name && this.pictures.texture(name)) || null, name, exact: false };
  }

  // Scene-linear values at a place (0 to 1 across and down), of the first that is there.
  values(asked) {
    return asked.map(({ id, names, at }) => {
      for (const name of names) {
        const found = this.pictures.get(name);
        if (!found) continue;
        const column = Math.min(found.width - 1, Math.floor(at[0] * found.width));
        const row = Math.min(found.height - 1, Math.floor(at[1] * found.height));
        const from = (row * found.width + column) * found.channels;
        const values = [...found.halves.subarray(from, from + found.channels)].map(fromHalf);
        return { id, values, width: found.width };
      }
      return { id, values: null, width: 0 };
    });
  }
}

let drawing = null;
const acts = {
  begin: ({ canvas }) => (drawing = new Drawing(canvas, (told) => postMessage(told))),
  view: ({ view }) => {
    try {
      drawing.view(view);
      postMessage({ said: "view", name: view.name });
    } catch (error) {
      postMessage({ said: "view", name: view.name, wrong: String(error.message ?? error) });
    }
  },
  show: ({ scene }) => drawing.show(scene),
  values: ({ number, asked }) =>
    postMessage({ said: "values", number, found: drawing.values(asked) }),
  forget: () => drawing.pictures.forget(),
};

addEventListener("message", ({ data }) => {
  if (!drawing && data.do !== "begin") return;
  try {
    acts[data.do](data);
  } catch (error) {
    postMessage({ said: "wrong", message: String(error.message ?? error) });
  }
});
