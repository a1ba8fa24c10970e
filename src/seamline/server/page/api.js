// What the page asks its own server; nobody else is ever asked.

const HEADER = "X-Seamline-Session";
let said = "";

export class Problem extends Error {
  constructor(status, detail, remedy) {
    super(detail);
    this.status = status;
    this.remedy = remedy ?? "";
  }
}

export async function call(method, path, body, root = "/review") {
  const headers = { Accept: "application/json" };
  if (body !== undefined) headers["Content-Type"] = "application/json";
  if (method !== "GET" && said) headers[HEADER] = said;
  let answer;
  try {
    answer = await fetch(`${root}${path}`, {
      method,
      headers,
      body: body === undefined ? undefined : JSON.stringify(body),
      credentials: "same-origin",
      cache: "no-store",
    });
  } catch {
    throw new Problem(0, "the server does not answer", "Is seamline serve running?");
  }
  if (answer.status === 204) return null;
  const told = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Problem(answer.status, told.detail ?? "it failed", told.remedy);
  return told;
}

export const get = (path) => call("GET", path);
export const post = (path, body) => call("POST", path, body ?? {});

// The choice is a route of the shell's, as for every other program.
export const choose = (shot, element) =>
  element === null
    ? call("DELETE", `/shots/${shot}/choice`, undefined, "")
    : call("PUT", `/shots/${shot}/choice`, { element }, "");

export async function logIn(token) {
  const me = await post("/login", { token });
  said = me.said;
  return me;
}

export async function who() {
  const me = await get("/session");
  said = me.said;
  return me;
}

export async function logOut() {
  await call("DELETE", "/session");
  said = "";
}

// A file of the screening, or its bytes from `from` up to `to`.
export async function file(shot, name, signal, from, to) {
  const answer = await fetch(`/review/shots/${shot}/screening/${name}`, {
    credentials: "same-origin",
    headers: to ? { Range: `bytes=${from}-${to - 1}` } : {},
    signal,
  });
  if (!answer.ok) throw new Problem(answer.status, "a picture is not there any more", "");
  return answer;
}

// Ask again and again until an errand has ended; tell each standing.
export async function ended(errand, tell) {
  while (errand.standing === "running") {
    tell?.(errand);
    await new Promise((done) => setTimeout(done, 400));
    errand = await get(`/errands/${errand.id}`);
  }
  if (errand.standing !== "done") throw new Problem(409, errand.says, errand.remedy);
  return errand;
}
