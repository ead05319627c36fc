/** A cluster of a thousand articles. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { closeBrowser, openPage, TestServer, type TestArticle } from './browser';

const MEMBERS = 1000;
let server: TestServer;

before(async () => {
  server = await TestServer.start();
  const start = Date.parse('2026-06-01T05:00:00Z');
  const articles: TestArticle[] = Array.from({ length: MEMBERS }, (_, i) => ({
    id: `bell-${String(i).padStart(4, '0')}`,
    url: `https://paper${i % 90}.example/bell-${i}`,
    title: i % 3 ? 'Town agrees on a new bell' : `Town ${i} agrees on a new bell`,
    published: new Date(start + i * i * 1000).toISOString(),
    text: `The council voted on Tuesday to have the great bell cast again after the crack that has silenced it for eleven years. The work goes to a foundry in the next valley, and the children of both schools will choose the words on its rim before winter. Page ${i}.`,
  }));
  server.ingest(articles);
});

after(async () => {
  await closeBrowser();
  await server.stop();
});

test('a cluster of a thousand is complete, and only what is in view is in the document', async () => {
  await using open = await openPage(server.url, '#/cluster?id=bell-0000');
  const { page } = open;
  await page.getByText('1,000 articles on 90 sites').waitFor();
  const rows = page.getByRole('list', { name: 'Articles by time' }).getByRole('listitem');
  await rows.first().waitFor();
  assert.ok((await rows.count()) < 100, 'all rows are in the document');
  assert.equal(await rows.first().getAttribute('aria-setsize'), '1000');
  assert.equal(await page.locator('.strip circle').count(), 1000);
  // Roles are asked for as rows come into view, not for all.
  await rows.first().locator('.role').waitFor();

  await page.evaluate(() => scrollTo(0, document.documentElement.scrollHeight));
  const last = rows.filter({ hasText: 'bell-0999' }).or(rows.filter({ hasText: '+11 d' }));
  await last.last().waitFor();
  assert.equal(await rows.last().getAttribute('aria-posinset'), '1000');
  await rows.last().getByRole('link').last().click();
  await page.waitForURL(/article=bell-0999/);
  await page.getByRole('region', { name: 'Article' }).getByText('The council voted on Tuesday').waitFor();

  // An article that a link names comes into view.
  await page.goto(`${server.url}/#/cluster?id=bell-0000&article=bell-0500`);
  await page.reload();
  await page.locator('.member.selected').waitFor();
  await page.waitForFunction(() => {
    const box = document.querySelector('.member.selected')?.getBoundingClientRect();
    return box && box.top >= 0 && box.bottom <= innerHeight;
  });
  await page.keyboard.press('j');
  await page.waitForURL(/article=bell-0501/);

  await page.getByLabel('Only with the words').fill('town 333 ');
  await page.getByText('1 shown').waitFor();
  assert.equal(await rows.count(), 1);
  assert.deepEqual(open.faults, []);
});

test('it stays usable where it is narrow', async () => {
  await using open = await openPage(server.url, '#/cluster?id=bell-0000', { viewport: { width: 360, height: 740 } });
  const { page } = open;
  const rows = page.getByRole('list', { name: 'Articles by time' }).getByRole('listitem');
  await rows.first().waitFor();
  await page.evaluate(() => scrollTo(0, document.documentElement.scrollHeight));
  await page.waitForFunction(() => document.querySelector('.rows li:last-child')?.getAttribute('aria-posinset') === '1000');
  const boxes = await rows.evaluateAll((all) => all.map((one) => one.getBoundingClientRect()).map(({ top, bottom }) => [top, bottom]));
  for (const [i, [top]] of boxes.entries()) assert.ok(i === 0 || top! >= boxes[i - 1]![1]! - 1, 'rows overlap');
  assert.deepEqual(open.faults, []);
});
