/** Colours of publishers: those of one site have one colour. */
import type { Summary } from './messages';
import { hostOf } from './text';

/** How many sites have a colour of their own; the rest share a grey. */
export const COLOURS = 7;

export interface Site {
  name: string;
  articles: number;
  /** The number of its colour; `COLOURS` for the shared one. */
  colour: number;
}

/** Returns the site of an article; its host where the server names none. */
export function siteOf(article: Summary): string {
  return article.site || hostOf(article) || 'no publisher';
}

/** Returns the sites of articles, those with the most articles first; the first article's has the first colour. */
export function sitesOf(articles: Summary[]): Map<string, Site> {
  const counts = new Map<string, number>();
  for (const article of articles) {
    const name = siteOf(article);
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  const lead = articles[0] && siteOf(articles[0]);
  const order = [...counts].sort(([a, some], [b, more]) => Number(b === lead) - Number(a === lead) || more - some);
  return new Map(
    order.map(([name, articles], i) => [name, { name, articles, colour: Math.min(i, COLOURS) }]),
  );
}
