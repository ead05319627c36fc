/** Articles that attack whoever reads them. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { closeBrowser, openPage, TestServer, type TestArticle } from './browser';

let server: TestServer;

/** Each runs a script, calls home or leaves its place wherever it is taken for markup. */
const ATTACKS = [
  '<img src=x onerror="alert(1)">',
  '<script>alert(2)</script>',
  '"><svg onload=alert(3)>',
  '<iframe srcdoc="<script>parent.alert(4)</script>"></iframe>',
  '<style>@import "https://evil.example/x.css"; *{display:none}</style>',
  '<a href="javascript:alert(5)">x</a>',
  '{{constructor.constructor("alert(6)")()}}',
  '\u202egnp.exe \u2066\u202c end',
  '<base href="https://evil.example/">',
];

const STORY =
  'The ferry to the outer islands was cancelled on Monday because a seal had fallen asleep on the ramp and nobody wanted to wake it. The harbour master put up a rope and a sign, and forty passengers waited in the bakery until the animal slid back into the water shortly after noon.';

const articles: TestArticle[] = ATTACKS.map((attack, i) => ({
  id: `${attack.slice(0, 200)} ${i}`.replace(/[\u2066\u202c\u202e]/g, ''),
  url: i % 2 ? `https://h${i}.example/?q=${encodeURIComponent(attack)}` : `https://h${i}.example/${attack.replace(/[\u2066\u202c\u202e]/g, '')}`,
  publisher: attack,
  title: attack,
  published: `2026-05-01T0${i}:00:00Z`,
  text: `${STORY}\n\n${attack}\n\nSource: ${attack}\n\nFirst published in ${attack}.`,
}));
articles.push({ id: 'script', url: 'javascript:alert(7)', publisher: 'javascript:alert(8)', title: 'A link', text: STORY, published: '2026-05-02T00:00:00Z' });
articles.push({ id: 'canonical', text: undefined, html: `<html><head><title>x</title><link rel=canonical href="javascript:alert(9)"></head><body><article><p>${STORY}</p></article></body></html>`, url: 'https://c.example/1', published: '2026-05-03T00:00:00Z' });

before(async () => {
  server = await TestServer.start();
  server.ingest(articles);
});

after(async () => {
  await closeBrowser();
  await server.stop();
});

/** Elements that the page itself never makes. */
const FOREIGN = 'script:not([src^="/assets/"]), img, iframe, style, base, object, embed, [onerror], [onload], [srcdoc]';

async function checkView(fragment: string, text: string): Promise<void> {
  await using open = await openPage(server.url, fragment);
  const { page } = open;
  await page.getByText(text, { exact: false }).first().waitFor();
  await page.waitForTimeout(300);
  assert.equal(await page.locator(FOREIGN).count(), 0, fragment);
  for (const link of await page.locator('a').evaluateAll((all) => all.map((one) => ['href', 'target', 'rel'].map((name) => one.getAttribute(name))))) {
    const [href = '', target, rel] = link;
    const isOwn = href?.startsWith('#/') || href === '#main';
    assert.ok(isOwn || /^https?:/.test(href ?? ''), `${href}`);
    if (!isOwn) assert.deepEqual([target, rel], ['_blank', 'noreferrer noopener']);
  }
  assert.deepEqual(open.faults, [], fragment);
}

test('no view runs or loads what an article brings', async () => {
  const ids = articles.map((article) => encodeURIComponent(article.id ?? ''));
  await checkView('', 'Stories that were copied');
  for (const id of ids) {
    await checkView(`#/cluster?id=${id}&article=${id}`, 'The ferry to the outer islands');
  }
  await checkView(`#/compare?a=${ids[0]}&b=${ids[1]}`, 'The ferry to the outer islands');
  await checkView('#/host?host=h1.example', 'h1.example');
  await checkView(`#/host?host=${encodeURIComponent(ATTACKS[0]!)}`, 'No articles of this host');
  await checkView(`#/find?q=${encodeURIComponent('"><svg/onload=alert(3)>')}`, 'No article is stored under');
  await checkView('#/%3Cimg%20src=x%20onerror=alert(1)%3E', 'Who had this?');
});

test('what is new, and a pasted page, run nothing either', async () => {
  await using open = await openPage(server.url, '#/live');
  const { page } = open;
  await page.getByRole('button', { name: 'From the oldest change kept' }).click();
  await page.locator('.change', { hasText: 'onerror' }).first().waitFor();
  assert.equal(await page.locator(FOREIGN).count(), 0);
  await page.getByRole('link', { name: 'Search', exact: true }).click();
  await page.fill('#ask', `<html><body><article><p>${STORY}</p>${ATTACKS.map((attack) => `<p>${attack}</p>`).join('')}</article></body></html>`);
  await page.getByRole('button', { name: 'Check the text' }).click();
  await page.getByRole('link', { name: 'Side by side' }).first().click();
  await page.locator('mark.passage').first().waitFor();
  assert.equal(await page.locator(FOREIGN).count(), 0);
  assert.deepEqual(open.faults, []);
});

test('the policy of the page forbids what would slip through', async () => {
  await using open = await openPage(server.url);
  const { page } = open;
  const refused = await page.evaluate(async () => {
    const seen: string[] = [];
    document.addEventListener('securitypolicyviolation', (event) => seen.push(event.effectiveDirective));
    const script = document.createElement('script');
    let wasThrown = false;
    try {
      script.text = 'document.title = "run"';
      document.body.append(script);
    } catch {
      wasThrown = true;
    }
    try {
      document.body.innerHTML = '<p style="color: red">x</p>';
    } catch {
      seen.push('trusted types');
    }
    await fetch('https://evil.example/').catch(() => seen.push('fetch'));
    await new Promise((resolve) => setTimeout(resolve, 100));
    return { seen, wasThrown, title: document.title };
  });
  assert.notEqual(refused.title, 'run');
  assert.ok(refused.wasThrown && refused.seen.includes('trusted types') && refused.seen.includes('fetch'), JSON.stringify(refused));
  const headers = (await page.request.get(`${server.url}/`)).headers();
  assert.match(headers['content-security-policy'] ?? '', /default-src 'none'.*frame-ancestors 'none'/);
  assert.ok(!headers['content-security-policy']?.includes('unsafe'));
});
