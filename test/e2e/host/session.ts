/** One VS Code with one window, from install to clean-up: what every end-to-end test starts with. */
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import manifest from '../../../package.json' with { type: 'json' };
import { installChromium, installVsCode } from './install.ts';
import { installVsix, startServer } from './server.ts';
import { openBrowser, openWindow, type Workbench } from './workbench.ts';

/** The project's folder; a tool that was bundled elsewhere is told. */
export const ROOT = process.env['INTERLOCK_ROOT'] ?? path.resolve(import.meta.dirname, '../../..');
/** What `npm run package` makes; the tests' set-up makes it anew. */
export const VSIX = path.join(ROOT, `interlock-${manifest.version}.vsix`);
export const OUT = path.join(ROOT, 'test/e2e/out');

export interface Session {
  readonly window: Workbench;
  /** Opens another window of the same VS Code on the same folder. */
  another(): Promise<Workbench>;
  screenshot(name: string, window?: Workbench): Promise<void>;
  stop(): Promise<void>;
}

export interface SessionOptions {
  /** Opened as a copy: what a test types is never in the checkout. */
  readonly folder: string;
  /** More files in that copy. */
  readonly files?: Readonly<Record<string, string>>;
  /** Run the extension from this checkout, as its developers do, instead of installing the packed one. */
  readonly development?: boolean;
  readonly settings?: Readonly<Record<string, unknown>>;
}

/** Where the editor is installed; kept between runs. */
export function hostFolder(): string {
  return process.env['INTERLOCK_VSCODE_HOST'] ?? path.join(ROOT, 'test/e2e/.host');
}

export async function startSession({ folder, files, development = false, settings }: SessionOptions): Promise<Session> {
  const say = (line: string) => console.log(line);
  const host = installVsCode(hostFolder(), say);
  const chromium = installChromium(say);
  mkdirSync(OUT, { recursive: true });
  const userData = mkdtempSync(path.join(os.tmpdir(), 'interlock-e2e-'));
  const workspace = path.join(userData, path.basename(folder));
  cpSync(folder, workspace, { recursive: true });
  for (const [name, text] of Object.entries(files ?? {})) writeFileSync(path.join(workspace, name), text);
  if (!development) installVsix(host, VSIX, userData);
  const server = await startServer(host, { userData, ...(settings === undefined ? {} : { settings }) });
  const { browser, context } = await openBrowser(chromium);
  const extension = development ? { extension: ROOT } : {};
  const open = () => openWindow(context, server, { folder: workspace, ...extension });
  const stop = async () => {
    await browser.close();
    await server.stop();
    rmSync(userData, { recursive: true, force: true });
  };
  try {
    const window = await open();
    return {
      window,
      another: open,
      screenshot: (name, of = window) => of.screenshot(path.join(OUT, `${name}.png`)),
      stop,
    };
  } catch (error) {
    for (const page of context.pages()) await page.screenshot({ path: path.join(OUT, 'failed-start.png') });
    await stop();
    throw error;
  }
}
