/** The feed of changes: it follows `Watch`, and resumes where it was when the connection breaks or the view is left. */
import { asProblem, stream, type Problem } from './api';
import type { Change } from './messages';
import { collection } from './route';
import { Store } from './store';

/** Changes that are kept for display. */
const KEPT = 500;
/** Changes come in bursts; the page is drawn at most this often. */
const DRAW_MS = 250;
/** Waits between attempts to connect. */
const LEAST_WAIT_MS = 1000;
const MOST_WAIT_MS = 30_000;

export interface SeenChange extends Change {
  /** Counts up with each change that came. */
  number: number;
}

export type FeedState = 'connecting' | 'live' | 'waiting';

export class Feed {
  readonly changes = new Store<SeenChange[]>([]);
  readonly state = new Store<FeedState>('connecting');
  readonly problem = new Store<Problem | undefined>(undefined);
  /** The server no longer had all changes since the last time. */
  readonly missed = new Store(false);
  #abort?: AbortController;
  #fresh: SeenChange[] = [];
  #count = 0;
  #timer?: ReturnType<typeof setTimeout>;

  constructor(private readonly of: string) {}

  get #key(): string {
    return `wirecopy.cursor ${this.of}`;
  }

  /** Follows the feed from where it was; from the next change on if it was nowhere. */
  start(): void {
    this.#abort ??= this.#follow();
  }

  /** Leaves the feed. */
  stop(): void {
    this.#abort?.abort();
    this.#abort = undefined;
  }

  /** Reads again from the oldest change that the server keeps. */
  fromTheBeginning(): void {
    this.stop();
    sessionStorage.setItem(this.#key, '');
    this.#fresh = [];
    this.changes.value = [];
    this.missed.value = false;
    this.start();
  }

  #follow(): AbortController {
    const abort = new AbortController();
    void this.#run(abort.signal);
    return abort;
  }

  async #run(signal: AbortSignal): Promise<void> {
    let wait = LEAST_WAIT_MS;
    while (!signal.aborted) {
      this.state.value = 'connecting';
      const after = sessionStorage.getItem(this.#key) ?? undefined;
      try {
        const isOpen = () => {
          wait = LEAST_WAIT_MS;
          this.state.value = 'live';
          this.problem.value = undefined;
        };
        const changes = stream<Change>('/v1/watch', { after, collection: this.of }, signal, isOpen);
        for await (const change of changes) this.#take(change);
      } catch (error) {
        const problem = asProblem(error, signal);
        if (signal.aborted) return;
        if (problem.code === 'OUT_OF_RANGE') {
          sessionStorage.removeItem(this.#key);
          this.missed.value = true;
          continue;
        }
        this.problem.value = problem;
        // Nothing changes by itself here; the person can try again.
        if ([400, 401, 403].includes(problem.status)) {
          this.state.value = 'waiting';
          this.#abort = undefined;
          return;
        }
      }
      if (signal.aborted) return;
      this.state.value = 'waiting';
      await new Promise((resolve) => setTimeout(resolve, wait));
      wait = Math.min(2 * wait, MOST_WAIT_MS);
    }
  }

  #take(change: Change): void {
    this.#count += 1;
    this.#fresh.push({ ...change, number: this.#count });
    if (this.#fresh.length > KEPT) this.#fresh.shift();
    this.#timer ??= setTimeout(() => this.#draw(), DRAW_MS);
  }

  #draw(): void {
    this.#timer = undefined;
    const newest = this.#fresh.toReversed();
    this.#fresh = [];
    this.changes.value = [...newest, ...this.changes.value].slice(0, KEPT);
    // Only what is shown was handled.
    const cursor = newest[0]?.cursor;
    if (cursor !== undefined) sessionStorage.setItem(this.#key, cursor);
  }
}

const feeds = new Map<string, Feed>();

/** Returns the feed of the present collection. */
export function feed(): Feed {
  const of = collection();
  const found = feeds.get(of) ?? new Feed(of);
  feeds.set(of, found);
  return found;
}
