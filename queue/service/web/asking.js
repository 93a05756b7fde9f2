// Asking the service: deadlines, problems as values, and writes that are sent until they are answered.

import { language } from "./words.js";

const READ_LIMIT_MS = 8000;
const WRITE_LIMIT_MS = 8000;
const RETRY_FIRST_MS = 400;
const RETRY_LAST_MS = 4000;

/// What the service answered instead.
export class Problem extends Error {
  constructor(status, code, title, detail) {
    super(title);
    Object.assign(this, { status, code, title, detail });
  }
}

/// No answer came: whether it was done is not known.
export class NoAnswer extends Error {}

/// A request's identity (UUID version 7), made here before it is sent. `crypto.randomUUID` exists on HTTPS pages only.
export function requestId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  const at = Date.now();
  for (let index = 0; index < 6; index += 1) {
    bytes[index] = Math.floor(at / 2 ** (8 * (5 - index))) & 0xff;
  }
  bytes[6] = (bytes[6] & 0x0f) | 0x70;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}

/// One request, one answer.
export async function ask(method, path, body, limit = READ_LIMIT_MS) {
  const abort = new AbortController();
  const timer = setTimeout(() => abort.abort(), limit);
  let response;
  let text;
  try {
    response = await fetch(path, {
      method,
      headers: { "Accept-Language": language, ...(body === undefined ? {} : { "Content-Type": "application/json" }) },
      body: body === undefined ? undefined : JSON.stringify(body),
      credentials: "same-origin",
      cache: "no-store",
      signal: abort.signal,
    });
    text = await response.text();
  } catch {
    throw new NoAnswer();
  } finally {
    clearTimeout(timer);
  }
  const parsed = parse(text);
  if (response.ok) {
    return parsed;
  }
  throw new Problem(response.status, parsed?.code ?? "internal", parsed?.title ?? response.statusText, parsed?.detail ?? "");
}

function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/// Sends a write with the id it has until an answer comes, however long the network is away. The same id never gets two
/// answers, so nothing is done twice. `onWait` is told of each try that had no answer.
export async function insist(method, path, body, onWait = () => {}) {
  for (let tries = 0; ; tries += 1) {
    try {
      return await ask(method, path, body, WRITE_LIMIT_MS);
    } catch (error) {
      const maySend = error instanceof NoAnswer || (error instanceof Problem && error.status >= 500);
      if (!maySend) {
        throw error;
      }
      onWait(tries);
      const wait = Math.min(RETRY_FIRST_MS * 2 ** tries, RETRY_LAST_MS);
      await new Promise((done) => setTimeout(done, wait * (0.5 + Math.random() / 2)));
    }
  }
}
