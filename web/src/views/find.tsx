/** Finds an article by its URL or id, and goes to it. */
import { useEffect } from 'preact/hooks';
import { post } from '../api';
import { checkText } from '../draft';
import type { Seen } from '../messages';
import { Loading, ProblemNote } from '../parts/words';
import { collection, go, link, route } from '../route';
import { useStore } from '../store';
import { hostOf } from '../text';
import { useAnswer } from '../use_answer';
import { SearchForm } from './home';

export function FindView() {
  const { query } = useStore(route);
  const name = query.get('q') ?? '';
  const answer = useAnswer(`seen ${collection()} ${name}`, (signal) => post<Seen>('/v1/seen', { ids: [name] }, signal));
  const found = answer.data?.articles?.[0];
  const isText = /\s/.test(name);
  useEffect(() => {
    if (!answer.data) return;
    // The link of the search then leads to the article, and the back button to where the search began.
    if (found?.known) go(link('cluster', { id: found.cluster, article: found.id }), true);
    else if (isText) checkText(name, false, true);
  }, [answer.data]);
  const host = hostOf({ url: name });
  return (
    <>
      <h1>Search</h1>
      {answer.isLoading && <Loading what="the article" />}
      {answer.problem && <ProblemNote problem={answer.problem} retry={answer.retry} />}
      {found && !found.known && !isText && (
        <p class="empty" role="status">
          No article is stored under <bdi class="id">{name}</bdi>. An article that came with an id of its own is
          found by that id only. Paste a text to see who had it
          {host && (
            <>
              , or see <a href={link('host', { host })}>what {host} copies</a>
            </>
          )}
          .
        </p>
      )}
      <SearchForm key={name} text={name} />
    </>
  );
}
