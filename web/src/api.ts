/** Calls of the API, with the access token that the person gave. */
import { collection } from './route';
import { Store } from './store';

/** Why a call failed (RFC 9457). */
export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    readonly detail: string,
    /** Seconds after which another try is worth while. */
    readonly retryAfter?: number,
  ) {
    super(detail);
  }

  /** The call was not made to an end because nobody waits for it. */
  get isAbort(): boolean {
    return this.code === 'ABORTED';
  }
}

/** The server asks for a token. */
export interface TokenRequest {
  /** Why the server refused the last token; empty if there was none. */
  detail: string;
  /** Takes the token; `undefined` if the person gives none. */
  answer: (token: string | undefined) => void;
}

const TOKEN = 'wirecopy.token';

/** What the person is asked; `undefined` for nothing. */
export const tokenRequest = new Store<TokenRequest | undefined>(undefined);
/** Whether a token is in use. */
export const hasToken = new Store(sessionStorage.getItem(TOKEN) !== null);

let asking: Promise<string | undefined> | undefined;

/** Asks the person for a token, once for all calls that wait for one. */
export function askForToken(detail: string): Promise<string | undefined> {
  asking ??= new Promise<string | undefined>((resolve) => {
    tokenRequest.value = { detail, answer: resolve };
  }).then((token) => {
    asking = undefined;
    tokenRequest.value = undefined;
    if (token !== undefined) {
      sessionStorage.setItem(TOKEN, token);
      hasToken.value = true;
    }
    return token;
  });
  return asking;
}

export function forgetToken(): void {
  sessionStorage.removeItem(TOKEN);
  hasToken.value = false;
}

/** Parameters of a GET. */
export type Query = Record<string, string | number | boolean | undefined>;

/** Asks for an answer in JSON. */
export async function get<T>(path: string, query: Query = {}, signal?: AbortSignal): Promise<T> {
  const reply = await call(`${path}${queryText(query)}`, { signal });
  return readJson<T>(reply, signal);
}

/** Sends a request as JSON. */
export async function post<T>(path: string, body: object, signal?: AbortSignal): Promise<T> {
  const reply = await call(path, {
    signal,
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ collection: collection(), ...body }),
  });
  return readJson<T>(reply, signal);
}

/** Opens a stream of lines of JSON, and says when it is open. A problem as the last line is thrown. */
export async function* stream<T>(
  path: string,
  query: Query,
  signal: AbortSignal,
  isOpen: () => void,
): AsyncGenerator<T> {
  const reply = await call(`${path}${queryText(query)}`, { signal });
  isOpen();
  if (!reply.body) return;
  try {
    for await (const line of lines(reply.body)) {
      const message: unknown = JSON.parse(line);
      if (isProblem(message)) throw problemOf(message, reply);
      yield message as T;
    }
  } catch (error) {
    throw asProblem(error, signal);
  }
}

/** Splits a stream of UTF-8 into lines. */
export async function* lines(body: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let rest = '';
  try {
    for (;;) {
      const { done, value } = await reader.read();
      rest += done ? decoder.decode() : decoder.decode(value, { stream: true });
      const complete = rest.split('\n');
      rest = complete.pop() ?? '';
      for (const line of complete) if (line) yield line;
      if (done) break;
    }
    if (rest) yield rest;
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

function queryText(query: Query): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries({ collection: collection(), ...query })) {
    // An empty cursor means something; an empty name of anything else is an absent one.
    if (value !== undefined && (value !== '' || name === 'after')) parameters.set(name, String(value));
  }
  const text = parameters.toString();
  return text && `?${text}`;
}

async function call(path: string, init: RequestInit): Promise<Response> {
  const signal = init.signal ?? undefined;
  for (;;) {
    const headers = new Headers(init.headers);
    const token = sessionStorage.getItem(TOKEN);
    if (token !== null) headers.set('authorization', `Bearer ${token}`);
    let reply: Response;
    try {
      reply = await fetch(path, { ...init, headers, cache: 'no-store', credentials: 'omit', redirect: 'error' });
    } catch (error) {
      throw asProblem(error, signal);
    }
    if (reply.ok) return reply;
    const problem = await readProblem(reply);
    if (reply.status !== 401) throw problem;
    // Another call may have been given a token since this one was sent.
    const isOld = sessionStorage.getItem(TOKEN) !== token;
    if (!isOld && (await askForToken(token === null ? '' : problem.detail)) === undefined) throw problem;
    if (signal?.aborted) throw asProblem(undefined, signal);
  }
}

async function readJson<T>(reply: Response, signal?: AbortSignal): Promise<T> {
  try {
    return (await reply.json()) as T;
  } catch (error) {
    throw asProblem(error, signal);
  }
}

interface ProblemMembers {
  status: number;
  detail: string;
  code?: string;
  title?: string;
}

function isProblem(message: unknown): message is ProblemMembers {
  const members = message as Partial<ProblemMembers> | null;
  return typeof members?.status === 'number' && typeof members.detail === 'string';
}

async function readProblem(reply: Response): Promise<Problem> {
  const members: unknown = await reply.json().catch(() => undefined);
  if (isProblem(members)) return problemOf(members, reply);
  return new Problem(reply.status, 'UNKNOWN', `the server answered with the status ${reply.status}`);
}

function problemOf(members: ProblemMembers, reply: Response): Problem {
  const seconds = Number(reply.headers.get('retry-after') ?? Number.NaN);
  const retryAfter = Number.isFinite(seconds) ? seconds : undefined;
  return new Problem(members.status, members.code ?? 'UNKNOWN', members.detail, retryAfter);
}

/** Returns what went wrong as a problem. */
export function asProblem(error: unknown, signal?: AbortSignal): Problem {
  if (error instanceof Problem) return error;
  if (signal?.aborted) return new Problem(0, 'ABORTED', 'no longer needed');
  return new Problem(0, 'UNAVAILABLE', 'the server cannot be reached, or broke off its answer');
}
