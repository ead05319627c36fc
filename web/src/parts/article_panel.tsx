/** One article: what it is, why, and its text with the notices marked. */
import { useMemo, useRef, useState } from 'preact/hooks';
import { get } from '../api';
import type { Evidence, Match, StoredArticle } from '../messages';
import { link } from '../route';
import { hostOf, ranges, type Range } from '../text';
import { milliseconds, moment } from '../time';
import { useAnswer } from '../use_answer';
import { counted, dateSource, isOfRival, relationName } from '../words';
import { EvidenceList, VerdictNote } from './evidence';
import { MarkedText } from './marked_text';
import { HeadingTitle, Loading, ProblemNote, Publisher, Shares, Time, Title, WebLink } from './words';

export interface ArticlePanelProps {
  id: string;
  lead: string;
  /** Leads back to the list, where both do not fit. */
  close: string;
}

export function ArticlePanel({ id, lead, close }: ArticlePanelProps) {
  const answer = useAnswer(`article ${id}`, (signal) =>
    get<StoredArticle>('/v1/article', { id, includeText: true, includeQuotations: true }, signal),
  );
  const stored = answer.data;
  return (
    <section class="panel" aria-label="Article">
      <a class="close" href={close}>
        Close
      </a>
      {answer.isLoading && <Loading what="the article" />}
      {answer.problem && <ProblemNote problem={answer.problem} retry={answer.retry} />}
      {stored && <Contents key={id} stored={stored} lead={lead} />}
    </section>
  );
}

function Contents({ stored, lead }: { stored: StoredArticle; lead: string }) {
  const { article = {}, judgement = {}, matches = [], publication } = stored;
  const id = article.id ?? '';
  const names = useMemo(() => new Map(matches.map((match) => [match.id ?? '', nameOf(match)])), [matches]);
  const nameById = (other: string) => (other === id ? 'this article' : (names.get(other) ?? other));
  const text = useRef<HTMLDivElement>(null);
  const [shown, setShown] = useState<Evidence>();
  const show = (evidence: Evidence) => {
    setShown(evidence);
    const at = (judgement.evidence ?? []).indexOf(evidence);
    const mark = text.current?.querySelector<HTMLElement>(`[data-evidence~="${at}"]`);
    mark?.scrollIntoView({ block: 'center' });
    mark?.focus();
  };
  const published = milliseconds(publication?.time ?? article.published);
  const elsewhere = matches.filter((match) => match.cluster !== stored.placement?.cluster);
  const inCluster = matches.filter((match) => match.cluster === stored.placement?.cluster && match.id !== lead);
  return (
    <>
      <h2 class="panel-title" dir="auto">
        <HeadingTitle title={article.title} id={id} lang={article.lang} />
      </h2>
      <dl class="facts">
        <Fact name="Publisher">
          <Publisher article={article} />
        </Fact>
        {stored.byline && (
          <Fact name="By">
            <bdi dir="auto">{stored.byline}</bdi>
          </Fact>
        )}
        <Fact name="Published">
          {published === undefined ? (
            'not stated'
          ) : (
            <>
              <Time time={publication?.time ?? article.published} />
              {publication?.isLocal ? ' local time' : ' UTC'}
              <span class="faint"> {dateSource(publication?.source)}</span>
            </>
          )}
        </Fact>
        <Fact name="First seen">
          <Time time={stored.firstSeen} /> UTC
          {(stored.revision ?? 1) > 1 && <span class="faint"> now version {stored.revision}</span>}
        </Fact>
        {stored.modified && (
          <Fact name="Changed">
            {moment(milliseconds(stored.modified))} UTC <span class="faint">as the page states it</span>
          </Fact>
        )}
        {article.url && (
          <Fact name="Address">
            <WebLink url={article.url} />
          </Fact>
        )}
        {stored.canonicalUrl && stored.canonicalUrl !== article.url && (
          <Fact name="Canonical">
            <WebLink url={stored.canonicalUrl} />
          </Fact>
        )}
      </dl>
      <p class="actions">
        {id !== lead && (
          <a class="button" data-compare href={link('compare', { a: lead, b: id })}>
            Side by side with the lead
          </a>
        )}
      </p>
      <VerdictNote judgement={judgement} url={article.url} nameOf={nameById} />
      <details class="reasons" open>
        <summary>Why</summary>
        <EvidenceList judgement={judgement} nameOf={nameById} id={id} show={show} />
      </details>
      <Others title="Shares text with articles of other clusters" matches={elsewhere} id={id} isOpen />
      <Others title="Others of this cluster, nearest first" matches={inCluster} id={id} />
      {stored.truncated && <p class="note">A limit of the search was reached: there may be more.</p>}
      <h3>Text</h3>
      <p class="legend">
        <mark class="notice">notice that names a source</mark> <span class="not-counted">does not count</span>
      </p>
      <div class="text" ref={text}>
        <ArticleText stored={stored} shown={shown} />
      </div>
    </>
  );
}

