/** When the articles of a cluster came: a dot for each, on an axis of lags, in the colour of its site. */
import { useMemo } from 'preact/hooks';
import type { Summary } from '../messages';
import { siteOf, type Site } from '../sites';
import { duration, LAG_TICKS, lagScale, milliseconds } from '../time';
import { useWidth } from '../use_width';
import { counted } from '../words';

const DOT = 7;
const MOST_ROWS = 12;
const MARGIN = 14;

export interface StripProps {
  articles: Summary[];
  sites: Map<string, Site>;
  selected?: string;
}

export function Strip({ articles, sites, selected }: StripProps) {
  const [element, width] = useWidth<HTMLDivElement>();
  const drawn = useMemo(() => arrange(articles, sites, width), [articles, sites, width]);
  const height = drawn.height + 30;
  const last = drawn.lags.at(-1) ?? 0;
  const words = `${counted(articles.length, 'article')} on an axis of time; the last came ${duration(last)} after the lead.`;
  const axis = height - 20;
  return (
    <div class="strip" ref={element}>
      {width > 0 && (
        <svg width={width} height={height} role="img" aria-label={words}>
          {drawn.ticks.map(({ x, name, anchor }) => (
            <g key={name}>
              <line class="tick" x1={x} x2={x} y1={0} y2={axis + 4} />
              <text class="tick-name" x={x} y={height - 4} text-anchor={anchor}>
                {name}
              </text>
            </g>
          ))}
          <line class="axis" x1={0} x2={width} y1={axis} y2={axis} />
          {drawn.dots.map((dot) => (
            <circle
              key={dot.i}
              class={`dot colour-${dot.colour}${articles[dot.i]?.id === selected ? ' selected' : ''}`}
              cx={dot.x}
              cy={axis - 5 - dot.row * drawn.step}
              r={articles[dot.i]?.id === selected ? 5 : drawn.radius}
            />
          ))}
        </svg>
      )}
    </div>
  );
}

interface Dot {
  i: number;
  x: number;
  row: number;
  colour: number;
}

/** Stacks the dots of one place. Where there are too many, they come closer. */
function arrange(articles: Summary[], sites: Map<string, Site>, width: number) {
  const start = milliseconds(articles[0]?.time) ?? 0;
  const lags = articles.map((article) => (milliseconds(article.time) ?? start) - start).sort((a, b) => a - b);
  const [low, high] = [lagScale(Math.min(0, lags[0] ?? 0)), lagScale(Math.max(lags.at(-1) ?? 0, 15 * 60_000))];
  const inner = Math.max(1, width - 2 * MARGIN);
  const place = (ms: number) => MARGIN + ((lagScale(ms) - low) / (high - low)) * inner;
  const stacks = new Map<number, number>();
  const dots: Dot[] = articles.map((article, i) => {
    const ms = (milliseconds(article.time) ?? start) - start;
    const column = Math.round(place(ms) / DOT);
    const row = stacks.get(column) ?? 0;
    stacks.set(column, row + 1);
    return { i, x: column * DOT, row, colour: sites.get(siteOf(article))?.colour ?? 0 };
  });
  const rows = Math.max(1, ...stacks.values());
  const step = rows > MOST_ROWS ? (MOST_ROWS * DOT) / rows : DOT;
  let free = -Infinity;
  const ticks = LAG_TICKS.filter(([ms]) => lagScale(ms) <= high).flatMap(([ms, name]) => {
    const x = place(ms);
    if (x < free) return [];
    free = x + 52;
    const anchor = x < 30 ? ('start' as const) : x > width - 30 ? ('end' as const) : ('middle' as const);
    return [{ x, name, anchor }];
  });
  return { dots, ticks, lags, height: rows * step, step, radius: step < 4 ? 2 : 3 };
}
