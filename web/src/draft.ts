/** The text that a person pasted to be checked. It is kept in memory only: it may not be public yet. */
import { Store } from './store';
import { go, link } from './route';

export interface Draft {
  text: string;
  isHtml: boolean;
  /** Report short quotations, too. */
  quotations: boolean;
  /** Tells drafts apart. */
  number: number;
}

export const draft = new Store<Draft | undefined>(undefined);

/** The name of the draft where a link needs an id. */
export const DRAFT = 'draft:';

let drafts = 0;

export function looksLikeHtml(text: string): boolean {
  return /^\s*(<!doctype\s|<html[\s>]|<\?xml\s)/i.test(text) || /<(body|article|p|div|h1)(\s[^>]*)?>/i.test(text);
}

/** Whether the text can be an id or a URL, and no article. */
export function looksLikeName(text: string): boolean {
  return text.length <= 8192 && !/[\r\n]/.test(text) && (!/\s/.test(text) || text.length <= 80);
}

/** Goes to what a person searches for: an article by its name, or a text. */
export function search(text: string, quotations = false): void {
  const trimmed = text.trim();
  if (trimmed === '') return;
  if (looksLikeName(trimmed)) go(link('find', { q: trimmed }));
  else checkText(trimmed, quotations);
}

export function checkText(text: string, quotations = false, replace = false): void {
  drafts += 1;
  draft.value = { text, isHtml: looksLikeHtml(text), quotations, number: drafts };
  go(link('check'), replace);
}
