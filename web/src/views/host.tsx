/** The report on a host: whom it copies, who copies it, how late, and what it repeats. */
import { useState } from 'preact/hooks';
import { get } from '../api';
import type { Furniture, PublisherReport, Traffic } from '../messages';
import { FlowDiagram, LagPlot } from '../parts/flow';
import { Loading, ProblemNote } from '../parts/words';
import { collection, go, link, route } from '../route';
import { useStore } from '../store';
import { day, lag, milliseconds } from '../time';
import { useAnswer } from '../use_answer';
import { counted, percent, signalName } from '../words';

export function HostView() {
  const { query } = useStore(route);
  const host = query.get('host') ?? '';
  return (
    <>
      <h1>{host ? <bdi dir="auto">{host}</bdi> : 'Hosts'}</h1>
      <HostForm key={`${host} ${query.get('since') ?? ''}`} host={host} since={query.get('since') ?? ''} />
      {host && <Report key={host} host={host} since={query.get('since') ?? ''} page={query.get('page') ?? ''} />}
      {host && <FurnitureList key={`furniture ${host}`} host={host} />}
    </>
  );
}

function HostForm({ host, since }: { host: string; since: string }) {
  const [name, setName] = useState(host);
  const [from, setFrom] = useState(since);
  const submit = (event: Event) => {
    event.preventDefault();
    if (name.trim()) go(link('host', { host: name.trim(), since: from }));
  };
  return (
    <form class="filters" onSubmit={submit}>
      <label class="filter">
        <span>Host</span>
        <input
          required
          dir="auto"
          value={name}
          placeholder="news.example"
          autocapitalize="off"
          spellcheck={false}
          onInput={(event) => setName(event.currentTarget.value)}
        />
      </label>
      <label class="filter">
        <span>Since</span>
        <input type="date" value={from} onInput={(event) => setFrom(event.currentTarget.value)} />
      </label>
      <button type="submit" class="primary">
        Report
      </button>
    </form>
  );
}