function nameOf(article: { publisher?: string; url?: string; id?: string }): string {
  return article.publisher || hostOf(article) || article.id || '';
}

function Fact({ name, children }: { name: string; children: preact.ComponentChildren }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function Others({ title, matches, id, isOpen }: { title: string; matches: Match[]; id: string; isOpen?: boolean }) {
  if (matches.length === 0) return null;
  return (
    <details class="others" open={isOpen}>
      <summary>
        {title} <span class="faint">{counted(matches.length, 'article')}</span>
      </summary>
      <ul>
        {matches.map((match) => (
          <li key={match.id}>
            <span class="relation">{relationName(match.relation)}</span>{' '}
            <a href={link('cluster', { id: match.cluster, article: match.id })}>
              <Title title={match.title} id={match.id} />
            </a>{' '}
            <span class="faint">
              <bdi dir="auto">{nameOf(match)}</bdi>, {moment(milliseconds(match.time))}
            </span>
            <span class="row-tail">
              <Shares figures={match.figures} it="this article" other="that one" short={['this', 'that']} />
              <a href={link('compare', { a: match.id, b: id })}>
                Side by side<span class="hidden"> with {match.title || match.id}</span>
              </a>
            </span>
          </li>
        ))}
      </ul>
    </details>
  );
}

type TextMark = { kind: 'notice'; at: number } | { kind: 'not-counted' };

function ArticleText({ stored, shown }: { stored: StoredArticle; shown?: Evidence }) {
  const { article = {}, judgement = {}, notCounted = [] } = stored;
  const body = article.text ?? '';
  const evidence = judgement.evidence ?? [];
  const marked = useMemo(() => {
    const own = evidence.flatMap((one, at) => (one.span && !isOfRival(one) ? [{ span: one.span, at }] : []));
    const found: Range[] = ranges(body, [...notCounted, ...own.map(({ span }) => span)]);
    return found.map((range, i): Range & { mark: TextMark } => {
      const notice = own[i - notCounted.length];
      return { ...range, mark: notice ? { kind: 'notice', at: notice.at } : { kind: 'not-counted' } };
    });
  }, [stored]);
  if (body.trim() === '') return <p class="note">This article has no text.</p>;
  return (
    <MarkedText
      text={body}
      lang={article.lang}
      marked={marked}
      render={(words, marks, key) => {
        const notices = marks.flatMap((mark) => (mark.kind === 'notice' ? [mark.at] : []));
        if (notices.length === 0) {
          return (
            <span class="not-counted" key={key}>
              {words}
            </span>
          );
        }
        const isShown = notices.some((at) => evidence[at] === shown);
        // A photo credit, for instance, says nothing of the text.
        const isWeak = notices.every((at) => Math.abs(evidence[at]?.weight ?? 0) < 0.05);
        return (
          <mark class={`notice${isWeak ? ' weak' : ''}${isShown ? ' shown' : ''}`} data-evidence={notices.join(' ')} tabIndex={-1} key={key}>
            {words}
          </mark>
        );
      }}
    />
  );
}
