/** Passages that two texts share. */
import type { Passage } from './messages';
import { ranges, type Range } from './text';

export interface SharedPassage {
  a: Range;
  b: Range;
}

export interface SharedPassages {
  /** Passages that can be linked, in the order of the first text. */
  linked: SharedPassage[];
  /** The others. A word can be linked to one place only: of passages that overlap, the longest is linked. */
  others: SharedPassage[];
}

/** Returns passages, which come the longest first, as ranges of both strings. */
export function sharedPassages(passages: Passage[], textA: string, textB: string): SharedPassages {
  const [as, bs] = [
    ranges(textA, passages.map((passage) => passage.a)),
    ranges(textB, passages.map((passage) => passage.b)),
  ];
  const linked: SharedPassage[] = [];
  const others: SharedPassage[] = [];
  const meets = (one: Range, other: Range) => one.start < other.end && other.start < one.end;
  for (const [i, a] of as.entries()) {
    const b = bs[i]!;
    const isFree = linked.every((other) => !meets(a, other.a) && !meets(b, other.b));
    (isFree ? linked : others).push({ a, b });
  }
  linked.sort((one, other) => one.a.start - other.a.start);
  return { linked, others };
}

/**
 * Returns where in one text a place of the other belongs, from places that belong together: straight lines between
 * them. Of places that cross, as after a move, the longest run in one order counts.
 */
export function alignment(
  anchors: readonly (readonly [number, number])[],
  end: number,
  otherEnd: number,
): (place: number) => number {
  const points = [[0, 0] as const, ...longestRun(anchors), [end, otherEnd] as const];
  return (place) => {
    const after = points.findIndex(([from]) => from > place);
    const next = after < 0 ? points.length - 1 : Math.max(1, after);
    const [[x0, y0], [x1, y1]] = [points[next - 1]!, points[next]!];
    return x1 === x0 ? y0 : y0 + ((place - x0) / (x1 - x0)) * (y1 - y0);
  };
}

/** Returns the most points of which both places increase. */
function longestRun(anchors: readonly (readonly [number, number])[]): (readonly [number, number])[] {
  const points = [...anchors].sort((one, other) => one[0] - other[0]);
  const best = points.map(() => ({ length: 1, before: -1 }));
  for (const [i, [, y]] of points.entries()) {
    for (let j = 0; j < i; j += 1) {
      if (points[j]![1] < y && points[j]![0] < points[i]![0] && best[j]!.length >= best[i]!.length) {
        best[i] = { length: best[j]!.length + 1, before: j };
      }
    }
  }
  let at = best.reduce((top, one, i) => (one.length > (best[top]?.length ?? 0) ? i : top), -1);
  const run: (readonly [number, number])[] = [];
  for (; at >= 0; at = best[at]!.before) run.unshift(points[at]!);
  return run;
}
