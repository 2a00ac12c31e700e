// The draft lives on the server: questions to it, and its refusals as one sentence with a place.
import { config, t } from "./plan_page.js";

export class Refusal extends Error {
  constructor(status, problem) {
    super(problem.detail || t(status === 401 ? "signed_out" : "failed"));
    Object.assign(this, { status, ids: problem.ids || [], place: problem.place || null, problem });
  }
}

// crypto.randomUUID is not there on plain http.
export function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return [...bytes].map((one) => one.toString(16).padStart(2, "0")).join("");
}

export async function ask(path, { method = "GET", body = null, signal = null } = {}) {
  const headers = { Accept: "application/json", "Accept-Language": document.documentElement.lang };
  if (method !== "GET") headers["X-CSRFToken"] = config.csrf_token;
  if (body !== null) headers["Content-Type"] = "application/json";
  let answer;
  try {
    answer = await fetch(path.startsWith("/") ? path : `${config.api}/${path}`.replace(/\/$/, ""), {
      method, headers, signal, body: body === null ? undefined : JSON.stringify(body),
    });
  } catch (problem) {
    if (problem.name === "AbortError") throw problem;
    throw new Refusal(0, { detail: t("offline") });
  }
  if (answer.status === 204) return null;
  const document_ = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Refusal(answer.status, document_);
  return document_;
}

// What is fetched again anyway may fail for once; a slip of ours may not hide behind that.
export const quietly = (promise) => promise.catch((problem) => {
  if (!(problem instanceof Refusal)) throw problem;
});

// Of two answers to one question under way, the one asked for last counts.
export function latest(question) {
  let newest = null;
  return async (...how) => {
    const mine = newest = question(...how);
    const answer = await mine;
    return mine === newest ? answer : null;
  };
}

export const send = (path, body = {}) => ask(path, { method: "POST", body });
