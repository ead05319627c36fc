/** The arithmetic of the page: offsets, marks, passages, times, names. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { alignment, sharedPassages } from '../src/passages';
import { siteOf, sitesOf } from '../src/sites';
import { fromUtf8, hostOf, languageOf, paragraphs, pieces, ranges, webUrl } from '../src/text';
import { duration, lag, lagScale, moment } from '../src/time';
import { percent } from '../src/words';

test('offsets in UTF-8 become offsets in the string', () => {
  const text = 'aé漢😀z';
  const bytes = Buffer.from(text);
  const check = (offset: number, unit: number) => assert.equal(fromUtf8(text, [offset])[0], unit, `byte ${offset}`);
  check(0, 0);
  check(1, 1);
  check(3, 2);
  check(6, 3);
  check(10, 5);
  check(11, 6);
  // Within a character, and beyond the end.
  check(2, 1);
  check(8, 3);
  check(99, 6);
  // Every boundary of every kind of character, in any order.
  const units = Array.from({ length: text.length + 1 }, (_, i) => i).filter((i) => i !== 4);
  const offsets = units.map((unit) => Buffer.from(text.slice(0, unit)).length).reverse();
  assert.deepEqual(fromUtf8(text, offsets), units.toReversed());
  assert.equal(bytes.length, 11);
});

test('spans become ranges, and an absent start is the beginning', () => {
  assert.deepEqual(ranges('éa', [{ end: 2 }, { start: 2, end: 3 }, undefined]), [
    { start: 0, end: 1 },
    { start: 1, end: 2 },
    { start: 0, end: 0 },
  ]);
});

test('overlapping marks cut a text into pieces', () => {
  const marked = [
    { start: 2, end: 6, mark: 'a' },
    { start: 4, end: 8, mark: 'b' },
    { start: 5, end: 5, mark: 'empty' },
  ];
  const found = pieces(10, marked).map(({ start, end, marks }) => `${start}-${end}${marks.join('')}`);
  assert.deepEqual(found, ['0-2', '2-4a', '4-6ab', '6-8b', '8-10']);
});

test('paragraphs are the lines that are not blank', () => {
  const text = 'one\r\n\r\n  \ntwo words\n';
  assert.deepEqual(paragraphs(text).map(({ start, end }) => text.slice(start, end)), ['one', 'two words']);
});

test('of passages that overlap the longest is linked, in the order of the first text', () => {
  const text = 'x'.repeat(100);
  const span = (start: number, end: number) => ({ start, end });
  const passages = [
    { a: span(50, 90), b: span(10, 50) },
    { a: span(80, 99), b: span(60, 79) },
    { a: span(10, 20), b: span(70, 80) },
    { a: span(30, 40), b: span(45, 55) },
  ];
  const { linked, others } = sharedPassages(passages, text, text);
  assert.deepEqual(linked, [passages[2], passages[0]]);
  assert.deepEqual(others, [passages[1], passages[3]]);
});

test('places between two anchors are in proportion, and a moved passage does not bend them', () => {
  const place = alignment([[10, 20], [20, 30], [50, 5], [60, 80]], 100, 100);
  assert.equal(place(0), 0);
  assert.equal(place(10), 20);
  assert.equal(place(40), 55);
  assert.equal(place(60), 80);
  assert.equal(place(80), 90);
  assert.equal(place(100), 100);
  assert.equal(alignment([], 0, 0)(0), 0);
});

test('times are read as people read them', () => {
  assert.equal(moment(Date.parse('2026-03-03T06:45:59Z')), '2026-03-03 06:45');
  assert.equal(moment(undefined), 'time unknown');
  assert.equal(lag(95 * 60_000), '+1 h 35 min');
  assert.equal(lag(-5 * 60_000), '\u22125 min');
  assert.equal(duration(26 * 3_600_000), '1 d 2 h');
  assert.ok(lagScale(-60_000) < 0 && lagScale(0) === 0 && lagScale(3.6e6) > lagScale(60_000));
});

test('only 0 is 0 % and only 1 is 100 %', () => {
  assert.equal(percent(undefined), '0\u202f%');
  assert.equal(percent(0.0001), '1\u202f%');
  assert.equal(percent(0.999), '99\u202f%');
  assert.equal(percent(1), '100\u202f%');
});

test('only addresses of the web become links', () => {
  assert.equal(webUrl('https://a.example/x'), 'https://a.example/x');
  for (const url of [undefined, '', 'javascript:alert(1)', ' JaVaScRiPt:alert(1)', 'data:text/html,x', '//a.example', 'news']) {
    assert.equal(webUrl(url), undefined, url);
  }
});

test('hosts and sites are those of the server', () => {
  assert.equal(hostOf({ url: 'https://www.News.example/a', publisher: 'x' }), 'news.example');
  assert.equal(hostOf({ publisher: ' The Courier ' }), 'the courier');
  assert.equal(siteOf({ site: 'halm.co.uk', url: 'https://news.halm.co.uk/' }), 'halm.co.uk');
  const sites = sitesOf([{ site: 'a' }, { site: 'b' }, { site: 'b' }, { site: 'c' }]);
  assert.deepEqual([...sites.values()].map(({ name, colour }) => `${name}${colour}`), ['a0', 'b1', 'c2']);
});

test('the language of a text is the one stated, or that of its script', () => {
  assert.equal(languageOf('x', 'pt-BR'), 'pt-BR');
  assert.equal(languageOf('x', '"><script>'), undefined);
  assert.equal(languageOf('新聞'), 'zh');
  assert.equal(languageOf('新しい'), 'ja');
  assert.equal(languageOf('새 소식'), 'ko');
  assert.equal(languageOf('news'), undefined);
});
