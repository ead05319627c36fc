/** A text in paragraphs, each in its own direction, with parts of it marked. */
import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';
import { languageOf, paragraphs, pieces, within, type Range } from '../text';

export interface MarkedTextProps<Mark> {
  text: string;
  lang?: string;
  marked: (Range & { mark: Mark })[];
  /** Renders a part with its marks; `begun` are those of which it is the first part. */
  render: (text: string, marks: Mark[], key: string, begun: Mark[]) => JSX.Element;
}

export function MarkedText<Mark>({ text, lang, marked, render }: MarkedTextProps<Mark>) {
  const parts = useMemo(() => {
    const all = pieces(text.length, marked);
    let from = 0;
    return paragraphs(text).map((paragraph) => {
      while (from < all.length && all[from]!.end <= paragraph.start) from += 1;
      let to = from;
      while (to < all.length && all[to]!.start < paragraph.end) to += 1;
      return { paragraph, pieces: within(paragraph, all.slice(from, to)) };
    });
  }, [text, marked]);
  const seen = new Set<Mark>();
  return (
    <>
      {parts.map(({ paragraph, pieces }) => (
        <p dir="auto" lang={languageOf(text, lang)} key={paragraph.start}>
          {pieces.map((piece) => {
            const words = text.slice(piece.start, piece.end);
            if (piece.marks.length === 0) return words;
            const begun = piece.marks.filter((mark) => !seen.has(mark));
            for (const mark of begun) seen.add(mark);
            return render(words, piece.marks, String(piece.start), begun);
          })}
        </p>
      ))}
    </>
  );
}
