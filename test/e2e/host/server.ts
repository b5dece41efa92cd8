/** Starts and stops the VS Code that install.ts put here, with settings that keep it calm. One server can hold many windows. */
import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { VsCodeHost } from './install.ts';

const CALM_SETTINGS = {
  'workbench.startupEditor': 'none',
  'workbench.tips.enabled': false,
  'workbench.enableExperiments': false,
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'chat.commandCenter.enabled': false,
  'security.workspace.trust.enabled': false,
  'telemetry.telemetryLevel': 'off',
  'update.mode': 'none',
  'extensions.autoUpdate': false,
  'extensions.autoCheckUpdates': false,
  'extensions.ignoreRecommendations': true,
  'git.enabled': false,
  'git.openRepositoryInParentFolders': 'never',
  'editor.minimap.enabled': false,
  'window.commandCenter': false,
  'files.simpleDialog.enable': true,
  // In a browser VS Code saves by itself, unlike on the desktop.
  'files.autoSave': 'off',
} as const;

export interface ServerOptions {
  /** Folder for everything the session writes; a fresh one keeps sessions apart. */
  readonly userData: string;
  readonly settings?: Readonly<Record<string, unknown>>;
  readonly port?: number;
}

export interface RunningServer {
  readonly origin: string;
  /** `127.0.0.1:PORT`, the authority of the server's files in the workbench. */
  readonly authority: string;
  readonly userData: string;
  stop(): Promise<void>;
}

export async function startServer(host: VsCodeHost, options: ServerOptions): Promise<RunningServer> {
  const userData = path.resolve(options.userData);
  mkdirSync(path.join(userData, 'User'), { recursive: true });
  mkdirSync(path.join(userData, 'ext'), { recursive: true });
  const settings = { ...CALM_SETTINGS, ...options.settings };
  writeFileSync(path.join(userData, 'User/settings.json'), JSON.stringify(settings, null, 2));
  const port = options.port ?? (await freePort());
  const log = path.join(userData, 'server.log');
  const out = openSync(log, 'w');
  const child = spawn(
    host.node,
    [
      host.entry,
      '--bind-addr',
      `127.0.0.1:${port}`,
      '--auth',
      'none',
      ...folders(userData),
      '--disable-telemetry',
      '--disable-update-check',
      '--disable-workspace-trust',
      '--disable-getting-started-override',
      '--ignore-last-opened',
    ],
    { stdio: ['ignore', out, out], detached: true, env: environment(userData) },
  );
  const stop = () =>
    new Promise<void>((resolve) => {
      if (child.exitCode !== null || child.pid === undefined) {
        resolve();
        return;
      }
      const { pid } = child;
      child.once('exit', () => resolve());
      signal(pid, 'SIGTERM');
      setTimeout(() => {
        signal(pid, 'SIGKILL');
        resolve();
      }, 5000).unref();
    });
  const origin = `http://127.0.0.1:${port}`;
  for (const until = Date.now() + 30_000; ; await delay(100)) {
    if (await isUp(origin)) break;
    if (child.exitCode !== null || Date.now() > until) {
      await stop();
      throw new Error(`VS Code did not start:\n${readFileSync(log, 'utf8').slice(-2000)}`);
    }
  }
  return { origin, authority: `127.0.0.1:${port}`, userData, stop };
}

/** Installs a packed extension as a user does with `--install-extension`. */
export function installVsix(host: VsCodeHost, vsix: string, userData: string): void {
  execFileSync(host.node, [host.entry, ...folders(path.resolve(userData)), '--install-extension', vsix, '--force'], {
    // What it says is shown only when it fails (as part of the error).
    stdio: ['ignore', 'pipe', 'pipe'],
    env: environment(userData),
  });
}

/** The address of a window on a folder. */
export function windowAddress(server: RunningServer, folder: string): string {
  const query = new URLSearchParams({
    folder: path.resolve(folder),
    payload: JSON.stringify([
      ['skipWelcome', 'true'],
      ['skipReleaseNotes', 'true'],
    ]),
  });
  return `${server.origin}/?${query}`;
}

export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer().once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() =>
        typeof address === 'object' && address !== null ? resolve(address.port) : reject(new Error('no free port')),
      );
    });
  });
}

function folders(userData: string): string[] {
  return ['--config', '/dev/null', '--user-data-dir', userData, '--extensions-dir', path.join(userData, 'ext')];
}

function environment(userData: string): NodeJS.ProcessEnv {
  // Those of an editor around this one would redirect it.
  const own = Object.entries(process.env).filter(([name]) => !/^(VSCODE_|ELECTRON_)/.test(name));
  return {
    ...Object.fromEntries(own),
    // No gallery: nothing is looked up on the network.
    EXTENSIONS_GALLERY: '{"serviceUrl":""}',
    // Sockets have short paths at most.
    XDG_RUNTIME_DIR: userData.length < 60 ? userData : os.tmpdir(),
  };
}

async function isUp(origin: string): Promise<boolean> {
  try {
    return (await fetch(`${origin}/healthz`)).ok;
  } catch {
    return false;
  }
}

/** Its own process group only: the server forks. */
function signal(pid: number, name: 'SIGTERM' | 'SIGKILL'): void {
  try {
    process.kill(-pid, name);
  } catch {
    // Already gone.
  }
}
