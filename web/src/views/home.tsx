/** The first page: the search, and what is stored. */
import { useState } from 'preact/hooks';
import { get } from '../api';
import { checkText, draft, looksLikeName, search } from '../draft';
import type { Clusters, Stats } from '../messages';
import { ProblemNote, Loading, Publisher, Time, Title } from '../parts/words';
import { collection, link, route } from '../route';
import { useStore } from '../store';
import { useAnswer } from '../use_answer';
import { counted } from '../words';

export function HomeView() {
  return (
    <>
      <h1 class="hidden">Search</h1>
      <SearchForm />
      <Contents />
    </>
  );
}

export function SearchForm({ text: given = '' }: { text?: string }) {
  const [text, setText] = useState(given);
  const [quotations, setQuotations] = useState(draft.value?.quotations ?? false);
  const isName = text.trim() !== '' && looksLikeName(text.trim());
  const submit = (event: Event) => {
    event.preventDefault();
    if (isName) search(text);
    else if (text.trim() !== '') checkText(text.trim(), quotations);
  };
  const keys = (event: KeyboardEvent) => {
    // In a field of several lines, Enter ends a line; a name has only one.
    if (event.key === 'Enter' && (isName || event.ctrlKey || event.metaKey)) submit(event);
  };
  return (
    <form class="ask" role="search" aria-label="Who had this?" onSubmit={submit}>
      <label for="ask">Who had this?</label>
      <p id="ask-help" class="note">
        Paste a text or the source of a page to see who carried it, or give the URL or id of an article. What is pasted is
        compared, and not stored.
      </p>
      <textarea
        id="ask"
        data-search
        aria-describedby="ask-help"
        dir="auto"
        rows={text.length > 120 || text.includes('\n') ? 9 : 3}
        spellcheck={false}
        value={text}
        onInput={(event) => setText(event.currentTarget.value)}
        onKeyDown={keys}
      />
      <div class="ask-row">
        <button type="submit" class="primary">
          {isName ? 'Find the article' : 'Check the text'}
        </button>
        <label class="check">
          <input
            type="checkbox"
            checked={quotations}
            onChange={(event) => setQuotations(event.currentTarget.checked)}
          />
          Report short quotations, too
        </label>
      </div>
    </form>
  );
}

/** How many rows of the list are asked for at once. */
const PAGE = 50;

function Contents() {
  const { query } = useStore(route);
  const pageToken = query.get('page') ?? '';
  const of = collection();
  const stats = useAnswer(`stats ${of}`, (signal) => get<Stats>('/v1/stats', {}, signal));
  const list = useAnswer(`clusters ${of} ${pageToken}`, (signal) =>
    get<Clusters>('/v1/clusters', { pageSize: PAGE, pageToken }, signal),
  );
  const clusters = list.data?.clusters ?? [];
  const next = list.data?.nextPageToken ?? '';
  return (
    <section class="stories" aria-labelledby="stories-title">
      <div class="heading">
        <h2 id="stories-title">Stories that were copied</h2>
        {stats.data && (
          <p class="faint">
            {counted(Number(stats.data.articles ?? 0), 'article')} in {counted(Number(stats.data.clusters ?? 0), 'cluster')}
            . The earliest story comes first; <a href={link('live')}>what is new</a> comes live.
          </p>
        )}
      </div>
      {list.isLoading && <Loading what="stories" />}
      {list.problem && <ProblemNote problem={list.problem} retry={list.retry} />}
      {list.data && clusters.length === 0 && (
        <p class="empty">
          {pageToken
            ? 'There are no more.'
            : 'No text is here twice yet. Articles come by `wirecopy ingest`, the API or a crawler.'}
        </p>
      )}
      <ol class="rows story-rows">
        {clusters.map(({ lead = {}, size }) => (
          <li key={lead.id} class="story">
            <Time time={lead.time} />
            <span class="size">{counted(Number(size ?? 0), 'article')}</span>
            <a class="headline" href={link('cluster', { id: lead.id })}>
              <Title title={lead.title} id={lead.id} />
            </a>
            <Publisher article={lead} />
          </li>
        ))}
      </ol>
      <p class="pager">
        {pageToken && <a href={link('')}>First stories</a>}
        {next && (
          <a href={link('', { page: next })} rel="next">
            Later stories
          </a>
        )}
      </p>
    </section>
  );
}
