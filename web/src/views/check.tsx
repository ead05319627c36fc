/** Who had the text that was pasted. */
import { useMemo } from 'preact/hooks';
import { post } from '../api';
import { DRAFT, draft, type Draft } from '../draft';
import type { Match, Verdict } from '../messages';
import { EvidenceList } from '../parts/evidence';
import { Loading, ProblemNote, Publisher, Shares, Time, Title } from '../parts/words';
import { collection, link } from '../route';
import { siteOf, sitesOf } from '../sites';
import { useStore } from '../store';
import { milliseconds } from '../time';
import { useAnswer } from '../use_answer';
import { counted, isOfRival, relationName } from '../words';
import { SearchForm } from './home';

export function CheckView() {
  const checked = useStore(draft);
  return (
    <>
      <h1>Who had this?</h1>
      {checked ? (
        <Checked key={checked.number} draft={checked} />
      ) : (
        <p class="empty">The text is gone: it is kept only while this tab shows the page. Paste it again.</p>
      )}
      <details class="again" open={!checked}>
        <summary>{checked ? 'The text that was checked' : 'A text to check'}</summary>
        <SearchForm key={checked?.number} text={checked?.text} />
      </details>
    </>
  );
}

/** Returns an id that no article has, because a check of a stored id would be one of a new version. */
function freshId(): string {
  return `pasted:${crypto.getRandomValues(new Uint32Array(4)).join('-')}`;
}

function Checked({ draft: { text, isHtml, quotations, number } }: { draft: Draft }) {
  const answer = useAnswer(`check ${collection()} ${number}`, (signal) => {
    const article = { id: freshId(), ...(isHtml ? { html: text } : { text }) };
    return post<Verdict>('/v1/check', { article, includeQuotations: quotations }, signal);
  });
  const verdict = answer.data;
  if (answer.problem) return <ProblemNote problem={answer.problem} retry={answer.retry} />;
  if (!verdict) return <Loading what="matches" />;
  return <Found verdict={verdict} isHtml={isHtml} />;
}

function Found({ verdict, isHtml }: { verdict: Verdict; isHtml: boolean }) {
  const { matches = [], judgement = {}, placement = {} } = verdict;
  const byTime = useMemo(() => {
    const time = (match: Match) => milliseconds(match.time) ?? Infinity;
    return [...matches].sort((a, b) => time(a) - time(b));
  }, [matches]);
  const sites = useMemo(() => sitesOf(byTime), [byTime]);
  const names = new Map(matches.map((match) => [match.id, match.publisher || match.id || '']));
  const copies = byTime.filter((match) => isCopy(match.relation));
  const hasNotices = judgement.evidence?.some((one) => one.span && !isOfRival(one));
  if (!verdict.shingles) {
    return (
      <p class="empty" role="status">
        There is nothing to compare: {isHtml ? 'the page has no main text, or stands in place of an article' : 'the text has no words'}
        .
      </p>
    );
  }
  return (
    <>
      <p class="finding" role="status">
        {summary(byTime, copies)}{' '}
        {Number(placement.size ?? 1) > 1 && (
          <a href={link('cluster', { id: placement.cluster })}>
            The timeline of its story, {counted(Number(placement.size) - 1, 'article')}
          </a>
        )}
      </p>
      {verdict.truncated && <p class="note">A limit of the search was reached: there may be more.</p>}
      {matches.length > 0 && (
        <ol class="rows match-rows" aria-label="Articles that share text, the earliest first">
          {byTime.map((match) => (
            <li key={match.id} class="match">
              <Time time={match.time} />
              <Publisher article={match} site={sites.get(siteOf(match))} />
              <span class="headline">
                <span class="relation">{relationName(match.relation)}</span>{' '}
                <a href={link('cluster', { id: match.cluster, article: match.id })}>
                  <Title title={match.title} id={match.id} />
                </a>
              </span>
              <Shares figures={match.figures} it="your text" other="this article" short={['yours', 'theirs']} />
              <a href={link('compare', { a: match.id, b: DRAFT })}>
                Side by side<span class="hidden"> with {match.title || match.id}</span>
              </a>
            </li>
          ))}
        </ol>
      )}
      {hasNotices && (
        <>
          <h2>What the text says of its source</h2>
          <EvidenceList
            judgement={{ ...judgement, evidence: judgement.evidence?.filter((one) => one.span && !isOfRival(one)) }}
            nameOf={(id) => names.get(id) ?? id}
          />
        </>
      )}
    </>
  );
}

function isCopy(relation: string | undefined): boolean {
  return ['RELATION_COPY', 'RELATION_VERSION', 'RELATION_EXCERPT', 'RELATION_CARRIES'].includes(relation ?? '');
}

function summary(matches: Match[], copies: Match[]): string {
  if (matches.length === 0) return 'Nobody: no article here shares enough text with it.';
  const first = (copies[0] ?? matches[0])!;
  const who = first.publisher || first.id || 'an article';
  if (copies.length === 0) return `Nobody had all of it. ${counted(matches.length, 'article shares', 'articles share')} parts of it, first ${who}.`;
  const others = matches.length - copies.length;
  const more = others > 0 ? ` ${counted(others, 'more shares', 'more share')} parts of it.` : '';
  return `${counted(copies.length, 'article has', 'articles have')} it. The earliest is that of ${who}.${more}`;
}
