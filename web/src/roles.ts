/** The roles of articles, asked for one by one as they come into view: each costs the server a search. */
import { asProblem, get } from './api';
import { Store } from './store';
import type { StoredArticle } from './messages';
import { collection } from './route';

/** What a list shows of an article beyond its summary. */
export interface Details {
  role?: string;
  confidence?: number;
  host?: { url?: string; publisher?: string };
  title?: string;
  size?: number;
  /** It was removed since. */
  isGone?: boolean;
}

/** Calls at one time: a browser has six connections to a server, and other calls need some. */
const AT_ONCE = 3;
/** Attempts for one article, and the seconds between two where the server names none. */
const ATTEMPTS = 3;
const PAUSE_S = 2;
/** Details that are kept. */
const KEPT = 5000;

const found = new Map<string, Details>();
/** Changes whenever details come. */
export const detailsVersion = new Store(0);

let waiting: string[] = [];
let running = 0;
const failures = new Map<string, number>();

function keyOf(id: string): string {
  return `${collection()}\n${id}`;
}

export function detailsOf(id: string): Details | undefined {
  return found.get(keyOf(id));
}

/** Asks for the details of these articles, in place of those that still wait. */
export function wantDetails(ids: string[]): void {
  waiting = ids.map(keyOf).filter((key) => !found.has(key));
  next();
}

/** Forgets what may have changed. */
export function forgetDetails(id: string): void {
  found.delete(keyOf(id));
}

function next(): void {
  while (running < AT_ONCE && waiting.length > 0) {
    const key = waiting.shift()!;
    if (found.has(key)) continue;
    running += 1;
    void read(key).finally(() => {
      running -= 1;
      next();
    });
  }
}

async function read(key: string): Promise<void> {
  const [of, id = ''] = key.split(/\n(.*)/s, 2);
  try {
    const { article, judgement, placement } = await get<StoredArticle>('/v1/article', { id, collection: of });
    found.set(key, {
      role: judgement?.role,
      confidence: judgement?.confidence,
      host: { url: article?.url, publisher: article?.publisher },
      title: article?.title,
      size: Number(placement?.size ?? 1),
    });
  } catch (error) {
    const problem = asProblem(error);
    if (problem.code !== 'NOT_FOUND') {
      const isBusy = problem.status === 0 || problem.status === 429 || problem.status >= 500;
      const count = (failures.get(key) ?? 0) + 1;
      failures.set(key, count);
      if (isBusy && count < ATTEMPTS) {
        // Nothing else is asked on this one of the connections meanwhile.
        await new Promise((resolve) => setTimeout(resolve, 1000 * (problem.retryAfter ?? PAUSE_S)));
        waiting.push(key);
      }
      return;
    }
    found.set(key, { isGone: true });
  }
  failures.delete(key);
  if (found.size > KEPT) found.delete(found.keys().next().value!);
  detailsVersion.value += 1;
}
