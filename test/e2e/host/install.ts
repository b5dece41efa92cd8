/**
 * Gets a real VS Code onto a machine that has only Node and the npm registry: code-server (VS Code with its workbench served to a
 * browser) and, for the tests that drive it, Chromium from the distribution. Safe to call again; nothing is done twice.
 * Not for starting it: that is server.ts.
 */
import { execFileSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';

/** VS Code 1.100.3: the oldest version the manifest admits, and the last one that runs on Node 20. */
const CODE_SERVER = '4.100.3';
const NODE_MAJOR = '20';
const RIPGREP = '1.18.0';

export interface VsCodeHost {
  /** The Node that runs the server. */
  readonly node: string;
  /** The server's entry script. */
  readonly entry: string;
}

type Say = (line: string) => void;

/** Installs code-server under `folder` (about a minute, 340 MB, once). */
export function installVsCode(folder: string, say: Say): VsCodeHost {
  if (process.platform !== 'linux')
    throw new Error('the VS Code from npm runs on Linux only; install VS Code itself so that `code` is on PATH');
  const dir = path.resolve(folder);
  const host: VsCodeHost = {
    node: nodeOf(dir),
    entry: path.join(dir, 'node_modules/code-server/out/node/entry.js'),
  };
  const stamp = `${CODE_SERVER} ${RIPGREP} node${NODE_MAJOR} ${process.arch}`;
  const stampFile = path.join(dir, 'installed');
  if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === stamp) return host;

  mkdirSync(dir, { recursive: true });
  const dependencies: Record<string, string> = {
    'code-server': CODE_SERVER,
    [`@vscode/ripgrep-linux-${process.arch}`]: RIPGREP,
  };
  if (!isRightNode()) dependencies[`node-linux-${process.arch}`] = NODE_MAJOR;
  writeFileSync(path.join(dir, 'package.json'), JSON.stringify({ private: true, dependencies }, null, 2));
  say(`installing code-server ${CODE_SERVER} (VS Code 1.100.3) into ${dir}, about a minute …`);
  npm(dir, ['install']);
  const vscode = path.join(dir, 'node_modules/code-server/lib/vscode');
  say("installing VS Code's own modules …");
  npm(vscode, ['install', '--omit=dev']);
  npm(path.join(vscode, 'extensions'), ['install', '--omit=dev']);

  // Install scripts were left out (they download prebuilt files from elsewhere); this is what of their work is needed.
  if (!existsSync(path.join(vscode, 'node_modules.asar')))
    symlinkSync('node_modules', path.join(vscode, 'node_modules.asar'));
  const ripgrep = path.join(dir, `node_modules/@vscode/ripgrep-linux-${process.arch}/bin/rg`);
  const ripgrepHome = path.join(vscode, 'node_modules/@vscode/ripgrep');
  if (existsSync(ripgrepHome)) {
    mkdirSync(path.join(ripgrepHome, 'bin'), { recursive: true });
    copyFileSync(ripgrep, path.join(ripgrepHome, 'bin/rg'));
  }
  // Loaded at start-up, used only for passwords, which `--auth none` never asks for: no need to compile it.
  replaceModule(path.join(dir, 'node_modules/argon2'));
  // With it an extension host ends when its server is killed; without it nothing else is lost.
  buildNative(vscode, 'native-watchdog', say);
  const version = execFileSync(host.node, [host.entry, '--config', '/dev/null', '--version'], { encoding: 'utf8' });
  say(`installed ${version.trim().split('\n').at(-1) ?? CODE_SERVER}`);
  writeFileSync(stampFile, stamp);
  return host;
}

/** Chromium's path, installed from the distribution when it is missing and this is a Debian-like machine. */
export function installChromium(say: Say): string {
  const known = [process.env['CHROMIUM'], '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
  const find = () => known.find((file) => file !== undefined && existsSync(file));
  const found = find();
  if (found !== undefined) return found;
  say('installing chromium with apt-get …');
  const root = process.getuid?.() === 0;
  const apt = (...args: string[]) =>
    execFileSync(root ? 'apt-get' : 'sudo', root ? args : ['-n', 'apt-get', ...args], {
      stdio: ['ignore', 'ignore', 'inherit'],
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    });
  apt('update', '-qq');
  apt('install', '-y', '-qq', '--no-install-recommends', 'chromium', 'fonts-dejavu-core');
  const installed = find();
  if (installed === undefined) throw new Error('no Chromium; set CHROMIUM to the path of one');
  return installed;
}

function isRightNode(): boolean {
  return process.versions.node.split('.')[0] === NODE_MAJOR;
}

function nodeOf(dir: string): string {
  return isRightNode() ? process.execPath : path.join(dir, `node_modules/node-linux-${process.arch}/bin/node`);
}

function npm(cwd: string, args: readonly string[]): void {
  execFileSync('npm', [...args, '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd,
    stdio: ['ignore', 'ignore', 'inherit'],
    env: withoutNpm(),
  });
}

/** Run from an npm script, npm would take that package's settings for the nested install. */
function withoutNpm(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('npm_')));
}

function replaceModule(folder: string): void {
  const stub =
    "exports.hash = async () => { throw new Error('no passwords here'); };\nexports.verify = async () => false;\n";
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  writeFileSync(
    path.join(folder, 'package.json'),
    JSON.stringify({ name: 'argon2', version: '0.0.0', main: 'argon2.cjs' }),
  );
  writeFileSync(path.join(folder, 'argon2.cjs'), stub);
}

/** Compiles one native module against the headers of the Node in use; best effort. */
function buildNative(folder: string, name: string, say: Say): void {
  if (!existsSync(path.join(folder, 'node_modules', name))) return;
  const prefix = path.dirname(path.dirname(realpathSync(process.execPath)));
  const headers = existsSync(path.join(prefix, 'include/node/node.h')) ? { npm_config_nodedir: prefix } : {};
  try {
    execFileSync('npm', ['rebuild', name, '--loglevel=error'], {
      cwd: folder,
      stdio: 'ignore',
      timeout: 120_000,
      env: { ...withoutNpm(), ...headers, npm_config_build_from_source: 'true' },
    });
  } catch {
    say(`(${name} could not be compiled here; going on without it)`);
  }
}
