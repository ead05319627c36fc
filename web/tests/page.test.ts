/** The page in a browser, on a server with the newswire of the demo. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { closeBrowser, NEWSWIRE, openPage, TestServer, type TestArticle } from './browser';

let server: TestServer;
const newswire = readFileSync(NEWSWIRE, 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as TestArticle);

function article(id: string): TestArticle {
  const found = newswire.find((one) => one.id === id);
  assert.ok(found, id);
  return found;
}

before(async () => {
  server = await TestServer.start();
  server.ingestFile(NEWSWIRE);
  server.ingest([{ ...article('majalla-210'), id: undefined, url: 'https://wheel.example/story?utm_source=x' }], ['--collection', 'wheels']);
});

after(async () => {
  await closeBrowser();
  await server.stop();
});

test('an article is found by its id and by its URL, and a link leads back to it', async () => {
  await using open = await openPage(server.url);
  const { page } = open;
  await page.fill('#ask', 'courier-31007');
  await page.keyboard.press('Enter');
  await page.waitForURL(/#\/cluster\?id=northline-2201&article=courier-31007$/);
  await page.getByRole('heading', { level: 2, name: /Sea breaks through/ }).waitFor();
  const search = page.getByRole('searchbox', { name: 'URL, id or text' });
  await search.fill('portweekly-zh-58');
  await page.keyboard.press('Enter');
  await page.waitForURL(/#\/cluster\?id=portweekly-zh-58&article=portweekly-zh-58$/);
  await page.goBack();
  await page.getByRole('heading', { level: 2, name: /Sea breaks through/ }).waitFor();
  await page.reload();
  await page.getByRole('heading', { level: 2, name: /Sea breaks through/ }).waitFor();

  // In another collection, by a form of its URL that was not the one submitted.
  await page.goto(`${server.url}/#/?in=wheels`);
  await page.fill('#ask', 'https://wheel.example/story?utm_source=y');
  await page.keyboard.press('Enter');
  await page.waitForURL(/article=https%3A%2F%2Fwheel\.example%2Fstory&in=wheels$/);
  await page.getByRole('definition').getByRole('link', { name: 'https://wheel.example/story?utm_source=x' }).waitFor();
  assert.deepEqual(open.faults, []);
});

test('a URL that is not stored is said to be so, and the report on its host is offered', async () => {
  await using open = await openPage(server.url);
  const { page } = open;
  await page.fill('#ask', 'https://northline.example/nowhere');
  await page.getByRole('button', { name: 'Find the article' }).click();
  await page.getByText('No article is stored under').waitFor();
  await page.getByRole('link', { name: 'what northline.example copies' }).click();
  await page.getByRole('heading', { level: 1, name: 'northline.example' }).waitFor();
  assert.deepEqual(open.faults, []);
});

test('a pasted text is checked: who had it, the earliest first, and side by side', async () => {
  await using open = await openPage(server.url);
  const { page } = open;
  const text = article('courier-31007').text ?? '';
  await page.fill('#ask', text.slice(0, 1800));
  await page.getByRole('button', { name: 'Check the text' }).click();
  await page.getByText('The earliest is that of northline.example').waitFor();
  const rows = page.getByRole('list', { name: 'Articles that share text' }).getByRole('listitem');
  assert.match((await rows.first().textContent()) ?? '', /northline\.example.*copy of.*of theirs.*of yours/s);
  await rows.first().getByRole('link', { name: 'Side by side' }).click();
  const right = page.getByRole('group', { name: 'Right text' });
  await right.getByText('Two pumps from the Eastmoor fire station').waitFor();
  // Nothing that was pasted is in the address or kept by the browser.
  const kept = await page.evaluate(() => location.href + JSON.stringify({ ...sessionStorage, ...localStorage }));
  assert.ok(!kept.includes('Eastmoor'));
  await page.reload();
  await page.getByText('The pasted text is gone').waitFor();
  assert.deepEqual(open.faults, []);
});

test('the source of a page is checked by its main text, and compared with it', async () => {
  await using open = await openPage(server.url);
  const { page } = open;
  const paragraphs = (article('ledger-88140').text ?? '').split('\n\n').map((text) => `<p>${text}</p>`);
  const html = `<!doctype html><html><head><title>Wall</title></head><body><nav><a href=/>Home</a></nav><article><h1>Wall 😀</h1>${paragraphs.join('\n')}</article></body></html>`;
  await page.fill('#ask', html);
  await page.getByRole('button', { name: 'Check the text' }).click();
  await page.getByText('The earliest is that of northline.example').waitFor();
  await page.getByRole('link', { name: 'Side by side' }).first().click();
  const passage = page.getByRole('group', { name: 'Right text' }).locator('mark.passage').first();
  assert.match((await passage.textContent()) ?? '', /Some 640 people left their homes/);
  assert.ok(!(await page.getByRole('group', { name: 'Right text' }).textContent())?.includes('<p>'));
  assert.deepEqual(open.faults, []);
});

test('a text pasted into the search in one line keeps its lines and is checked', async () => {
  await using open = await openPage(server.url, '#/live');
  const { page } = open;
  await page.evaluate((text) => {
    const data = new DataTransfer();
    data.setData('text/plain', text);
    const field = document.querySelector('[data-search]');
    field?.dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true }));
  }, article('northline-2201').text ?? '');
  await page.getByText('The earliest is that of northline.example').waitFor();
  assert.deepEqual(open.faults, []);
});

test('a cluster is a timeline with lags, shares, roles, and a colour for each site', async () => {
  await using open = await openPage(server.url, '#/cluster?id=courier-31007');
  const { page } = open;
  const rows = page.getByRole('list', { name: 'Articles by time' }).getByRole('listitem');
  await rows.nth(6).waitFor();
  const lags = await rows.locator('.lag').allTextContents();
  assert.deepEqual(lags, ['lead', '+52 min', '+1 h 35 min', '+2 h 10 min', '+2 h 45 min', '+4 h 21 min', '+6 h 30 min']);
  const courier = rows.filter({ hasText: 'eastmoorcourier.example' });
  assert.match((await courier.textContent()) ?? '', /98\s%\s*of lead.*78\s%\s*of it/s);
  await courier.getByText('reprint').waitFor();
  const colours = await rows.locator('.swatch').evaluateAll((all) => all.map((one) => getComputedStyle(one).backgroundColor));
  // The lead's site has a second article, and all others are of sites of their own.
  assert.equal(colours[0], colours[6]);
  assert.equal(new Set(colours).size, 6);
  assert.equal(await page.locator('.strip circle').count(), 7);

  await page.getByRole('navigation', { name: 'Sites' }).getByRole('link', { name: /northline/ }).click();
  await rows.nth(2).waitFor({ state: 'detached' });
  assert.equal(await rows.count(), 2);
  await page.goBack();
  await rows.nth(6).waitFor();
  assert.deepEqual(open.faults, []);
});

test('an article has its evidence in words, and the notice is marked where it stands', async () => {
  await using open = await openPage(server.url, '#/cluster?id=vertente-5190&article=calado-2207');
  const { page } = open;
  const panel = page.getByRole('region', { name: 'Article' });
  const reason = panel.getByRole('listitem').filter({ hasText: 'A notice in the text credits Agência Vertente' });
  await reason.waitFor();
  assert.match((await reason.textContent()) ?? '', /\+1\.1.*Texto: Agência Vertente/s);
  await reason.getByRole('button', { name: 'Show in the text' }).click();
  const mark = panel.locator('mark.notice.shown');
  assert.equal(await mark.textContent(), 'Texto: Agência Vertente');
  assert.ok(await mark.evaluate((one) => one === document.activeElement));
  assert.deepEqual(open.faults, []);
});

test('side by side: shared, cut and added text are told apart, linked, and scroll together', async () => {
  await using open = await openPage(server.url, '#/compare?a=northline-2201&b=courier-31007', {
    viewport: { width: 1100, height: 500 },
  });
  const { page } = open;
  const [left, right] = [page.getByRole('group', { name: 'Left text' }), page.getByRole('group', { name: 'Right text' })];
  await right.locator('ins').first().waitFor();
  assert.match((await right.locator('ins').allTextContents()).join(' '), /Two pumps from the Eastmoor/);
  const [a, b] = [article('northline-2201').text ?? '', article('courier-31007').text ?? ''];
  // All marked text is in both, and none of what was added is in the lead.
  for (const [pane, text] of [[left, a], [right, b]] as const) {
    for (const words of await pane.locator('mark.passage').allTextContents()) {
      assert.ok(text.includes(words) && (text === a ? b : a).includes(words), words);
    }
  }
  for (const words of await right.locator('ins').allTextContents()) assert.ok(!a.includes(words), words);

  await left.evaluate((pane) => (pane.scrollTop = pane.scrollHeight));
  await page.waitForFunction(() => document.querySelectorAll('.pane')[1]!.scrollTop > 100);
  await page.waitForTimeout(400);
  await right.evaluate((pane) => (pane.scrollTop = 0));
  await page.waitForFunction(() => document.querySelectorAll('.pane')[0]!.scrollTop < 60);
  await page.keyboard.press('n');
  await page.getByText('Passage 1 of').waitFor();
  assert.equal(await right.locator('mark.passage.current').count() > 0, true);
  assert.deepEqual(open.faults, []);
});

test('the host’s report says whom it copies, who copies it, how late, and with which notices', async () => {
  await using open = await openPage(server.url, '#/host?host=newsbarrel.example');
  const { page } = open;
  const row = page.getByRole('table', { name: 'Whom it copies' }).getByRole('row', { name: /northline/ });
  await row.waitFor();
  assert.match((await row.textContent()) ?? '', /1\+4 h 21 minindexed 1/);
  await page.getByRole('img', { name: /newsbarrel\.example copies northline\.example 1; copied by nobody/ }).waitFor();
  await page.getByRole('img', { name: /Median lags: newsbarrel\.example \+4 h 21 min/ }).waitFor();
  await row.getByRole('link', { name: 'northline.example' }).click();
  const copiers = page.getByRole('table', { name: 'Who copies it' }).getByRole('row');
  await copiers.nth(5).waitFor();
  await page.goBack();
  await row.waitFor();
  assert.deepEqual(open.faults, []);
});

test('the furniture of a host is listed', async () => {
  const pages: TestArticle[] = Array.from({ length: 12 }, (_, i) => ({
    url: `https://tern.example/${i}`,
    title: `Harbour log ${i}`,
    text: `${Array.from({ length: 60 }, (_, word) => `w${i}x${word * 7 + i}`).join(' ')}.\n\nWrite to the harbour desk with your own sightings of terns and gulls.`,
  }));
  server.ingest(pages);
  await using open = await openPage(server.url, '#/host?host=tern.example');
  const row = open.page.getByRole('row', { name: /Write to the harbour desk/ });
  await row.waitFor();
  assert.match((await row.textContent()) ?? '', /\d+(no|yes, still)\d{4}-\d\d-\d\d/);
  assert.deepEqual(open.faults, []);
});

test('what is new appears by itself, passes filters, can be held, and nothing is lost in between', async () => {
  await using open = await openPage(server.url, '#/live');
  const { page } = open;
  const rows = page.getByRole('list', { name: 'Changes' }).getByRole('listitem');
  await page.locator('.state.live').waitFor();
  const story = (id: string, host: string): TestArticle => ({
    id,
    url: `https://${host}/${id}`,
    title: 'Lighthouse keeper sells the lamp',
    published: `2026-04-0${id.slice(-1)}T08:00:00Z`,
    text: 'The keeper of the northern light sold the old lamp to a museum on Friday, after two years of talks about its price. The lens weighs four hundred kilos and was made before the first road reached the cape. A smaller lamp has stood in its place since spring, and sailors say that they see no difference at all.',
  });
  server.ingest([story('lamp-1', 'cape.example')]);
  await rows.filter({ hasText: 'Lighthouse keeper' }).filter({ hasText: 'new story' }).waitFor();
  await page.keyboard.press('h');
  server.ingest([story('lamp-2', 'gannet.example')]);
  await page.getByRole('button', { name: 'Go on, 1 new' }).click();
  await rows.filter({ hasText: 'gannet.example' }).filter({ hasText: 'new copy' }).waitFor();

  await page.getByLabel('Host').fill('gannet.example');
  await page.keyboard.press('Tab');
  await page.waitForURL(/host=gannet\.example/);
  await rows.filter({ hasText: 'cape.example' }).waitFor({ state: 'detached' });
  await page.getByLabel('Host').fill('');
  await page.getByLabel('Role').selectOption('reprint');
  await page.waitForFunction(() => document.querySelectorAll('.change').length === 1);
  await page.getByLabel('Role').selectOption('any');
  await page.getByLabel('Story of at least').fill('3');
  await page.keyboard.press('Tab');
  await page.getByText('Nothing that came passes the filter').waitFor();

  // Away, and back: what came meanwhile comes now, once.
  await page.getByRole('link', { name: 'Search', exact: true }).click();
  server.ingest([story('lamp-3', 'skerry.example')]);
  await page.getByRole('link', { name: 'Live', exact: true }).click();
  await rows.filter({ hasText: 'skerry.example' }).waitFor();
  assert.equal(await rows.filter({ hasText: 'skerry.example' }).count(), 1);
  assert.deepEqual(open.faults, []);
});

test('articles are set right to left, and Chinese as Chinese', async () => {
  await using open = await openPage(server.url, '#/cluster?id=ufuq-7781&article=ufuq-7781');
  const { page } = open;
  const paragraph = page.locator('.text p').first();
  await paragraph.waitFor();
  assert.deepEqual(
    await paragraph.evaluate((one) => [getComputedStyle(one).direction, (one as HTMLElement).lang]),
    ['rtl', 'ar'],
  );
  assert.equal(await page.locator('.panel-title').evaluate((one) => getComputedStyle(one).direction), 'rtl');
  // The page itself stays left to right.
  assert.equal(await page.locator('.member').first().evaluate((one) => getComputedStyle(one).direction), 'ltr');
  await page.goto(`${server.url}/#/compare?a=haidong-0306-17&b=nanwan-4410`);
  await page.goto(`${server.url}/#/cluster?id=haidong-0306-17&article=haidong-0306-17`);
  const chinese = page.locator('.text p').first();
  await chinese.waitFor();
  assert.match(await chinese.evaluate((one) => (one as HTMLElement).lang), /^zh/);
  // Offsets count bytes: a mark must not begin within a character, or elsewhere.
  const text = newswire.find((one) => one.id === 'haidong-0306-17')?.text ?? '';
  for (const words of await page.locator('.text mark').allTextContents()) assert.ok(text.includes(words), words);
  assert.deepEqual(open.faults, []);
});

test('a problem of the server is shown, and the page goes on', async () => {
  await using open = await openPage(server.url, '#/cluster?id=nowhere');
  const { page } = open;
  await page.getByRole('alert').getByText('Not stored here.').waitFor();
  await page.goto(`${server.url}/#/?in=Not%20a%20name`);
  await page.getByRole('alert').first().getByText(/collection/).waitFor();
  await page.getByLabel('Collection').fill('default');
  await page.keyboard.press('Enter');
  await page.getByRole('link', { name: 'Hundreds leave homes as sea wall breaks at Carrow Sands' }).waitFor();
  assert.deepEqual(open.faults, []);
});

test('all of it can be reached by keys', async () => {
  await using open = await openPage(server.url, '#/cluster?id=northline-2201');
  const { page } = open;
  await page.getByRole('listitem').nth(6).waitFor();
  await page.keyboard.press('Tab');
  assert.equal(await page.evaluate(() => document.activeElement?.textContent), 'Skip to the content');
  await page.keyboard.press('Enter');
  assert.equal(await page.evaluate(() => document.activeElement?.id), 'main');
  await page.keyboard.press('j');
  await page.waitForURL(/article=northline-2201/);
  await page.keyboard.press('j');
  await page.waitForURL(/article=ledger-88140/);
  await page.keyboard.press('k');
  await page.waitForURL(/article=northline-2201/);
  await page.keyboard.press('j');
  await page.keyboard.press('c');
  await page.waitForURL(/#\/compare\?a=northline-2201&b=ledger-88140/);
  await page.goBack();
  await page.getByRole('region', { name: 'Article' }).getByRole('heading', { level: 2 }).waitFor();
  await page.keyboard.press('Escape');
  await page.waitForURL(/#\/cluster\?id=northline-2201$/);
  await page.keyboard.press('/');
  assert.equal(await page.evaluate(() => document.activeElement?.hasAttribute('data-search')), true);
  // In a field letters are letters.
  await page.keyboard.type('j?c');
  assert.match(page.url(), /#\/cluster\?id=northline-2201$/);
  assert.equal(await page.getByRole('dialog').count(), 0);

  await page.locator('main').focus();
  await page.keyboard.press('?');
  await page.getByRole('dialog', { name: 'Keys' }).getByLabel('Single letters act as keys').uncheck();
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  await page.locator('main').focus();
  await page.keyboard.press('j');
  assert.match(page.url(), /#\/cluster\?id=northline-2201$/);
  assert.deepEqual(open.faults, []);
});

test('the feed resumes by itself where it broke off', async () => {
  const own = await TestServer.start();
  try {
    await using open = await openPage(own.url, '#/live');
    const { page } = open;
    await page.locator('.state.live').waitFor();
    const short = (id: string): TestArticle => ({ id, title: `Title of ${id}`, text: `Nothing much happened at ${id} today.` });
    own.ingest([short('one')]);
    const rows = page.getByRole('list', { name: 'Changes' }).getByRole('listitem');
    await rows.filter({ hasText: 'Title of one' }).waitFor();
    await open.context.setOffline(true);
    await own.restart();
    await page.getByText('Not connected').waitFor();
    own.ingest([short('two')]);
    await open.context.setOffline(false);
    await rows.filter({ hasText: 'Title of two' }).waitFor();
    assert.deepEqual(await rows.locator('.headline').allTextContents(), ['Title of two', 'Title of one']);
  } finally {
    await own.stop();
  }
});

test('roles come in spite of a server that is busy', async () => {
  await using open = await openPage(server.url, '#/live');
  const { page } = open;
  let refusals = 0;
  await page.route('**/v1/article*', (route) => {
    if (refusals >= 2) return route.continue();
    refusals += 1;
    const problem = { type: 'about:blank', title: 'Too Many Requests', status: 429, detail: 'busy', code: 'RESOURCE_EXHAUSTED' };
    const headers = { 'retry-after': '1', 'content-type': 'application/problem+json' };
    return route.fulfill({ status: 429, headers, body: JSON.stringify(problem) });
  });
  await page.goto(`${server.url}/#/cluster?id=northline-2201`);
  await page.waitForFunction(() => document.querySelectorAll('.member .role').length === 7);
  assert.equal(refusals, 2);
  assert.deepEqual(open.faults, []);
});
