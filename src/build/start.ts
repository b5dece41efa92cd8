/**
 * `npm start`: shows what Interlock does, on the examples. `npm start -- --editor` shows the same in a real VS Code. Findings are the
 * point here, so they do not make it fail; a crash does.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { installVsCode } from '../../test/e2e/host/install.ts';
import { installVsix, startServer, windowAddress } from '../../test/e2e/host/server.ts';

const root = process.env['INTERLOCK_ROOT'] ?? process.cwd();
const examples = path.join(root, 'examples');
const defects = path.join(examples, 'defects');

if (process.argv.includes('--help')) usage();
else if (process.argv.includes('--editor')) await openEditor();
else checkExamples();

function usage(): void {
  console.log(
    'npm start                check the examples and print what is found\nnpm start -- --editor    open them in VS Code',
  );
}

function checkExamples(): void {
  const cli = path.join(root, 'dist/cli.cjs');
  if (!existsSync(cli)) fail('dist/cli.cjs is not there: `npm ci` (or `npm run build`) makes it');
  const files = readdirSync(defects)
    .sort()
    .map((file) => path.relative(process.cwd(), path.join(defects, file)));
  console.log(`interlock check ${path.relative(process.cwd(), defects)}/*\n`);
  const { status, signal } = spawnSync(process.execPath, [cli, 'check', ...files], { stdio: 'inherit' });
  // 0: nothing found, 1: findings. Anything else is not a result.
  if (signal !== null || status === null || status > 1)
    fail(`interlock check ended with ${signal ?? `exit code ${status}`}: that is a defect of Interlock itself`);
  console.log('\nTo see this in the editor, on the lines themselves: npm start -- --editor');
}

async function openEditor(): Promise<void> {
  if (isOnPath('code')) {
    console.log(`opening VS Code on ${examples}`);
    const { status } = spawnSync(
      'code',
      ['--new-window', `--extensionDevelopmentPath=${root}`, examples, path.join(defects, firstDefect())],
      { stdio: 'inherit', shell: process.platform === 'win32' },
    );
    if (status !== 0) fail(`\`code\` ended with exit code ${status}`);
    return;
  }
  console.log('no `code` on PATH: using the VS Code that the end-to-end tests use (in a browser)');
  const host = installVsCode(process.env['INTERLOCK_VSCODE_HOST'] ?? path.join(root, 'test/e2e/.host'), console.log);
  const userData = mkdtempSync(path.join(os.tmpdir(), 'interlock-start-'));
  // A page of one's own browser takes no development folder: the extension is packed and installed, as a user does.
  const vsix = path.join(userData, 'interlock.vsix');
  console.log('packing the extension …');
  const packed = spawnSync('npm', ['run', '-s', 'package', '--', '--out', vsix], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  if (packed.status !== 0) fail('the extension could not be packed');
  installVsix(host, vsix, userData);
  const server = await startServer(host, { userData });
  const clean = () => rmSync(userData, { recursive: true, force: true });
  const stop = () => {
    console.log('\nstopping');
    void server.stop().then(() => {
      clean();
      process.exit(0);
    });
  };
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
  console.log(`\nVS Code runs at\n\n  ${windowAddress(server, examples)}\n`);
  console.log(`Open it in a browser, then open defects/${firstDefect()}. Ctrl-C stops it.`);
  for (;;) await delay(60_000);
}

function firstDefect(): string {
  return readdirSync(defects).find((file) => file.startsWith('blocking-allocation')) ?? readdirSync(defects)[0] ?? '';
}

function isOnPath(program: string): boolean {
  const finder = process.platform === 'win32' ? 'where' : 'which';
  return spawnSync(finder, [program], { stdio: 'ignore' }).status === 0;
}

function fail(message: string): never {
  console.error(`npm start: ${message}`);
  process.exit(1);
}
