/** Small parts of many views. All text in them is foreign, so it is only ever text. */
import type { ComponentChildren } from 'preact';
import type { Problem } from '../api';
import { askForToken } from '../api';
import type { Figures, Timestamp } from '../messages';
import { link } from '../route';
import type { Site } from '../sites';
import { hostOf, languageOf, webUrl } from '../text';
import { milliseconds, moment } from '../time';
import { percent, ROLES, roleName } from '../words';

interface TitleProps {
  title?: string;
  id?: string;
  lang?: string;
}

/** A headline, or the id of an article without one. */
export function Title({ title, id, lang }: TitleProps) {
  return title ? (
    <bdi dir="auto" lang={languageOf(title, lang)}>
      {title}
    </bdi>
  ) : (
    <bdi class="id">{id || 'without a title'}</bdi>
  );
}

/** The same as the words of a heading with `dir="auto"`, which isolated words would have no part in. */
export function HeadingTitle({ title, id, lang }: TitleProps) {
  return title ? <span lang={languageOf(title, lang)}>{title}</span> : <span class="id">{id || 'without a title'}</span>;
}

export function Time({ time }: { time?: Timestamp }) {
  const ms = milliseconds(time);
  return ms === undefined ? (
    <span>time unknown</span>
  ) : (
    <time class="time" dateTime={new Date(ms).toISOString()} title={`${new Date(ms).toLocaleString()} by this computer’s clock`}>
      {moment(ms)}
    </time>
  );
}

/** The publisher, with the colour of its site, as a link to the report on its host. */
export function Publisher({ article, site }: { article: { url?: string; publisher?: string }; site?: Site }) {
  const host = hostOf(article);
  const name = article.publisher || host;
  return (
    <span class="publisher">
      {site && <Swatch site={site} />}
      {name ? (
        <a href={link('host', { host })}>
          <bdi dir="auto">{name}</bdi>
        </a>
      ) : (
        'no publisher'
      )}
    </span>
  );
}

export function Swatch({ site }: { site: Site }) {
  return <span class={`swatch colour-${site.colour}`} aria-hidden="true" />;
}

export function RoleChip({ role }: { role?: string }) {
  return (
    <span class={`role ${(role ?? '').toLowerCase()}`} title={(role && ROLES[role]?.meaning) || undefined}>
      {roleName(role)}
    </span>
  );
}

export interface SharesProps {
  /** Of the first text, `it`, and the other one. */
  figures?: Figures;
  it: string;
  other: string;
  /** Short names of both. */
  short: readonly [string, string];
}

/** How much of each of two texts is in the other. */
export function Shares({ figures, it, other, short }: SharesProps) {
  return (
    <span class="shares">
      <Share share={figures?.containmentOfOther} words={`of ${other} is in ${it}`} short={`of ${short[1]}`} />
      <Share share={figures?.containment} words={`of ${it} is in ${other}`} short={`of ${short[0]}`} />
    </span>
  );
}

function Share({ share, words, short }: { share?: number; words: string; short: string }) {
  return (
    <span class="share" title={`${percent(share)} ${words}`}>
      <svg class="meter" viewBox="0 0 100 1" preserveAspectRatio="none" aria-hidden="true">
        <rect class="whole" width="100" height="1" />
        <rect class="part" width={100 * Math.min(1, share ?? 0)} height="1" />
      </svg>
      <span class="figure">{percent(share)}</span>
      <span class="share-words" aria-hidden="true">
        {short}
      </span>
      <span class="hidden"> {words}</span>
    </span>
  );
}

/** A link to a page of the web, if the URL is one; else its text. */
export function WebLink({ url, children }: { url?: string; children?: ComponentChildren }) {
  const href = webUrl(url);
  const text = children ?? <bdi dir="ltr">{url}</bdi>;
  if (!href) return <span class="no-link">{text}</span>;
  return (
    <a href={href} target="_blank" rel="noreferrer noopener">
      {text}
      <span class="outside" aria-hidden="true">
        ↗
      </span>
      <span class="hidden"> (opens in a new tab)</span>
    </a>
  );
}

/** Why there is nothing to show, and what can be done. */
export function ProblemNote({ problem, retry }: { problem: Problem; retry?: () => void }) {
  if (problem.isAbort) return null;
  const isDenied = problem.status === 401 || problem.status === 403;
  const withToken = async () => {
    if ((await askForToken(problem.detail)) !== undefined) retry?.();
  };
  return (
    <div class="problem" role="alert">
      <p>
        <strong>{headline(problem)}</strong> <bdi dir="auto">{problem.detail}</bdi>
        {problem.retryAfter !== undefined && ` Worth another try in ${problem.retryAfter} s.`}
      </p>
      {retry && (
        <p class="actions">
          <button type="button" onClick={retry}>
            Try again
          </button>
          {isDenied && (
            <button type="button" onClick={() => void withToken()}>
              Use another token
            </button>
          )}
        </p>
      )}
    </div>
  );
}

function headline(problem: Problem): string {
  switch (problem.code) {
    case 'NOT_FOUND':
      return 'Not stored here.';
    case 'UNAUTHENTICATED':
      return 'An access token is needed.';
    case 'PERMISSION_DENIED':
      return 'Not allowed.';
    case 'RESOURCE_EXHAUSTED':
      return 'Too much at once.';
    case 'UNAVAILABLE':
      return 'No answer.';
    default:
      return 'That did not work.';
  }
}

export function Loading({ what }: { what: string }) {
  return (
    <p class="loading" role="status">
      Loading {what}…
    </p>
  );
}
