// A shot is made ready for the page by the server: how far that is.

import * as api from "./api.js";
import { h } from "./dom.js";

// A shot that nobody has made ready: the server does it now, and says how far it is.
export function unready(state) {
  const { shot } = state;
  const says = h("p", { role: "status" }, `${shot} is being made ready …`);
  const bar = h("progress", { "aria-label": "How far" });
  const again = h("button", { type: "button", class: "main", hidden: true,
    click: () => make() }, "Try again");
  const make = async () => {
    again.hidden = true;
    bar.hidden = false;
    try {
      await api.ended(await api.post(`/shots/${shot}/screening`), (errand) => {
        says.textContent = howFar(errand);
        if (errand.of) Object.assign(bar, { max: errand.of, value: errand.done });
      });
      if (!state.left) dispatchEvent(new HashChangeEvent("hashchange"));
    } catch (error) {
      says.textContent = [error.message, error.remedy].filter(Boolean).join(" — ");
      bar.hidden = true;
      again.hidden = false;
    }
  };
  make();
  return h("main", { class: "door making" }, h("h1", {}, h("small", {}, "Making ready"), shot),
    says, bar, h("p", { class: "soft" }, "Every frame of plate and variations is written once, " +
      "for this page; what stands is not made again. You may leave meanwhile."), again);
}

export const howFar = ({ doing, done, of }) =>
  (doing ? `${doing}: ${Math.round(done)} of ${Math.round(of)} frames` : "It begins …");
