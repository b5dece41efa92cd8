/** The way of a reviewer through VS Code: open a patch, see where it breaks, read why, run it, step through it. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { ROOT, type Session, startSession } from './host/session.ts';
import type { Workbench } from './host/workbench.ts';

const HOSTILE = '<img src=x onerror="document.title=1"> [click](command:workbench.action.quit)';

let session: Session;
let window: Workbench;

beforeAll(async () => {
  const patch = readFileSync(path.join(ROOT, 'examples/defects/blocking-allocation-in-link.patch'), 'utf8');
  session = await startSession({
    folder: path.join(ROOT, 'examples'),
    settings: { 'workbench.colorTheme': 'Default Dark Modern' },
    files: {
      'hostile.patch': patch.replace(/^Subject: .*$/m, `Subject: [PATCH] ${HOSTILE}`),
      // The file that the patch adds, as it is once the patch is applied.
      'lumen_links.c': patch
        .split('\n')
        .filter((line) => line.startsWith('+') && !line.startsWith('+++'))
        .map((line) => line.slice(1))
        .join('\n'),
    },
  });
  window = session.window;
});
afterAll(() => session?.stop());
afterEach(async ({ task }) => {
  if (task.result?.state === 'fail') await session.screenshot(`failed-${task.name.replace(/\W+/g, '-')}`);
});

describe('a patch with a defect', () => {
  test('has a squiggle on the added line', async () => {
    await window.openFile('blocking-allocation-in-link.patch');
    // The defect is not on the first screen.
    await window.goToProblem();
    const lines = await window.squiggledLines('error');
    expect(lines).toEqual([expect.stringMatching(/^\+\s+link = kzalloc/)]);
    await session.screenshot('1-squiggle');
  });

  test('has a hover that says verdict, chain and locks, and where to go on', async () => {
    const text = await window.hoverSquiggle('Replay');
    await session.screenshot('2-hover');
    expect(text).toMatch(/Violation IL\d{4}: \w+\.device_iova_link/);
    expect(text).toMatch(/1\. /);
    expect(text).toMatch(/Locks held:.*notifier_lock/);
    expect(text).toContain('Replay · Explain');
    await window.leaveHover();
  });

  test('has its page behind the code', async () => {
    await window.hoverSquiggle('Replay');
    await window
      .hover()
      .getByText(/^Explain IL/)
      .click();
    const page = await window.webview('h1');
    expect(await page.locator('body').innerText()).toMatch(/Why/);
    await session.screenshot('3-explain');
    await window.page.keyboard.press('Control+Digit1');
    await window.runCommand('View: Close Editors in Other Groups');
  });

  test('is listed in Problems', async () => {
    const rows = await window.problems();
    await session.screenshot('4-problems');
    expect(rows.join('\n')).toMatch(/blocking-allocation-in-link\.patch/);
    expect(rows.join('\n')).toMatch(/interlock\W*IL\d{4}/);
    await window.runCommand('View: Toggle Panel Visibility');
  });

  test('has symbols', async () => {
    await window.openFile('blocking-allocation-in-link.patch');
    await window.page.keyboard.press('Control+Shift+KeyO');
    const rows = await window.picks();
    await session.screenshot('5-symbols');
    expect(rows.join('\n')).toContain('Remember each link of an IOVA');
    await window.page.keyboard.press('Escape');
  });
});

describe('Simulate Ops', () => {
  test('runs the chosen op and shows the trace beside the text', async () => {
    await window.openFile('blocking-allocation-in-link.patch');
    await window.runCommand('Interlock: Simulate Ops…');
    await window.page.locator('.quick-input-list .monaco-list-row').first().waitFor();
    await session.screenshot('6-pick');
    await window.pick('device_map');
    const panel = await window.webview('#events');
    await panel.locator('#events [role=option]').first().waitFor();
    await session.screenshot('7-panel');
    expect(await panel.locator('h1').innerText()).toContain('lumen_pagemap_ops');
    expect(await panel.locator('#details').innerText()).toMatch(/Event \d+ of \d+/);
    expect(await panel.locator('#token').innerText()).toMatch(/^il1:/);
    expect(await panel.locator('#topology').innerText()).toMatch(/\w/);
  });

  test('remembers the choice', async () => {
    await window.openFile('blocking-allocation-in-link.patch');
    await window.runCommand('Interlock: Simulate Ops…');
    const rows = await window.picks();
    expect(rows.join('\n')).toMatch(/last run/);
    await window.page.keyboard.press('Escape');
  });

  test('is driven by the keyboard, and steps without taking the focus from the list', async () => {
    const panel = await window.webview('#events');
    const list = panel.locator('#events');
    await list.focus();
    await window.page.keyboard.press('Home');
    expect(await panel.locator('#events [aria-selected=true]').getAttribute('aria-posinset')).toBe('1');
    await window.page.keyboard.press('ArrowDown');
    await window.page.keyboard.press('ArrowDown');
    expect(await panel.locator('#events [aria-selected=true]').getAttribute('aria-posinset')).toBe('3');
    await window.page.keyboard.press('End');
    const all = await panel.locator('#events [aria-selected=true]').getAttribute('aria-setsize');
    expect(await panel.locator('#events [aria-selected=true]').getAttribute('aria-posinset')).toBe(all);
    // What was revealed in the editor left the focus in the list.
    expect(await panel.locator('#events:focus').count()).toBe(1);
  });

  test('says when the text has changed since', async () => {
    await window.openFile('blocking-allocation-in-link.patch');
    await window.gotoLine(1);
    await window.page.keyboard.type('x');
    const panel = await window.webview('#events');
    const notice = panel.locator('.notice', { hasText: 'The text has changed since this run.' });
    await notice.waitFor();
    await window.page.keyboard.press('Control+KeyZ');
    await window.runCommand('Interlock: Simulate Ops…');
    await window.pick('device_map');
    await notice.waitFor({ state: 'hidden' });
  });
});

test('the replay of a finding opens from its hover, at the finding', async () => {
  await window.openFile('blocking-allocation-in-link.patch');
  await window.goToProblem();
  await window.hoverSquiggle('Replay');
  await window.hover().getByText('Replay', { exact: true }).click();
  const panel = await window.webview('#events .found');
  await panel.locator('#details .finding').first().waitFor();
  await session.screenshot('8-replay');
  expect(await panel.locator('#details .finding').first().innerText()).toMatch(/Violation/);
  expect(await panel.locator('#held').innerText()).toMatch(/Locks held/);
});

test('a reply that quotes the patch has its squiggle on the quoted line', async () => {
  const mail = await session.another();
  await mail.openFile('quoted-reply-with-leak.eml');
  await mail.goToProblem();
  const lines = await mail.squiggledLines('error');
  await session.screenshot('9-mail', mail);
  expect(lines[0]).toMatch(/^> \+/);
  await mail.page.close();
});

test('a hostile subject is text, in the hover as in the panel', async () => {
  await window.openFile('hostile.patch');
  await window.goToProblem();
  await window.hoverSquiggle('Replay');
  expect(await window.hover().locator('img').count()).toBe(0);
  await window.leaveHover();
  await window.page.keyboard.press('Control+Shift+KeyO');
  expect((await window.picks()).join('\n')).toContain('<img src=x');
  await window.page.keyboard.press('Escape');
});

test('a C file is left to others until one asks', async () => {
  await window.openFile('lumen_links.c');
  await window.page.locator('.monaco-editor .mtk1').first().waitFor();
  expect(await window.status().isVisible()).toBe(false);
  await window.runCommand('Interlock: Check Document');
  await window
    .status()
    .filter({ hasText: /Interlock: [1-9]/ })
    .waitFor();
});

test('a finding is copied as mail', async () => {
  await window.openFile('blocking-allocation-in-link.patch');
  await window.goToProblem();
  await window.runCommand('Interlock: Copy Finding as Mail');
  await window.page.locator('.statusbar-item', { hasText: 'Interlock: copied' }).waitFor();
  const mail: unknown = await window.page.evaluate('navigator.clipboard.readText()');
  expect(mail).toMatch(/^> \+\+\+ b\/drivers.*\n(> .*\n)+\nViolation \(IL\d{4}\)/);
});

test('the server can be restarted', async () => {
  await window.openFile('blocking-allocation-in-link.patch');
  await window.runCommand('Interlock: Restart Server');
  await window.page.locator('.statusbar-item', { hasText: 'server restarted' }).waitFor();
  await window
    .status()
    .filter({ hasText: /Interlock: [1-9]/ })
    .waitFor();
});

test('the panel comes back after the window was reloaded', async () => {
  await window.runCommand('Developer: Reload Window');
  await window.page
    .locator('.monaco-workbench .part.statusbar')
    .waitFor({ state: 'detached' })
    .catch(() => {});
  const panel = await window.webview('#events [role=option]');
  expect(await panel.locator('#details').innerText()).toMatch(/Event \d+ of \d+/);
  await session.screenshot('12-restored');
});

// These close what stands beside the text.
describe('code actions', () => {
  test('explain a lock order as lockdep prints it', async () => {
    await window.openFile('reservation-lock-in-unlink.patch');
    await window.goToProblem();
    await window.act(/like lockdep$/);
    await window.page.locator('.tab.active', { hasText: 'dmesg.log' }).waitFor();
    await window.page.locator('.editor-group-container.active .view-line', { hasText: 'WARNING' }).first().waitFor();
    await session.screenshot('10-lockdep');
    expect(await window.visibleText()).toMatch(/is trying to acquire lock|the existing dependency chain/);
    await window.page.keyboard.press('Control+Digit1');
    await window.runCommand('View: Close Editors in Other Groups');
  });

  test('suppress a finding in this patch, and show it again when the line is gone', async () => {
    await window.openFile('lock-held-on-error-path.patch');
    await window.goToProblem();
    await window.act(/^Suppress IL\d{4} in/);
    await window.squiggles().first().waitFor({ state: 'detached' });
    await window.page
      .locator('.explorer-folders-view .monaco-list-row', { hasText: '.interlock-suppressions' })
      .dblclick();
    await window.page.locator('.tab.active', { hasText: '.interlock-suppressions' }).waitFor();
    await window.page.locator('.editor-group-container.active .view-line', { hasText: /^IL/ }).first().waitFor();
    await session.screenshot('11-suppressed');
    expect(await window.visibleText()).toMatch(/^IL\d{4} \w+ [0-9a-f]{16,40}/m);
    await window.page.keyboard.press('Control+KeyA');
    await window.page.keyboard.press('Delete');
    await window.page.keyboard.press('Control+KeyS');
    await window.openFile('lock-held-on-error-path.patch');
    await window.goToProblem();
  });

  test('repair what is mechanical', async () => {
    await window.openFile('blocking-allocation-in-link.patch');
    await window.goToProblem();
    const titles = await window.act(/^Use GFP_/);
    expect(titles.join('\n')).toMatch(/Explain IL/);
    await window.squiggles().first().waitFor({ state: 'detached' });
    await window.page.keyboard.press('Control+KeyZ');
    await window.squiggles().first().waitFor();
  });
});

test('nothing popped up on the way', async () => {
  expect(await window.notifications()).toEqual([]);
});
