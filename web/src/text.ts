/** Texts, and the parts of them that answers point at. */
import type { Span } from './messages';

/** A range of UTF-16 units of a string. */
export interface Range {
  start: number;
  end: number;
}

/** Converts offsets in the UTF-8 of a text to offsets in the string. One within a character is that of its start. */
export function fromUtf8(text: string, offsets: number[]): number[] {
  const order = offsets.map((_, i) => i).sort((a, b) => offsets[a]! - offsets[b]!);
  const found = new Array<number>(offsets.length).fill(text.length);
  let bytes = 0;
  let unit = 0;
  for (const i of order) {
    const target = offsets[i]!;
    while (unit < text.length) {
      const code = text.codePointAt(unit)!;
      const length = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
      if (bytes + length > target) break;
      bytes += length;
      unit += code < 0x10000 ? 1 : 2;
    }
    found[i] = unit;
  }
  return found;
}

/** Converts spans of bytes to ranges of the string. */
export function ranges(text: string, spans: (Span | undefined)[]): Range[] {
  const offsets = fromUtf8(text, spans.flatMap((span) => [span?.start ?? 0, span?.end ?? 0]));
  return spans.map((_, i) => ({ start: offsets[2 * i]!, end: offsets[2 * i + 1]! }));
}

/** A part of a text, with the marks that cover it. */
export interface Piece<Mark> extends Range {
  marks: Mark[];
}

/** Cuts a text where marks begin and end. Marks may overlap; empty ones are left out. */
export function pieces<Mark>(length: number, marked: (Range & { mark: Mark })[]): Piece<Mark>[] {
  const full = marked.filter(({ start, end }) => start < end);
  const edges = new Set([0, length, ...full.flatMap(({ start, end }) => [start, end])]);
  const cuts = [...edges].filter((edge) => edge <= length).sort((a, b) => a - b);
  const starts = [...full].sort((a, b) => a.start - b.start);
  let next = 0;
  let open: typeof full = [];
  return cuts.slice(0, -1).map((start, i) => {
    const end = cuts[i + 1]!;
    while (next < starts.length && starts[next]!.start <= start) open.push(starts[next++]!);
    open = open.filter((one) => one.end > start);
    return { start, end, marks: open.map((one) => one.mark) };
  });
}

/** Returns the paragraphs of a text: its lines that are not blank. */
export function paragraphs(text: string): Range[] {
  const found: Range[] = [];
  for (const match of text.matchAll(/[^\r\n]*[^\s][^\r\n]*/g)) {
    found.push({ start: match.index, end: match.index + match[0].length });
  }
  return found;
}

/** Returns the pieces within a paragraph. */
export function within<Mark>(paragraph: Range, all: Piece<Mark>[]): Piece<Mark>[] {
  return all
    .filter((piece) => piece.end > paragraph.start && piece.start < paragraph.end)
    .map((piece) => ({
      ...piece,
      start: Math.max(piece.start, paragraph.start),
      end: Math.min(piece.end, paragraph.end),
    }));
}

/**
 * Returns the language of a text for the choice of glyphs, where an article does not state it: Chinese, Japanese and
 * Korean share code points that each writes in its own way.
 */
export function languageOf(text: string | undefined, stated?: string): string | undefined {
  if (stated && /^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$/.test(stated)) return stated;
  const sample = (text ?? '').slice(0, 400);
  if (/[\p{Script=Hiragana}\p{Script=Katakana}]/u.test(sample)) return 'ja';
  if (/\p{Script=Hangul}/u.test(sample)) return 'ko';
  if (/\p{Script=Han}/u.test(sample)) return 'zh';
  return undefined;
}

/** Returns a URL that may be a link: one of the web, and of nothing else. */
export function webUrl(url: string | undefined): string | undefined {
  const parsed = parseUrl(url);
  return parsed && ['http:', 'https:'].includes(parsed.protocol) ? parsed.href : undefined;
}

function parseUrl(url: string | undefined): URL | undefined {
  return url && URL.canParse(url) ? new URL(url) : undefined;
}

/** Returns the host of an article as reports name it: of its URL, or else its publisher's name. */
export function hostOf(article: { url?: string; publisher?: string }): string {
  const host = parseUrl(article.url)?.host.replace(/^www\./, '');
  return host || (article.publisher ?? '').trim().toLowerCase();
}
