/** A VS Code window, used as a person uses it: keys, mouse, and what is on the screen. */
import path from 'node:path';
import { type Browser, type BrowserContext, chromium, type Frame, type Locator, type Page } from 'playwright-core';
import { type RunningServer, windowAddress } from './server.ts';

/** How long anything may take to appear. */
export const WAIT = 30_000;

export interface OpenBrowser {
  readonly browser: Browser;
  readonly context: BrowserContext;
}

export async function openBrowser(executablePath: string): Promise<OpenBrowser> {
  const browser = await chromium.launch({
    executablePath,
    headless: true,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--no-proxy-server',
      '--disable-dev-shm-usage',
    ],
  });
  const context = await browser.newContext({
    viewport: { width: 1500, height: 950 },
    // Webviews need them.
    serviceWorkers: 'allow',
    permissions: ['clipboard-read', 'clipboard-write'],
  });
  context.setDefaultTimeout(WAIT);
  return { browser, context };
}

export interface WindowOptions {
  readonly folder: string;
  /** Folder of the extension under development; none: what is installed. */
  readonly extension?: string;
}

/** Opens a window and waits until it can be used. */
export async function openWindow(
  context: BrowserContext,
  server: RunningServer,
  { folder, extension }: WindowOptions,
): Promise<Workbench> {
  const page = await context.newPage();
  if (extension !== undefined) await developExtension(page, server, extension);
  await page.goto(windowAddress(server, folder), { waitUntil: 'domcontentloaded' });
  await page.locator('.monaco-workbench .part.statusbar').waitFor({ timeout: 2 * WAIT });
  await page.locator('.monaco-workbench .part.editor').waitFor();
  return new Workbench(page);
}

/**
 * What `--extensionDevelopmentPath` is on the desktop: the page carries its options in a meta element, read by scripts that run after
 * it has been parsed.
 */
async function developExtension(page: Page, server: RunningServer, extension: string): Promise<void> {
  const folder = { scheme: 'vscode-remote', authority: server.authority, path: path.resolve(extension) };
  // As text, since it runs in the page: this project's own types know no page here.
  await page.addInitScript({
    content: `document.addEventListener('readystatechange', () => {
      const meta = document.getElementById('vscode-workbench-web-configuration');
      if (!meta) return;
      const options = JSON.parse(meta.dataset.settings);
      options.developmentOptions = { ...options.developmentOptions, extensions: [${JSON.stringify(folder)}] };
      meta.dataset.settings = JSON.stringify(options);
    }, { once: true });`,
  });
}

export class Workbench {
  constructor(readonly page: Page) {}

  async screenshot(file: string): Promise<void> {
    await this.page.screenshot({ path: file });
  }

  /** Runs a command from the palette. */
  async runCommand(title: string): Promise<void> {
    await this.page.keyboard.press('F1');
    const box = this.quickInput();
    await box.waitFor();
    await box.fill(`>${title}`);
    const words = title.replace(/^.*?: /, '');
    await this.page.locator('.quick-input-list .monaco-list-row.focused', { hasText: words }).waitFor();
    await this.page.keyboard.press('Enter');
  }

  /** Opens a file by Quick Open, in the first group: the panel may have the focus. */
  async openFile(name: string): Promise<void> {
    await this.page.keyboard.press('Control+Digit1');
    await this.page.keyboard.press('Control+KeyP');
    const box = this.quickInput();
    await box.waitFor();
    await box.fill(name);
    // Enter takes the entry that has the focus, and the list is filtered a moment later than the box is filled.
    await this.page.locator('.quick-input-list .monaco-list-row.focused', { hasText: name }).waitFor();
    await this.page.keyboard.press('Enter');
    await this.page.locator('.editor-group-container.active .tab.active', { hasText: name }).waitFor();
    await this.page.locator('.monaco-editor .view-lines .view-line').first().waitFor();
  }

  /** Entries of the pick that is open. */
  async picks(): Promise<string[]> {
    const rows = this.page.locator('.quick-input-list .monaco-list-row');
    await rows.first().waitFor();
    return rows.allInnerTexts();
  }

  async pick(label: string): Promise<void> {
    await this.page.locator('.quick-input-list .monaco-list-row', { hasText: label }).first().click();
  }

  /** Goes to a line (1-based), which brings it on screen: only visible lines exist in the page. */
  async gotoLine(line: number, column = 1): Promise<void> {
    await this.page.keyboard.press('Control+KeyG');
    const box = this.quickInput();
    await box.waitFor();
    await box.fill(`:${line}:${column}`);
    await this.page.keyboard.press('Enter');
    await this.page.locator('.quick-input-widget').waitFor({ state: 'hidden' });
  }

  /** Goes to the next problem of the open file, as soon as it has one. */
  async goToProblem(): Promise<void> {
    const shown = this.page.locator('.monaco-editor .marker-widget');
    for (const until = Date.now() + WAIT; Date.now() < until; ) {
      await this.runCommand('Go to Next Problem (Error, Warning, Info)');
      try {
        await shown.waitFor({ timeout: 1000 });
        await this.page.keyboard.press('Escape');
        await shown.waitFor({ state: 'hidden' });
        await this.squiggles().first().waitFor();
        return;
      } catch {
        // Not analysed yet.
      }
    }
    throw new Error('the file has no problem');
  }

