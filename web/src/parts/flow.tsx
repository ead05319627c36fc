/** Drawings of a host's copies: from whom, to whom, and how late. The tables beside them have the same figures. */
import { lag, LAG_TICKS, lagScale } from '../time';
import type { Traffic } from '../messages';
import { useWidth } from '../use_width';

/** Hosts on each side. */
const MOST = 8;
const ROW = 26;

export interface FlowProps {
  host: string;
  from: Traffic[];
  by: Traffic[];
}

interface Flow {
  host: string;
  articles: number;
  lagMs: number;
}

function flows(traffic: Traffic[]): Flow[] {
  return traffic.slice(0, MOST).map((one) => ({
    host: one.host ?? '',
    articles: Number(one.articles ?? 0),
    lagMs: Number(one.medianLagMs ?? 0),
  }));
}

/** The host in the middle, whom it copies on the left, who copies it on the right. */
export function FlowDiagram({ host, from, by }: FlowProps) {
  const [element, width] = useWidth<HTMLDivElement>();
  const [left, right] = [flows(from), flows(by)];
  const height = Math.max(left.length, right.length, 2) * ROW + 8;
  const most = Math.max(...[...left, ...right].map((flow) => flow.articles));
  const total = (side: Flow[]) => side.reduce((sum, flow) => sum + thickness(flow.articles, most), 0);
  const label = Math.min(240, width * 0.34);
  const [x0, x1, x2, x3] = [label, width / 2 - 5, width / 2 + 5, width - label];
  const block = Math.max(total(left), total(right), 12);
  const draw = (side: Flow[], isLeft: boolean) => {
    let inner = (height - total(side)) / 2;
    const top = (height - side.length * ROW) / 2;
    return side.map((flow, i) => {
      const thick = thickness(flow.articles, most);
      const [outerY, innerY] = [top + (i + 0.5) * ROW, inner + thick / 2];
      inner += thick;
      const [outerX, innerX] = isLeft ? [x0 + 4, x1] : [x3 - 4, x2];
      const middle = (outerX + innerX) / 2;
      return (
        <g key={flow.host}>
          <path
            class={isLeft ? 'flow in' : 'flow out'}
            d={`M${outerX},${outerY} C${middle},${outerY} ${middle},${innerY} ${innerX},${innerY}`}
            stroke-width={thick}
          />
          <text class="flow-name" x={isLeft ? x0 - 4 : x3 + 4} y={outerY + 4} text-anchor={isLeft ? 'end' : 'start'}>
            {shortened(flow.host, label - 34)} <tspan class="flow-count">{flow.articles.toLocaleString('en')}</tspan>
          </text>
        </g>
      );
    });
  };
  const names = (side: Flow[]) => side.map((flow) => `${flow.host} ${flow.articles}`).join(', ') || 'nobody';
  return (
    <div class="flow-box" ref={element}>
      {width > 0 && (
        <svg width={width} height={height} role="img" aria-label={`${host} copies ${names(left)}; copied by ${names(right)}`}>
          {left.length === 0 && (
            <text class="flow-none" x={x1 - 10} y={height / 2 + 4} text-anchor="end">
              copies nobody
            </text>
          )}
          {right.length === 0 && (
            <text class="flow-none" x={x2 + 10} y={height / 2 + 4}>
              nobody copies it
            </text>
          )}
          {draw(left, true)}
          {draw(right, false)}
          <rect class="flow-host" x={x1} width={x2 - x1} y={(height - block) / 2} height={block} rx="2" />
        </svg>
      )}
    </div>
  );
}

function thickness(articles: number, most: number): number {
  return Math.max(1.5, (articles / most) * (ROW - 6));
}

/** Letters of the system's fonts at this size are about this wide, in pixels. */
const LETTER = 7.2;

function shortened(name: string, width: number): string {
  const room = Math.max(4, Math.floor(width / LETTER));
  return name.length <= room ? name : `${name.slice(0, room - 1)}…`;
}

/** For each host how late the copies come, on an axis that has room for minutes and for months. */
export function LagPlot({ host, from, by }: FlowProps) {
  const [element, width] = useWidth<HTMLDivElement>();
  const rows = [
    ...flows(from).map((flow) => ({ ...flow, kind: 'in' })),
    ...flows(by).map((flow) => ({ ...flow, kind: 'out' })),
  ];
  const label = Math.min(240, width * 0.36);
  const places = rows.map((row) => lagScale(row.lagMs));
  const [low, high] = [Math.min(0, ...places), Math.max(lagScale(3_600_000), ...places)];
  const x = (place: number) => label + 12 + ((place - low) / (high - low)) * (width - label - 108);
  const height = rows.length * 22 + 26;
  let free = -Infinity;
  const ticks = LAG_TICKS.filter(([ms]) => lagScale(ms) <= high).filter(([ms]) => {
    const at = x(lagScale(ms));
    if (at < free) return false;
    free = at + 52;
    return true;
  });
  const words = rows.map((row) => `${row.kind === 'in' ? host : row.host} ${lag(row.lagMs)}`);
  return (
    <div class="flow-box" ref={element}>
      {width > 0 && (
        <>
          <p class="legend">
            <span class="key-dot in" aria-hidden="true" /> after whom it copies{' '}
            <span class="key-dot out" aria-hidden="true" /> who copies it, after it
          </p>
          <svg width={width} height={height} role="img" aria-label={`Median lags: ${words.join(', ')}`}>
            {ticks.map(([ms, name]) => (
              <g key={name}>
                <line class="tick" x1={x(lagScale(ms))} x2={x(lagScale(ms))} y1={0} y2={height - 20} />
                <text class="tick-name" x={x(lagScale(ms))} y={height - 6} text-anchor="middle">
                  {ms === 0 ? '0' : name}
                </text>
              </g>
            ))}
            {rows.map((row, i) => {
              const y = i * 22 + 12;
              const at = x(places[i]!);
              return (
                <g key={`${row.kind} ${row.host}`}>
                  <text class="flow-name" x={label} y={y + 4} text-anchor="end">
                    {shortened(row.host, label)}
                  </text>
                  <line class={`lag-line ${row.kind}`} x1={x(0)} x2={at} y1={y} y2={y} />
                  <circle class={`lag-dot ${row.kind}`} cx={at} cy={y} r="5" />
                  <text class="lag-name" x={at + 9} y={y + 4}>
                    {lag(row.lagMs)}
                  </text>
                </g>
              );
            })}
          </svg>
        </>
      )}
    </div>
  );
}
