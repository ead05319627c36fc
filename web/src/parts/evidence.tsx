/** The reasons for a role, in words, with their weights. */
import type { Evidence, Judgement } from '../messages';
import { link } from '../route';
import { evidenceSentence, isOfRival, percent, QUESTIONS, quotes, ROLES, verdictName } from '../words';
import { languageOf } from '../text';
import { duration } from '../time';
import { WebLink } from './words';

/** The weight at which a bar is full. */
const FULL = 4;

export interface EvidenceListProps {
  judgement: Judgement;
  /** The name of another article that evidence points at. */
  nameOf: (id: string) => string;
  /** The article that is judged, if it is stored. */
  id?: string;
  /** Shows where the words of evidence stand in the text. */
  show?: (evidence: Evidence) => void;
}

export interface VerdictNoteProps {
  judgement: Judgement;
  /** The URL of the article itself. */
  url?: string;
  nameOf: (id: string) => string;
}

export function VerdictNote({ judgement, url, nameOf }: VerdictNoteProps) {
  return (
    <div class="verdict">
      <p class="verdict-role">{verdictName(judgement)}</p>
      <p>
        {ROLES[judgement.role ?? '']?.meaning ?? ''} <SourceNote judgement={judgement} url={url} nameOf={nameOf} />
      </p>
    </div>
  );
}

/** The source, how much earlier it was published, and its page. */
function SourceNote({ judgement, url, nameOf }: VerdictNoteProps) {
  const { original = '', source, sourceUrl = '', lagMs } = judgement;
  const page = sourceUrl !== url ? sourceUrl : '';
  const name = source || nameOf(original);
  if (judgement.role === 'ROLE_ORIGINAL' || (!name && !page)) return null;
  const ms = Number(lagMs ?? 0);
  return (
    <>
      Source:{' '}
      {original ? (
        <a href={link('cluster', { id: original, article: original })}>
          <bdi dir="auto">{name}</bdi>
        </a>
      ) : (
        <bdi dir="auto">{name}</bdi>
      )}
      {lagMs !== undefined && `, ${duration(ms)} ${ms < 0 ? 'later' : 'earlier'}`}
      {page && (
        <>
          {name && ', '}
          <WebLink url={page}>{name ? 'its page' : undefined}</WebLink>
        </>
      )}
      .
    </>
  );
}

export function EvidenceList({ judgement, nameOf, id, show }: EvidenceListProps) {
  const evidence = judgement.evidence ?? [];
  // Once for each other article is enough.
  const linked = new Set([id, '']);
  const isNew = (other = '') => !linked.has(other) && linked.add(other) !== undefined;
  const asked = QUESTIONS.map((question) => ({
    ...question,
    found: evidence.filter((one) => (one.question ?? '') === question.question),
  }));
  return (
    <div class="evidence">
      {asked
        .filter(({ found }) => found.length > 0)
        .map(({ question, title, above, below, found }) => (
          <section key={question}>
            <h3>
              {title}: <span class="sum">{conclusion(found, above, below)}</span>
            </h3>
            <ul>
              {found.map((one, i) => (
                <li key={i}>
                  <Weight weight={one.weight ?? 0} />
                  <span class="reason">
                    <bdi dir="auto">{evidenceSentence(one, nameOf(one.article ?? ''))}</bdi>
                    {quotes(one) && (
                      <>
                        :{' '}
                        <q dir="auto" lang={languageOf(one.words)}>
                          {one.words}
                        </q>
                      </>
                    )}
                    {one.span && !isOfRival(one) && show && (
                      <>
                        {' '}
                        <button type="button" class="inline" onClick={() => show(one)}>
                          Show in the text
                        </button>
                      </>
                    )}
                    {id && isNew(one.article) && (
                      <>
                        {' '}
                        <a href={link('compare', { a: one.article, b: id })}>
                          Side by side<span class="hidden"> with {nameOf(one.article ?? '')}</span>
                        </a>
                      </>
                    )}
                  </span>
                </li>
              ))}
            </ul>
          </section>
        ))}
      {evidence.length > 0 && (
        <p class="note">
          Weights are log odds. Those of one question add up: 0 is even, 1.1 is three to one, 3.5 is 97 %.
        </p>
      )}
    </div>
  );
}

function conclusion(found: Evidence[], above: string, below: string): string {
  const sum = found.reduce((all, one) => all + (one.weight ?? 0), 0);
  const odds = Math.min(Math.max(1 / (1 + Math.exp(-Math.abs(sum))), 0.5), 0.99);
  if (Math.abs(sum) < 0.05) return 'even';
  return `${sum > 0 ? above : below}, ${percent(odds)}`;
}

/** A bar to the right of the middle for what speaks for "taken", to the left for what speaks against. */
function Weight({ weight }: { weight: number }) {
  const part = (Math.min(Math.abs(weight), FULL) / FULL) * 50;
  const size = Math.abs(weight).toFixed(1);
  const text = size === '0.0' ? size : `${weight < 0 ? '\u2212' : '+'}${size}`;
  return (
    <span class="weight">
      <svg class="scale" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">
        <rect class="whole" width="100" height="8" />
        <rect class={weight < 0 ? 'below' : 'above'} x={weight < 0 ? 50 - part : 50} width={part} height="8" />
        <line class="middle" x1="50" x2="50" y1="0" y2="8" />
      </svg>
      <span class="figure">{text}</span>
    </span>
  );
}
