// Over the pictures: drawn notes, the place a check speaks of, the wipe's edge, the choice.

export class Over {
  constructor(viewer, canvas) {
    this.viewer = viewer;
    this.canvas = canvas;
  }

  draw(cells, own) {
    const { viewer } = this;
    const { state, size } = viewer;
    const pen = this.canvas.getContext("2d");
    pen.setTransform(own, 0, 0, own, 0, 0);
    pen.clearRect(0, 0, ...size);
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
      if (cell.id === state.a) for (const stroke of viewer.draft) this.line(pen, stroke, cell);
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
      const x = left + viewer.cut * wide;
      const [above, below] = [Math.max(0, top), Math.min(size[1], top + tall)];
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
      const at = this.viewer.placeOf(point, cell);
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
    const [left, top] = this.viewer.placeOf([x, y], cell);
    const [right, bottom] = this.viewer.placeOf([x + width, y + height], cell);
    for (const [ink, wide] of [["#000c", 5], ["#fff", 2]]) {
      pen.strokeStyle = ink;
      pen.lineWidth = wide;
      pen.setLineDash(wide === 2 ? [8, 5] : []);
      pen.strokeRect(left - 3, top - 3, right - left + 6, bottom - top + 6);
    }
    pen.setLineDash([]);
  }
}
