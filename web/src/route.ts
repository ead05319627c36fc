/** The view that the fragment of the URL names: `#/cluster?id=a&article=b`. */
import { Store } from './store';

export interface Route {
  /** "cluster"; empty for the first page. */
  view: string;
  query: URLSearchParams;
}

/** Parameters of a view. Empty ones are left out. */
export type Parameters = Record<string, string | number | undefined>;

export function parse(fragment: string): Route {
  const [path = '', query = ''] = fragment.replace(/^#\/?/, '').split(/\?(.*)/s, 2);
  return { view: path, query: new URLSearchParams(query) };
}

/** The present view. */
export const route = new Store<Route>(parse(location.hash));

let shown = location.hash;

addEventListener('hashchange', () => show(location.hash));

function show(fragment: string): void {
  if (fragment === shown) return;
  shown = fragment;
  route.value = parse(fragment);
}

/** The collection that is looked at; empty for the default one. */
export function collection(): string {
  return route.value.query.get('in') ?? '';
}

/** Returns the link to a view, in the present collection. */
export function link(view: string, parameters: Parameters = {}): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries({ ...parameters, in: parameters.in ?? collection() })) {
    if (value !== undefined && value !== '') query.set(name, String(value));
  }
  const text = query.toString();
  return `#/${view}${text && `?${text}`}`;
}

/** Goes to a view. With `replace`, the back button skips the present one. */
export function go(href: string, replace = false): void {
  if (replace) history.replaceState(null, '', href);
  else location.hash = href;
  // The event of the browser comes later; keys that follow at once need the new view.
  show(href);
}
