/** A list of which only the rows in view are in the document, so that thousands stay quick. */
import type { ComponentChildren } from 'preact';
import { useLayoutEffect, useRef, useState } from 'preact/hooks';

/** Shorter lists are whole: rows may have any height, and the browser finds words in all of them. */
const SHORT = 120;
/** Rows beyond the window on each side. */
const SPARE = 12;

export interface LongListProps<T> {
  items: T[];
  label: string;
  keyOf: (item: T) => string;
  render: (item: T, index: number) => ComponentChildren;
  /** The height of a row, in units of the root's font size, at this width of the window. */
  rowHeight: (width: number) => number;
  /** The item that must be in view. */
  shown?: number;
  /** Called with the items in view once scrolling rests. */
  onView?: (items: T[]) => void;
}

export function LongList<T>({ items, label, keyOf, render, rowHeight, shown, onView }: LongListProps<T>) {
  const list = useRef<HTMLOListElement>(null);
  const [range, setRange] = useState<[number, number]>([0, 40]);
  const isLong = items.length > SHORT;
  const rem = parseFloat(getComputedStyle(document.documentElement).fontSize);
  const height = Math.round(rowHeight(innerWidth) * rem);

  useLayoutEffect(() => {
    let rest: ReturnType<typeof setTimeout> | undefined;
    const measure = () => {
      const top = list.current?.getBoundingClientRect().top ?? 0;
      const from = Math.max(0, Math.floor(-top / height) - SPARE);
      const to = Math.min(items.length, Math.ceil((innerHeight - top) / height) + SPARE);
      if (isLong) setRange(([a, b]) => (a === from && b === to ? [a, b] : [from, to]));
      clearTimeout(rest);
      rest = setTimeout(() => onView?.(isLong ? items.slice(from, to) : items), 120);
    };
    measure();
    addEventListener('scroll', measure, { passive: true });
    addEventListener('resize', measure);
    return () => {
      clearTimeout(rest);
      removeEventListener('scroll', measure);
      removeEventListener('resize', measure);
    };
  }, [items, height]);

  useLayoutEffect(() => {
    if (shown === undefined || shown < 0 || !list.current) return;
    const box = list.current.getBoundingClientRect();
    const row = isLong ? undefined : list.current.children[shown]?.getBoundingClientRect();
    const top = row?.top ?? box.top + shown * height;
    const bottom = row?.bottom ?? top + height;
    const bar = 72;
    if (top < bar) scrollBy(0, top - bar);
    else if (bottom > innerHeight) scrollBy(0, bottom - innerHeight + 16);
  }, [shown]);

  const [from, to] = isLong ? range : [0, items.length];
  const size = isLong ? { height: `${items.length * height}px` } : {};
  return (
    <ol ref={list} class={`rows ${isLong ? 'long' : ''}`} aria-label={label} style={size}>
      {items.slice(from, to).map((item, i) => {
        const at = from + i;
        const place = isLong ? { transform: `translateY(${at * height}px)`, height: `${height}px` } : {};
        return (
          <li key={keyOf(item)} aria-setsize={items.length} aria-posinset={at + 1} style={place}>
            {render(item, at)}
          </li>
        );
      })}
    </ol>
  );
}
