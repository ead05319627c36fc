/** A server that asks for an access token. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { closeBrowser, NEWSWIRE, newToken, openPage, TestServer } from './browser';

const directory = mkdtempSync(join(tmpdir(), 'wirecopy-web-tokens-'));
let server: TestServer;
let token: string;

before(async () => {
  const made = newToken(directory);
  token = made.token;
  server = await TestServer.start(made.options);
  const file = join(directory, 'token');
  writeFileSync(file, token);
  server.ingestFile(NEWSWIRE, ['--token-file', file]);
});

after(async () => {
  await closeBrowser();
  await server.stop();
  rmSync(directory, { recursive: true });
});

test('the person is asked for a token once; it is kept in the tab and can be forgotten', async () => {
  await using open = await openPage(server.url);
  const { page, context } = open;
  const dialog = page.getByRole('dialog', { name: 'Access token' });
  await dialog.waitFor();
  await dialog.getByLabel('Token').fill('wirecopy_00');
  await page.keyboard.press('Enter');
  await dialog.getByText('does not know').waitFor();
  await dialog.getByLabel('Token').fill(token);
  await dialog.getByRole('button', { name: 'Use token' }).click();
  await page.getByRole('link', { name: /Hundreds leave homes/ }).click();
  await page.getByRole('list', { name: 'Articles by time' }).getByRole('listitem').nth(6).waitFor();
  await page.reload();
  await page.getByRole('list', { name: 'Articles by time' }).getByRole('listitem').nth(6).waitFor();
  assert.equal(await dialog.count(), 0);

  const kept = await page.evaluate(() => ({ local: JSON.stringify(localStorage), cookie: document.cookie, url: location.href }));
  assert.ok(!JSON.stringify(kept).includes(token));
  assert.deepEqual(await context.cookies(), []);
  // Another tab has no part in it.
  const other = await context.newPage();
  await other.goto(server.url);
  await other.getByRole('dialog', { name: 'Access token' }).waitFor();

  await page.getByRole('button', { name: 'Forget token' }).click();
  assert.ok(!(await page.evaluate(() => JSON.stringify(sessionStorage))).includes(token));
  assert.deepEqual(open.faults, []);
});

test('whoever gives no token learns why there is nothing, and can try again', async () => {
  await using open = await openPage(server.url, '#/live');
  const { page } = open;
  const dialog = page.getByRole('dialog', { name: 'Access token' });
  await dialog.waitFor();
  await page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'detached' });
  const alert = page.getByRole('alert');
  await alert.getByText('An access token is needed.').waitFor();
  await alert.getByRole('button', { name: 'Try again' }).click();
  await dialog.getByLabel('Token').fill(token);
  await page.keyboard.press('Enter');
  await page.locator('.state.live').waitFor();
  assert.equal(await alert.count(), 0);

  // Without one, and then by the button for it.
  await page.getByRole('button', { name: 'Forget token' }).click();
  await page.getByRole('link', { name: 'Search', exact: true }).click();
  await dialog.getByRole('button', { name: 'Cancel' }).click();
  await alert.first().waitFor();
  await page.getByRole('button', { name: 'Token', exact: true }).click();
  await dialog.getByLabel('Token').fill(token);
  await page.keyboard.press('Enter');
  await page.getByRole('link', { name: /Hundreds leave homes/ }).waitFor();
  assert.deepEqual(open.faults, []);
});
