/** What is new, as it comes. */
import { useEffect, useMemo, useState } from 'preact/hooks';
import { feed, type Feed, type SeenChange } from '../feed';
import { useKeys } from '../keys';
import { ProblemNote, Publisher, RoleChip, Title } from '../parts/words';
import { detailsOf, detailsVersion, forgetDetails, wantDetails, type Details } from '../roles';
import { collection, go, link, route } from '../route';
import { useStore } from '../store';
import { hostOf } from '../text';
import { milliseconds } from '../time';
import { changeName, counted, ROLES } from '../words';

/** How many rows are shown. */
const SHOWN = 150;

export function LiveView() {
  useStore(route);
  const present = feed();
  return (
    <>
      <h1>Live</h1>
      <FeedList key={collection()} feed={present} />
    </>
  );
}

interface Filter {
  host: string;
  role: string;
  least: number;
}

function FeedList({ feed }: { feed: Feed }) {
  const { query } = useStore(route);
  const all = useStore(feed.changes);
  const missed = useStore(feed.missed);
  const problem = useStore(feed.problem);
  useStore(detailsVersion);
  const [held, setHeld] = useState<SeenChange[]>();
  const known = useMemo(() => new Map<string, number>(), [feed]);
  const filter: Filter = {
    host: query.get('host') ?? '',
    role: query.get('role') ?? '',
    least: Number(query.get('least') ?? 1) || 1,
  };
  useEffect(() => {
    feed.start();
    return () => feed.stop();
  }, [feed]);
  useEffect(() => {
    // What was known of an article may no longer hold.
    const ids = [...new Set(all.map((change) => change.id ?? ''))].filter((id) => id !== '');
    for (const change of all) {
      const at = known.get(change.id ?? '');
      if (at !== undefined && at < change.number) forgetDetails(change.id ?? '');
      known.set(change.id ?? '', Math.max(at ?? 0, change.number));
    }
    wantDetails(ids);
  }, [all]);

  const toggle = () => setHeld(held ? undefined : all);
  useKeys({ h: toggle });
  const changes = held ?? all;
  const waiting = held ? all.filter((one) => one.number > (held[0]?.number ?? 0)).length : 0;
  const shown = changes.filter((change) => passes(detailsOf(change.id ?? ''), filter));
  return (
    <>
      <div class="live-bar">
        <StateLine feed={feed} />
        <button type="button" aria-pressed={held !== undefined} onClick={toggle}>
          {held ? (waiting > 0 ? `Go on, ${waiting.toLocaleString('en')} new` : 'Go on') : 'Hold'}
        </button>
        <button type="button" onClick={() => feed.fromTheBeginning()}>
          From the oldest change kept
        </button>
      </div>
      <Filters filter={filter} />
      {missed && <p class="note">Some changes were missed: the server no longer keeps them.</p>}
      {problem && <ProblemNote problem={problem} retry={() => feed.start()} />}
      <p class="hidden" role="status">
        {counted(shown.length, 'change')} shown
      </p>
      {changes.length === 0 ? (
        <p class="empty">Nothing new since this page looks. What comes appears here by itself.</p>
      ) : (
        shown.length === 0 && <p class="empty">Nothing that came passes the filter.</p>
      )}
      <ol class="rows change-rows" aria-label="Changes, the latest first">
        {shown.slice(0, SHOWN).map((change) => (
          <ChangeRow key={change.number} change={change} />
        ))}
      </ol>
      {shown.length > SHOWN && <p class="note">The latest {SHOWN} are shown.</p>}
    </>
  );
}

function passes(details: Details | undefined, { host, role, least }: Filter): boolean {
  const wanted = host.trim().toLowerCase();
  if (!wanted && !role && least <= 1) return true;
  // What is filtered by must be known.
  if (!details || details.isGone) return false;
  const own = hostOf(details.host ?? {});
  const isHost = !wanted || own === wanted || own.endsWith(`.${wanted}`);
  return isHost && (!role || details.role === role) && (details.size ?? 1) >= least;
}

function StateLine({ feed }: { feed: Feed }) {
  const state = useStore(feed.state);
  const words = { connecting: 'Connecting…', live: 'Live', waiting: 'Not connected; tries again' }[state];
  return (
    <span class={`state ${state}`} role="status">
      {words}
    </span>
  );
}

function Filters({ filter }: { filter: Filter }) {
  const change = (part: Partial<Filter>) => {
    const { host, role, least } = { ...filter, ...part };
    go(link('live', { host: host.trim().toLowerCase(), role, least: least > 1 ? least : undefined }), true);
  };
  return (
    <div class="filters" role="group" aria-label="Only changes of">
      <label class="filter">
        <span>Host</span>
        <input
          type="search"
          value={filter.host}
          placeholder="any"
          autocapitalize="off"
          spellcheck={false}
          onChange={(event) => change({ host: event.currentTarget.value })}
        />
      </label>
      <label class="filter">
        <span>Role</span>
        <select value={filter.role} onChange={(event) => change({ role: event.currentTarget.value })}>
          <option value="">any</option>
          {Object.entries(ROLES).map(([role, { name }]) => (
            <option key={role} value={role}>
              {name}
            </option>
          ))}
        </select>
      </label>
      <label class="filter">
        <span>Story of at least</span>
        <input
          type="number"
          min={1}
          max={1_000_000}
          value={filter.least}
          onChange={(event) => change({ least: Math.max(1, Math.floor(event.currentTarget.valueAsNumber) || 1) })}
        />
        <span>articles</span>
      </label>
    </div>
  );
}

function ChangeRow({ change }: { change: SeenChange }) {
  const { id = '', cluster = '', kind } = change;
  const details = detailsOf(id);
  const ms = milliseconds(change.time);
  const clock = ms === undefined ? '' : new Date(ms).toISOString().slice(11, 19);
  const isThere = cluster !== '' && !details?.isGone;
  return (
    <li class="change">
      <time class="time" dateTime={change.time} title={change.time}>
        {clock}
      </time>
      <span class={`kind ${(kind ?? '').toLowerCase()}`}>{changeName(kind, id === cluster)}</span>
      <span class="headline">
        {isThere ? (
          <a href={link('cluster', { id: cluster, article: id })}>
            <Title title={details?.title} id={id} />
          </a>
        ) : (
          <Title id={id} />
        )}
      </span>
      <span>{details?.host && <Publisher article={details.host} />}</span>
      <span>{details?.role && <RoleChip role={details.role} />}</span>
      <span class="faint">{details?.size && details.size > 1 ? `one of ${details.size.toLocaleString('en')}` : ''}</span>
    </li>
  );
}
