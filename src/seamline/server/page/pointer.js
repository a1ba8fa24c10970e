// Mouse, pen and fingers on the pictures: choose, wipe, pan, zoom, draw.

const NEAR = 28;

export function follow(viewer, state, act) {
  const box = viewer.over;
  const down = new Map();
  let how = "", stroke = null, moved = 0, pinch = 0;
  const at = (event) => {
    const { left, top } = box.getBoundingClientRect();
    return [event.clientX - left, event.clientY - top];
  };
  const cutTo = (x) => {
    const [left, , wide] = viewer.cells()[0].picture;
    viewer.cut = Math.min(1, Math.max(0, (x - left) / wide));
    viewer.redraw();
  };
  const nearCut = (x) => {
    const [left, , wide] = viewer.cells()[0].picture;
    return state.mode === "wipe" && Math.abs(x - left - viewer.cut * wide) < NEAR;
  };
  const spread = () => {
    const [one, two] = [...down.values()];
    return Math.hypot(one[0] - two[0], one[1] - two[1]);
  };

  box.addEventListener("pointerdown", (event) => {
    box.setPointerCapture(event.pointerId);
    const [x, y] = at(event);
    down.set(event.pointerId, [x, y]);
    moved = 0;
    if (down.size === 2) {
      how = "pinch";
      pinch = spread();
      return;
    }
    const cell = viewer.cellAt(x, y);
    if (state.pen && cell && event.button === 0) {
      if (cell.id !== state.a && cell.id !== "plate") act.select(cell.id);
      how = "draw";
      stroke = [viewer.pixelAt(x, y, cell)];
      viewer.draft.push(stroke);
    } else if (nearCut(x) || (state.mode === "wipe" && viewer.zoom === 1)) {
      how = "cut";
      cutTo(x);
    } else how = "pan";
  });

  box.addEventListener("pointermove", (event) => {
    const [x, y] = at(event);
    viewer.pointer = [x, y];
    const before = down.get(event.pointerId);
    if (before) {
      down.set(event.pointerId, [x, y]);
      moved += Math.abs(x - before[0]) + Math.abs(y - before[1]);
      if (how === "pinch" && down.size === 2) {
        const now = spread();
        viewer.zoomBy(now / pinch, x, y);
        pinch = now;
      } else if (how === "cut") cutTo(x);
      else if (how === "pan" && viewer.zoom > 1) viewer.panBy(x - before[0], y - before[1]);
      else if (how === "draw") {
        const cell = viewer.cells().find((one) => one.id === state.a) ?? viewer.cells()[0];
        if (moved > 3 && stroke.length < 200) {
          stroke.push(viewer.pixelAt(x, y, cell));
          moved = 0;
        }
        viewer.redraw();
      }
    }
    const cell = viewer.cellAt(x, y);
    viewer.tell.hover(cell ? viewer.pixelAt(x, y, cell) : null, cell);
  });

  const up = (event) => {
    const [x, y] = at(event);
    const still = down.size === 1 && moved < 5;
    down.delete(event.pointerId);
    if (how === "draw") {
      if (stroke.length < 2) stroke.push([stroke[0][0] + 1, stroke[0][1] + 1]);
      act.stroked();
    } else if (how === "pan" && still) {
      const cell = viewer.cellAt(x, y);
      if (cell && state.mode === "grid") act.select(cell.id);
    }
    if (!down.size) how = "";
  };
  box.addEventListener("pointerup", up);
  box.addEventListener("pointercancel", up);
  box.addEventListener("pointerleave", () => viewer.tell.hover(null));
  box.addEventListener("dblclick", (event) => {
    if (state.pen) return;
    const cell = viewer.cellAt(...at(event));
    if (cell && state.mode === "grid") act.alone(cell.id);
    else if (state.mode !== "wipe") act.grid();
  });
  box.addEventListener(
    "wheel",
    (event) => {
      event.preventDefault();
      viewer.zoomBy(Math.exp(-event.deltaY / 400), ...at(event));
    },
    { passive: false },
  );
}
