/** Two articles side by side. */
import { useMemo } from 'preact/hooks';
import { get, post } from '../api';
import { DRAFT, draft, type Draft } from '../draft';
import type { Article, Comparison, StoredArticle } from '../messages';
import { SideBySide, type ComparedText } from '../parts/side_by_side';
import { Loading, ProblemNote } from '../parts/words';
import { collection, link, route } from '../route';
import { useStore } from '../store';
import { milliseconds } from '../time';
import { useAnswer } from '../use_answer';
import { percent } from '../words';

interface Loaded {
  a: ComparedText;
  b: ComparedText;
  comparison: Comparison;
}

export function CompareView() {
  const { query } = useStore(route);
  const [a, b] = [query.get('a') ?? '', query.get('b') ?? ''];
  const pasted = useStore(draft);
  const isGone = [a, b].includes(DRAFT) && !pasted;
  const key = `compare ${collection()} ${a}\n${b} ${pasted?.number} ${isGone}`;
  const answer = useAnswer<Loaded | undefined>(key, async (signal) => {
    if (isGone) return undefined;
    const stored = (id: string) =>
      id === DRAFT ? undefined : get<StoredArticle>('/v1/article', { id, includeText: true }, signal);
    const sides = { a: side(a, pasted), b: side(b, pasted) };
    const [one, other, comparison] = await Promise.all([
      stored(a),
      stored(b),
      post<Comparison>('/v1/compare', sides, signal),
    ]);
    const [first, second] = [
      compared(one, pasted, comparison.textA),
      compared(other, pasted, comparison.textB),
    ];
    return { a: first, b: second, comparison };
  });
  return (
    <>
      <h1 class="hidden">Side by side</h1>
      {isGone && (
        <p class="empty">
          The pasted text is gone: it is kept only while this tab shows the page. <a href={link('check')}>Paste it again</a>.
        </p>
      )}
      {!isGone && answer.isLoading && <Loading what="both texts" />}
      {answer.problem && <ProblemNote problem={answer.problem} retry={answer.retry} />}
      {answer.data && <Compared {...answer.data} />}
    </>
  );
}

function side(id: string, pasted: Draft | undefined): object {
  if (id !== DRAFT || !pasted) return { id };
  return { text: pasted.isHtml ? { html: pasted.text } : { text: pasted.text } };
}

function compared(stored: StoredArticle | undefined, pasted: Draft | undefined, mainText?: string): ComparedText {
  if (stored) {
    const article: Article = stored.article ?? {};
    return {
      article,
      text: article.text ?? '',
      notCounted: stored.notCounted ?? [],
      time: stored.publication?.time ?? article.published ?? stored.firstSeen,
    };
  }
  const text = (pasted?.isHtml ? mainText : pasted?.text) ?? '';
  return { article: { title: 'The pasted text' }, text, notCounted: [] };
}

function Compared({ a, b, comparison }: Loaded) {
  // Text that only the later one has was added; text that only the earlier one has was cut.
  const isBEarlier = useMemo(() => {
    const [one, other] = [milliseconds(a.time), milliseconds(b.time)];
    return one !== undefined && other !== undefined && other < one;
  }, [a, b]);
  const figures = comparison.figures ?? {};
  return (
    <>
      <p class="finding" role="status">
        {comparison.copy ? 'Copies of one another' : 'No copies'}: {percent(figures.containment)} of the left text is in the
        right one, {percent(figures.containmentOfOther)} of the right one is in the left, resemblance{' '}
        {percent(figures.resemblance)}.
      </p>
      <SideBySide a={a} b={b} passages={comparison.passages ?? []} isBEarlier={isBEarlier} />
    </>
  );
}