function Report({ host, since, page }: { host: string; since: string; page: string }) {
  const answer = useAnswer(`publisher ${collection()} ${host} ${since} ${page}`, (signal) => {
    const time = /^\d{4}-\d\d-\d\d$/.test(since) ? `${since}T00:00:00Z` : undefined;
    const query = page ? { host, pageToken: page } : { host, since: time };
    return get<PublisherReport>('/v1/publisher', query, signal);
  });
  if (answer.problem) return <ProblemNote problem={answer.problem} retry={answer.retry} />;
  if (!answer.data) return <Loading what="the report" />;
  const report = answer.data;
  const [articles, leads, copies, own, blocked] = [report.articles, report.leads, report.copies, report.own, report.blocked].map(
    (count) => Number(count ?? 0),
  ) as [number, number, number, number, number];
  const [from, by, credits] = [report.copiesFrom ?? [], report.copiedBy ?? [], report.credits ?? []];
  if (articles === 0 && by.length === 0) {
    return (
      <p class="empty" role="status">
        No articles of this host{since && ` since ${since}`} are stored.
      </p>
    );
  }
  return (
    <>
      <p class="story-facts">
        {counted(articles, 'article')}: {leads.toLocaleString('en')} {leads === 1 ? 'leads its story' : 'lead their stories'},{' '}
        {copies.toLocaleString('en')} ({percent(articles ? copies / articles : 0)}) {copies === 1 ? 'is a copy' : 'are copies'} of
        other hosts’, {own.toLocaleString('en')} of its own
        {blocked > 0 && `, ${counted(blocked, 'is a wall', 'are walls')}`}.
      </p>
      {report.truncated && <p class="note">A story has more than 1,000 copies: not all who copy it are counted.</p>}
      {(from.length > 0 || by.length > 0) && (
        <figure class="drawing">
          <figcaption>
            <h2>Where its text comes from, and where it goes</h2>
          </figcaption>
          <FlowDiagram host={report.host ?? host} from={from} by={by} />
        </figure>
      )}
      {(from.length > 0 || by.length > 0) && (
        <figure class="drawing">
          <figcaption>
            <h2>How late</h2>
            <p class="note">The median time from the lead to the copy.</p>
          </figcaption>
          <LagPlot host={report.host ?? host} from={from} by={by} />
        </figure>
      )}
      <div class="tables">
        <TrafficTable title="Whom it copies" empty="It copies no other host." traffic={from} />
        <TrafficTable title="Who copies it" empty="No other host copies it." traffic={by} />
        {credits.length > 0 && (
          <table>
            <caption>Whom its notices name</caption>
            <thead>
              <tr>
                <th scope="col">Outlet</th>
                <th scope="col" class="number">
                  Articles
                </th>
              </tr>
            </thead>
            <tbody>
              {credits.map((credit) => (
                <tr key={credit.outlet}>
                  <th scope="row">
                    <bdi dir="auto">{credit.outlet}</bdi>
                  </th>
                  <td class="number">{Number(credit.articles ?? 0).toLocaleString('en')}</td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
      </div>
      <p class="pager">
        {page && <a href={link('host', { host, since })}>Its first articles</a>}
        {report.nextPageToken && (
          <a rel="next" href={link('host', { host, since, page: report.nextPageToken })}>
            Its later articles
          </a>
        )}
      </p>
    </>
  );
}

/** Rows of a table before the rest is opened. */
const FEW = 20;

function TrafficTable({ title, empty, traffic }: { title: string; empty: string; traffic: Traffic[] }) {
  const [all, setAll] = useState(false);
  if (traffic.length === 0) {
    return (
      <section>
        <h2 class="caption">{title}</h2>
        <p class="note">{empty}</p>
      </section>
    );
  }
  return (
    <section>
      <table>
        <caption>{title}</caption>
        <thead>
          <tr>
            <th scope="col">Host</th>
            <th scope="col" class="number">
              Articles
            </th>
            <th scope="col" class="number">
              Median lag
            </th>
            <th scope="col">Notices in the copies</th>
          </tr>
        </thead>
        <tbody>
          {traffic.slice(0, all ? undefined : FEW).map((one) => (
            <tr key={one.host}>
              <th scope="row">
                <a href={link('host', { host: one.host })}>
                  <bdi dir="auto">{one.host}</bdi>
                </a>
              </th>
              <td class="number">{Number(one.articles ?? 0).toLocaleString('en')}</td>
              <td class="number">{lag(Number(one.medianLagMs ?? 0))}</td>
              <td>
                {Object.entries(one.notices ?? {})
                  .map(([signal, count]) => `${signalName(signal)} ${count}`)
                  .join(', ') || <span class="faint">none</span>}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {traffic.length > FEW && !all && (
        <button type="button" class="inline" onClick={() => setAll(true)}>
          Show all {traffic.length}
        </button>
      )}
    </section>
  );
}

function FurnitureList({ host }: { host: string }) {
  const [all, setAll] = useState(false);
  const answer = useAnswer(`furniture ${collection()} ${host}`, (signal) =>
    get<{ furniture?: Furniture[] }>('/v1/furniture', { host }, signal),
  );
  const lines = answer.data?.furniture ?? [];
  return (
    <section class="furniture">
      <h2>What it repeats on its pages</h2>
      {answer.isLoading && <Loading what="lines" />}
      {answer.problem && <ProblemNote problem={answer.problem} retry={answer.retry} />}
      {answer.data && lines.length === 0 && <p class="note">No line was learned here yet.</p>}
      {lines.length > 0 && (
        <table>
          <caption class="note">Lines seen in enough stories do not count as text of new articles.</caption>
          <thead>
            <tr>
              <th scope="col">Line</th>
              <th scope="col" class="number">
                Stories
              </th>
              <th scope="col">Counts as text</th>
              <th scope="col">Last seen</th>
            </tr>
          </thead>
          <tbody>
            {lines.slice(0, all ? undefined : FEW).map((line, i) => (
              <tr key={i}>
                <td>
                  <bdi dir="auto">{line.words}</bdi>
                </td>
                <td class="number">{(line.clusters ?? 0).toLocaleString('en')}</td>
                <td>{line.masked ? 'no' : 'yes, still'}</td>
                <td class="time">{day(milliseconds(line.lastSeen))}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {lines.length > FEW && !all && (
        <button type="button" class="inline" onClick={() => setAll(true)}>
          Show all {lines.length.toLocaleString('en')}
        </button>
      )}
    </section>
  );
}
