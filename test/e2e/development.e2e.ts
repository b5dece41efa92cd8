/** The extension from its checkout, as its developers run it; and what its package holds. */
import { statSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ROOT, type Session, startSession, VSIX } from './host/session.ts';

let session: Session;

beforeAll(async () => {
  session = await startSession({ folder: path.join(ROOT, 'examples'), development: true });
});
afterAll(() => session?.stop());

test('the extension runs from its folder', async () => {
  const { window } = session;
  await window.openFile('blocking-allocation-in-link.patch');
  await window
    .status()
    .filter({ hasText: /Interlock: [1-9]/ })
    .waitFor();
  await window.runCommand('Interlock: Simulate Ops…');
  await window.pick('device_map');
  const panel = await window.webview('#events [role=option]');
  expect(await panel.locator('#details').innerText()).toMatch(/Event \d+ of \d+/);
  await session.screenshot('13-development');
});

test('the package is small', () => {
  expect(statSync(VSIX).size).toBeLessThan(4_000_000);
});
