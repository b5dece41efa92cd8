/** The extension as users get it: packed, installed, and used. */
import { execFileSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import manifest from '../../package.json' with { type: 'json' };
import { ROOT, type Session, startSession } from './host/session.ts';

const vsix = path.join(ROOT, `interlock-${manifest.version}.vsix`);
let session: Session;

beforeAll(async () => {
  if (!existsSync(vsix))
    execFileSync('npm', ['run', '-s', 'package'], { cwd: ROOT, stdio: ['ignore', 'ignore', 'inherit'] });
  session = await startSession({ folder: path.join(ROOT, 'examples'), vsix });
});
afterAll(() => session?.stop());

test('checks a patch', async () => {
  const { window } = session;
  await window.openFile('blocking-allocation-in-link.patch');
  await window
    .status()
    .filter({ hasText: /Interlock: [1-9]/ })
    .waitFor();
  await window.runCommand('Go to Next Problem in Files (Error, Warning, Info)');
  expect(await window.squiggledLines('error')).toEqual([expect.stringMatching(/^\+.*kzalloc/)]);
  await window.page.keyboard.press('Escape');
  await session.screenshot('10-packed');
});

test('simulates an op', async () => {
  const { window } = session;
  await window.runCommand('Interlock: Simulate Ops…');
  await window.pick('device_map');
  const panel = await window.webview('#events [role=option]');
  expect(await panel.locator('#details').innerText()).toMatch(/Event \d+ of \d+/);
  await session.screenshot('11-packed-panel');
});

test('is small', () => {
  expect(statSync(vsix).size).toBeLessThan(4_000_000);
});
