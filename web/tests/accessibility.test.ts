/** WCAG 2.2 AA as far as axe-core can tell, on each view: light, dark, and 360 pixels wide. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { after, before, test } from 'node:test';
import type { Page } from 'playwright-core';
import { closeBrowser, NEWSWIRE, openPage, TestServer } from './browser';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const TEXT = JSON.parse(readFileSync(NEWSWIRE, 'utf8').split('\n')[3] ?? '').text as string;

let server: TestServer;

before(async () => {
  server = await TestServer.start();
  server.ingestFile(NEWSWIRE);
});

after(async () => {
  await closeBrowser();
  await server.stop();
});

interface ViewUnderTest {
  name: string;
  fragment: string;
  ready: (page: Page) => Promise<void>;
}

const seen = (text: string | RegExp) => (page: Page) => page.getByText(text).first().waitFor();

const VIEWS: ViewUnderTest[] = [
  { name: 'search', fragment: '', ready: seen('Hundreds leave homes') },
  { name: 'nothing found', fragment: '#/find?q=nowhere', ready: seen('No article is stored under') },
  { name: 'timeline', fragment: '#/cluster?id=northline-2201', ready: seen('version') },
  { name: 'article', fragment: '#/cluster?id=vertente-5190&article=calado-2207', ready: seen('A notice in the text') },
  { name: 'right to left', fragment: '#/cluster?id=ufuq-7781&article=ufuq-7781', ready: seen('The evidence is inconclusive') },
  {
    name: 'side by side',
    fragment: '#/compare?a=northline-2201&b=northline-2214',
    ready: async (page) => {
      await page.locator('mark.passage').first().waitFor();
      await page.getByRole('button', { name: 'Next' }).click();
    },
  },
  { name: 'host', fragment: '#/host?host=northline.example', ready: seen('Who copies it') },
  {
    name: 'live',
    fragment: '#/live',
    ready: async (page) => {
      await page.getByRole('button', { name: 'From the oldest change kept' }).click();
      await page.getByText('one of 7').first().waitFor();
    },
  },
  {
    name: 'check',
    fragment: '',
    ready: async (page) => {
      await page.fill('#ask', TEXT);
      await page.getByRole('button', { name: 'Check the text' }).click();
      await page.getByText('The earliest is that of').waitFor();
    },
  },
  { name: 'problem', fragment: '#/cluster?id=nowhere', ready: (page) => page.getByRole('alert').waitFor() },
  {
    name: 'keys',
    fragment: '#/host',
    ready: async (page) => {
      await page.getByRole('button', { name: 'Keys' }).click();
      await page.getByRole('dialog').waitFor();
    },
  },
  {
    name: 'token',
    fragment: '#/host',
    ready: async (page) => {
      await page.getByRole('button', { name: 'Token' }).click();
      await page.getByRole('dialog').waitFor();
    },
  },
];

const MODES = [
  { mode: 'light', options: {} },
  { mode: 'dark', options: { colorScheme: 'dark' as const } },
  { mode: '360 px', options: { viewport: { width: 360, height: 740 } } },
];

for (const { mode, options } of MODES) {
  test(`axe-core finds nothing: ${mode}`, async () => {
    for (const { name, fragment, ready } of VIEWS) {
      await using open = await openPage(server.url, fragment, options);
      const { page } = open;
      await ready(page);
      await page.waitForTimeout(200);
      await page.evaluate(axe);
      const violations = await page.evaluate(async () => {
        const { axe } = window as unknown as { axe: typeof import('axe-core') };
        const { violations } = await axe.run(document);
        return violations.map((one) => `${one.id}: ${one.help}: ${one.nodes.map((node) => node.html).join(' ')}`);
      });
      assert.deepEqual(violations, [], `${name}, ${mode}`);
      const sideways = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      assert.ok(sideways <= 0, `${name}, ${mode}: scrolls sideways by ${sideways}`);
    }
  });
}
