/** A browser, and servers with articles, for tests of the page. */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium, type Browser, type BrowserContext, type BrowserContextOptions, type Page } from 'playwright-core';

const root = join(import.meta.dirname, '../..');
const target = process.env.CARGO_TARGET_DIR ?? join(root, 'target');

export const NEWSWIRE = join(root, 'demo/newswire.jsonl');

/** The program under test: `WIRECOPY_BINARY`, or else the newest build. */
function binary(): string {
  const built = ['debug', 'release'].map((profile) => join(target, profile, 'wirecopy')).filter(existsSync);
  const newest = built.sort((a, b) => statSync(b).mtimeMs - statSync(a).mtimeMs)[0];
  const found = process.env.WIRECOPY_BINARY ?? newest;
  if (!found) throw new Error('wirecopy is not built: run `cargo build`');
  return found;
}

export interface TestArticle {
  id?: string;
  url?: string;
  publisher?: string;
  published?: string;
  title?: string;
  text?: string;
  html?: string;
  lang?: string;
}

/** A server on a store of its own. */
export class TestServer {
  private constructor(
    private process: ChildProcess,
    private readonly directory: string,
    private readonly options: string[],
    readonly url: string,
  ) {}

  static async start(options: string[] = []): Promise<TestServer> {
    const directory = mkdtempSync(join(tmpdir(), 'wirecopy-web-'));
    const { process, address } = await serve(directory, '127.0.0.1:0', options);
    return new TestServer(process, directory, options, `http://${address}`);
  }

  /** Stops it, and starts it again at the same address. */
  async restart(): Promise<void> {
    await this.end();
    const { process } = await serve(this.directory, new URL(this.url).host, this.options);
    this.process = process;
  }

  /** Ingests a file of articles. */
  ingestFile(file: string, options: string[] = []): void {
    execFileSync(binary(), ['ingest', '--server', this.url, file, ...options], { stdio: 'pipe' });
  }

  ingest(articles: TestArticle[], options: string[] = []): void {
    const file = join(this.directory, 'articles.jsonl');
    writeFileSync(file, articles.map((article) => JSON.stringify(article)).join('\n'));
    this.ingestFile(file, options);
  }

  async stop(): Promise<void> {
    await this.end();
    rmSync(this.directory, { recursive: true, force: true });
  }

  private async end(): Promise<void> {
    const ended = new Promise((resolve) => this.process.once('exit', resolve));
    this.process.kill('SIGTERM');
    await ended;
  }
}

/** Starts the server. Returns it and its address once it listens. */
async function serve(
  directory: string,
  listen: string,
  options: string[],
): Promise<{ process: ChildProcess; address: string }> {
  const args = ['serve', '--data', join(directory, 'store'), '--listen', listen, ...options];
  const process = spawn(binary(), args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const address = await new Promise<string>((resolve, reject) => {
    let said = '';
    const read = (bytes: Buffer) => {
      said += bytes.toString().replace(/\x1b\[[0-9;]*m/g, '');
      const found = /address=(\S+)/.exec(said);
      if (found?.[1]) resolve(found[1]);
    };
    process.stdout.on('data', read);
    process.stderr.on('data', read);
    process.on('exit', () => reject(new Error(`the server ended: ${said}`)));
  });
  return { process, address };
}

/** Makes an access token. Returns it, and the options of a server that knows it. */
export function newToken(directory: string): { token: string; options: string[] } {
  const file = join(directory, 'tokens.toml');
  const token = execFileSync(binary(), ['token', 'new', 'desk', '--role', 'write', '--file', file]).toString().trim();
  return { token, options: ['--set', `access.tokens=${file}`, '--insecure'] };
}

let browser: Browser | undefined;

export async function openBrowser(): Promise<Browser> {
  const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium';
  // Root, as in a container, has no sandbox.
  const args = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  browser ??= await chromium.launch({ executablePath, args });
  return browser;
}

export async function closeBrowser(): Promise<void> {
  await browser?.close();
  browser = undefined;
}

export interface OpenPage extends AsyncDisposable {
  page: Page;
  context: BrowserContext;
  /** What went wrong in the page: exceptions, errors of the console, refused content, requests to elsewhere. */
  faults: string[];
}

/** Opens the page in a window of its own. */
export async function openPage(server: string, fragment = '', options: BrowserContextOptions = {}): Promise<OpenPage> {
  const context = await (await openBrowser()).newContext({ viewport: { width: 1360, height: 850 }, ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(60_000);
  const faults: string[] = [];
  page.on('pageerror', (error) => faults.push(`exception: ${error.message}`));
  page.on('dialog', (dialog) => {
    faults.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on('console', (message) => {
    // Refusals of the server are part of some tests; the browser reports each.
    const isRefusal = /Failed to load resource: (the server responded with a status of 4\d\d|net::ERR_INTERNET_DISCONNECTED)/.test(message.text());
    if (message.type() === 'error' && !isRefusal) faults.push(`console: ${message.text()}`);
  });
  page.on('request', (request) => {
    if (!request.url().startsWith(server)) faults.push(`request: ${request.url()}`);
  });
  await page.goto(`${server}/${fragment}`);
  return { page, context, faults, [Symbol.asyncDispose]: () => context.close() };
}
