/** Points in time and time differences, as people read them. All times are UTC. */
import type { Timestamp } from './messages';

const MINUTE = 60_000;

/** Returns milliseconds since 1970. */
export function milliseconds(time: Timestamp | undefined): number | undefined {
  const ms = time === undefined ? Number.NaN : Date.parse(time);
  return Number.isNaN(ms) ? undefined : ms;
}

/** "2026-03-03 06:45" */
export function moment(ms: number | undefined): string {
  if (ms === undefined) return 'time unknown';
  return new Date(ms).toISOString().slice(0, 16).replace('T', ' ');
}

/** "2026-03-03" */
export function day(ms: number | undefined): string {
  return moment(ms).slice(0, 10);
}

/** A duration in its two largest units, without a sign: "1 h 35 min". */
export function duration(ms: number): string {
  const minutes = Math.floor(Math.abs(ms) / MINUTE);
  const [days, hours, rest] = [Math.floor(minutes / 1440), Math.floor(minutes / 60) % 24, minutes % 60];
  if (days > 0) return hours > 0 ? `${days} d ${hours} h` : `${days} d`;
  if (hours > 0) return rest > 0 ? `${hours} h ${rest} min` : `${hours} h`;
  return `${rest} min`;
}

/** How long one article came after another: "+1 h 35 min". A true minus sign, so that it is read as one. */
export function lag(ms: number): string {
  return `${ms < 0 ? '\u2212' : '+'}${duration(ms)}`;
}

/** "1 h 35 min later", "at the same minute". */
export function lagInWords(ms: number, than = ''): string {
  if (Math.abs(ms) < MINUTE) return than ? `in the same minute as ${than}` : 'in the same minute';
  const what = `${duration(ms)} ${ms < 0 ? 'earlier' : 'later'}`;
  return than ? `${what} than ${than}` : what;
}

/** Ticks of an axis of lags. */
export const LAG_TICKS: readonly (readonly [number, string])[] = [
  [0, 'lead'],
  [15 * MINUTE, '15 min'],
  [60 * MINUTE, '1 h'],
  [6 * 60 * MINUTE, '6 h'],
  [24 * 60 * MINUTE, '1 d'],
  [7 * 24 * 60 * MINUTE, '1 week'],
  [30 * 24 * 60 * MINUTE, '30 d'],
  [365 * 24 * 60 * MINUTE, '1 year'],
  [3650 * 24 * 60 * MINUTE, '10 years'],
];

/** Places a lag on an axis that has room for minutes and for months: logarithmic beyond some minutes. */
export function lagScale(ms: number): number {
  return Math.sign(ms) * Math.log1p(Math.abs(ms) / (10 * MINUTE));
}