  squiggles(kind: 'error' | 'warning' | 'info' = 'error'): Locator {
    return this.page.locator(`.monaco-editor .squiggly-${kind}`);
  }

  /** Texts of the lines that have a squiggle, as they are drawn. */
  async squiggledLines(kind: 'error' | 'warning' | 'info' = 'error'): Promise<string[]> {
    await this.squiggles(kind).first().waitFor();
    // Squiggles and text are two layers: what belongs together is at the same height.
    const text: unknown = await this.page.evaluate(`(() => {
      const tops = [...document.querySelectorAll('.monaco-editor .squiggly-${kind}')]
        .map((mark) => Math.round(mark.parentElement.getBoundingClientRect().top));
      return [...document.querySelectorAll('.monaco-editor .view-lines .view-line')]
        .filter((line) => tops.includes(Math.round(line.getBoundingClientRect().top)))
        .map((line) => line.textContent.replace(/\\u00a0/g, ' '));
    })()`);
    return Array.isArray(text) ? text.filter((line) => typeof line === 'string') : [];
  }

  /**
   * Rests the mouse on a squiggle until the hover holds `words`; the hover's text. Tried again when the text was just analysed anew, so
   * that squiggle or hover went away under the mouse.
   */
  async hoverSquiggle(words: string, kind: 'error' | 'warning' | 'info' = 'error'): Promise<string> {
    let text = '';
    for (const until = Date.now() + WAIT; Date.now() < until; ) {
      const box = await this.squiggles(kind)
        .first()
        .boundingBox({ timeout: 1000 })
        .catch(() => null);
      if (box === null) continue;
      await this.page.mouse.move(box.x + box.width / 2, box.y + 80);
      await this.page.mouse.move(box.x + Math.min(box.width / 2, 30), box.y + box.height / 2, { steps: 5 });
      try {
        await this.hover().filter({ hasText: words }).waitFor({ timeout: 4000 });
        return (await this.hover().innerText()).trim();
      } catch {
        text = (await this.hover().isVisible()) ? await this.hover().innerText() : text;
      }
    }
    throw new Error(`no hover with "${words}"; the last one was "${text}"`);
  }

  /** Chooses one of the code actions at the cursor; their titles. */
  async act(title: RegExp): Promise<string[]> {
    await this.page.keyboard.press('Control+Period');
    const rows = this.page.locator('.action-widget .monaco-list-row.action');
    await rows.first().waitFor();
    const titles = await rows.allInnerTexts();
    const wanted = titles.findIndex((each) => title.test(each.trim()));
    if (wanted < 0) throw new Error(`no action ${title} among ${titles.join(', ')}`);
    // The first has the focus.
    for (let i = 0; i < wanted; i++) await this.page.keyboard.press('ArrowDown');
    await this.page.keyboard.press('Enter');
    await this.page.locator('.action-widget').waitFor({ state: 'hidden' });
    return titles.map((each) => each.trim());
  }

  /** Text of the active editor, as far as it is on the screen. */
  async visibleText(): Promise<string> {
    const lines = await this.page.locator('.editor-group-container.active .view-lines .view-line').allInnerTexts();
    return lines.join('\n').replace(/\u00a0/g, ' ');
  }

  hover(): Locator {
    return this.page.locator('.monaco-resizable-hover .monaco-hover:not(.hidden)').first();
  }

  async leaveHover(): Promise<void> {
    await this.page.mouse.move(700, 5);
    await this.page.keyboard.press('Escape');
  }

  /** Rows of the Problems view. */
  async problems(): Promise<string[]> {
    await this.runCommand('Problems: Focus on Problems View');
    const rows = this.page.locator('.markers-panel .monaco-list-row');
    await rows.first().waitFor();
    return rows.allInnerTexts();
  }

  /** Texts of what VS Code itself puts in the user's way. */
  notifications(): Promise<string[]> {
    return this.page.locator('.notifications-toasts .notification-list-item-message').allInnerTexts();
  }

  status(): Locator {
    return this.page.locator(
      '.statusbar-item[id="interlock.interlock.interlock.status"], .statusbar-item[id*="interlock.status"]',
    );
  }

  /** The document of the panel whose page has `selector`. */
  async webview(selector: string): Promise<Frame> {
    for (const until = Date.now() + WAIT; Date.now() < until; await this.page.waitForTimeout(100)) {
      for (const frame of this.page.frames()) if (await isActive(frame, selector)) return frame;
    }
    throw new Error(`no panel with ${selector}`);
  }

  private quickInput(): Locator {
    return this.page.locator('.quick-input-widget input.input:visible').first();
  }
}

/** A webview is a frame in a frame; while it loads, the inner one has another id. */
async function isActive(frame: Frame, selector: string): Promise<boolean> {
  if (!frame.url().includes('/fake.html')) return false;
  try {
    const id = await (await frame.frameElement()).getAttribute('id');
    return id === 'active-frame' && (await frame.locator(selector).count()) > 0;
  } catch {
    // Replaced meanwhile.
    return false;
  }
}
