/** Two texts beside each other: what they share is marked and linked, and they scroll together. */
import { useCallback, useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { useKeys } from '../keys';
import type { Article, Passage, Span, Timestamp } from '../messages';
import { link } from '../route';
import { alignment, sharedPassages } from '../passages';
import { ranges, type Range } from '../text';
import { counted } from '../words';
import { MarkedText } from './marked_text';
import { HeadingTitle, Publisher, Time } from './words';

export interface ComparedText {
  article: Article;
  text: string;
  notCounted: Span[];
  time?: Timestamp;
}

export interface SideBySideProps {
  a: ComparedText;
  b: ComparedText;
  passages: Passage[];
  /** Then what only `b` has was cut, and what only `a` has was added. */
  isBEarlier: boolean;
}

type Mark = { passage: number } | 'shared' | 'not-counted' | 'own';

/** How long a pane that was scrolled by hand leads the other. */
const LEADS_MS = 150;

export function SideBySide({ a, b, passages, isBEarlier }: SideBySideProps) {
  const { linked: shared, others } = useMemo(() => sharedPassages(passages, a.text, b.text), [passages, a, b]);
  const rangesOf = useMemo(() => {
    const of = (side: 'a' | 'b') => ({ linked: shared.map((one) => one[side]), others: others.map((one) => one[side]) });
    return [of('a'), of('b')] as const;
  }, [shared, others]);
  const [current, setCurrent] = useState<number>();
  const panes = [useRef<HTMLDivElement>(null), useRef<HTMLDivElement>(null)] as const;
  const leader = useRef<{ pane: number; until: number }>({ pane: 0, until: 0 });

  const partsOf = useCallback(
    (pane: number, passage: number) => panes[pane]!.current?.querySelector<HTMLElement>(`[data-passage="${passage}"]`),
    [],
  );
  /** Scrolls the other pane so that the passage at the middle of this one is beside its counterpart. */
  const follow = useCallback((from: number) => {
    if (leader.current.pane !== from && performance.now() < leader.current.until) return;
    leader.current = { pane: from, until: performance.now() + LEADS_MS };
    const [here, there] = [panes[from]!.current, panes[1 - from]!.current];
    if (!here || !there) return;
    const top = (pane: HTMLElement, part: HTMLElement) =>
      part.getBoundingClientRect().top - pane.getBoundingClientRect().top + pane.scrollTop;
    const anchors = shared.flatMap((_, i): [number, number][] => {
      const [one, other] = [partsOf(from, i), partsOf(1 - from, i)];
      return one && other ? [[top(here, one), top(there, other)]] : [];
    });
    const middle = here.clientHeight / 3;
    there.scrollTop = alignment(anchors, here.scrollHeight, there.scrollHeight)(here.scrollTop + middle) - middle;
  }, [shared]);

  const show = (passage: number, from?: number) => {
    setCurrent(passage);
    for (const pane of [0, 1]) {
      const [box, part] = [panes[pane]!.current, partsOf(pane, passage)];
      if (!box || !part) continue;
      leader.current = { pane, until: performance.now() + LEADS_MS };
      if (pane !== from) box.scrollTop += part.getBoundingClientRect().top - box.getBoundingClientRect().top - box.clientHeight / 4;
    }
    leader.current = { pane: from ?? 0, until: performance.now() + 2 * LEADS_MS };
  };
  const step = (by: number) => {
    if (shared.length === 0) return;
    const next = current === undefined ? (by > 0 ? 0 : shared.length - 1) : (current + by + shared.length) % shared.length;
    show(next);
  };
  useKeys({ n: () => step(1), p: () => step(-1) });
  useEffect(() => setCurrent(undefined), [shared]);

  const [nameA, nameB] = isBEarlier ? ['added', 'cut'] : ['cut', 'added'];
  const side = (pane: 0 | 1) => {
    const it = pane === 0 ? a : b;
    const own = pane === 0 ? nameA : nameB;
    return (
      <section class="side" aria-label={pane === 0 ? 'Left text' : 'Right text'}>
        <header class="side-head">
          <h2 dir="auto">
            <HeadingTitle title={it.article.title} id={it.article.id} lang={it.article.lang} />
          </h2>
          <p>
            {it.article.id ? (
              <>
                <Publisher article={it.article} /> <Time time={it.time} />{' '}
                <a href={link('cluster', { id: it.article.id, article: it.article.id })}>Timeline</a>
              </>
            ) : (
              <span class="faint">not stored</span>
            )}{' '}
            <span class={`key ${own}`}>{own === 'cut' ? 'only here: cut' : 'only here: added'}</span>
          </p>
        </header>
        <div class="pane" ref={panes[pane]} tabIndex={0} role="group" aria-label={`${pane === 0 ? 'Left' : 'Right'} text, scrolls`} onScroll={() => follow(pane)}>
          <Side text={it} shared={rangesOf[pane]} own={own} current={current} show={(passage) => show(passage, pane)} />
        </div>
      </section>
    );
  };
  return (
    <>
      <div class="passage-bar">
        <span role="status">
          {current === undefined
            ? `${counted(shared.length, 'shared passage')}${passages.length >= 100 ? ' (the 100 longest; shorter ones are not marked)' : ''}`
            : `Passage ${current + 1} of ${shared.length}`}
        </span>
        <button type="button" disabled={shared.length === 0} onClick={() => step(-1)}>
          Previous
        </button>
        <button type="button" disabled={shared.length === 0} onClick={() => step(1)}>
          Next
        </button>
        <span class="legend">
          <mark class="passage">in both</mark> <span class="cut">cut</span> <span class="added">added</span>{' '}
          <span class="not-counted">does not count</span>
        </span>
      </div>
      <div class="sides">
        {side(0)}
        {side(1)}
      </div>
    </>
  );
}

interface SideProps {
  text: ComparedText;
  shared: { linked: Range[]; others: Range[] };
  own: string;
  current?: number;
  show: (passage: number) => void;
}

function Side({ text, shared, own, current, show }: SideProps) {
  const marked = useMemo(() => {
    const skipped = ranges(text.text, text.notCounted);
    const whole: Range & { mark: Mark } = { start: 0, end: text.text.length, mark: 'own' };
    return [
      whole,
      ...skipped.map((range) => ({ ...range, mark: 'not-counted' as Mark })),
      ...shared.others.map((range) => ({ ...range, mark: 'shared' as Mark })),
      ...shared.linked.map((range, passage) => ({ ...range, mark: { passage } as Mark })),
    ];
  }, [text, shared]);
  if (text.text.trim() === '') return <p class="note">There is no text.</p>;
  return (
    <MarkedText
      text={text.text}
      lang={text.article.lang}
      marked={marked}
      render={(words, marks, key, begun) => {
        const mark = marks.find((one) => typeof one === 'object');
        if (mark) {
          const { passage } = mark;
          return (
            <PassagePart
              key={key}
              passage={passage}
              words={words}
              counts={!marks.includes('not-counted')}
              isStart={begun.includes(mark)}
              isCurrent={passage === current}
              show={show}
            />
          );
        }
        // Passages end with a word; the stop behind it was neither cut nor added.
        if (!/[\p{L}\p{N}]/u.test(words)) return <span key={key}>{words}</span>;
        if (marks.includes('shared')) {
          return (
            <mark class="passage unlinked" key={key}>
              {words}
            </mark>
          );
        }
        const kind = marks.includes('not-counted') ? 'not-counted' : own;
        const Tag = kind === 'cut' ? 'del' : kind === 'added' ? 'ins' : 'span';
        return (
          <Tag class={kind} key={key}>
            {words}
          </Tag>
        );
      }}
    />
  );
}

interface PassagePartProps {
  passage: number;
  words: string;
  counts: boolean;
  isStart: boolean;
  isCurrent: boolean;
  show: (passage: number) => void;
}

function PassagePart({ passage, words, counts, isStart, isCurrent, show }: PassagePartProps) {
  return (
    <>
      {isStart && (
        <button
          type="button"
          class="passage-number"
          data-passage={passage}
          aria-label={`Passage ${passage + 1}: show it in the other text`}
          aria-pressed={isCurrent}
          onClick={() => show(passage)}
        >
          {passage + 1}
        </button>
      )}
      <mark class={`passage${isCurrent ? ' current' : ''}${counts ? '' : ' not-counted'}`} onClick={() => show(passage)}>
        {words}
      </mark>
    </>
  );
}
