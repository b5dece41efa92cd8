/** The panel's own bundle in a browser, without an editor: every message, hostile text, very long runs, and no toolkit. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { FromPanel, ToPanel } from '../../src/protocol/panel.ts';
import type { EventView, SimulationView } from '../../src/protocol/view.ts';
import { installChromium } from './host/install.ts';
import { OUT, ROOT } from './host/session.ts';
import { type OpenBrowser, openBrowser } from './host/workbench.ts';

let opened: OpenBrowser;

beforeAll(async () => {
  opened = await openBrowser(installChromium(console.log));
});
afterAll(() => opened?.browser.close());

const HOSTILE = '<img src=x onerror="window.pwned=1"><script>window.pwned=1</script>';

function event(index: number, more: Partial<EventView> = {}): EventView {
  const ranges = [{ startLine: index, startCharacter: 1, endLine: index, endCharacter: 5 }];
  return {
    index,
    depth: index % 4,
    task: 0,
    group: 'call',
    text: `event ${index + 1} ${HOSTILE}`,
    function: HOSTILE,
    place: { ranges, source: `${HOSTILE}/demo.c:${index}` },
    held: [],
    findings: [],
    ...more,
  };
}

function view(events: readonly EventView[]): SimulationView {
  return {
    title: `demo ${HOSTILE}`,
    table: 'demo_ops',
    op: 'device_map',
    scenario: HOSTILE,
    context: HOSTILE,
    topology: {
      name: 'two-gpus-switch',
      summary: HOSTILE,
      nodes: [
        { id: 'host0', label: 'host0', kind: 'host bridge', detail: '', parent: null },
        { id: 'sw0', label: 'sw0', kind: 'switch', detail: 'ACS redirect', parent: 'host0' },
        { id: 'gpu0', label: HOSTILE, kind: 'gpu', detail: 'iommu0 strict, 16G VRAM', parent: 'sw0' },
        { id: 'gpu1', label: 'gpu1', kind: 'gpu', detail: 'iommu0 strict, 16G VRAM', parent: 'sw0' },
      ],
      links: [{ label: 'ual0 (ual, virtual)', members: ['gpu0', 'gpu1'] }],
    },
    replay: 'il1:demo',
    events,
    locks: [{ lock: 'notifier_lock', mode: 'shared', place: null }],
    findings: [
      {
        code: 'IL0201',
        slug: 'demo',
        verdict: 'violation',
        message: `\`kzalloc\` ${HOSTILE}`,
        op: HOSTILE,
        context: HOSTILE,
        assumption: HOSTILE,
        documented: HOSTILE,
        related: [HOSTILE],
        place: { ranges: [], source: null },
        event: 3,
      },
    ],
    costs: [{ name: HOSTILE, value: 12345 }],
    problems: [HOSTILE],
    version: 1,
  };
}

const short = view([0, 1, 2, 3, 4].map((index) => event(index, index === 3 ? { findings: [0], held: [0] } : {})));

/** A page with the panel in it, as the editor makes it; what the panel sends is kept in the page. */
async function openPanel(before = ''): Promise<Page> {
  const page = await opened.context.newPage();
  await page.setContent('<!DOCTYPE html><body><div id="panel"></div></body>');
  await page.addStyleTag({ content: readFileSync(path.join(ROOT, 'dist/webview.css'), 'utf8') });
  await page.addScriptTag({
    content: `window.sent = []; window.kept = undefined; ${before};
      window.acquireVsCodeApi = () => ({
        postMessage: (message) => window.sent.push(message),
        getState: () => window.kept,
        setState: (state) => { window.kept = state; },
      });`,
  });
  await page.addScriptTag({ content: readFileSync(path.join(ROOT, 'dist/webview.js'), 'utf8') });
  return page;
}

const tell = (page: Page, message: ToPanel) => page.evaluate(`window.postMessage(${JSON.stringify(message)}, '*')`);
const sent = async (page: Page): Promise<FromPanel[]> => page.evaluate('window.sent');
const show = (page: Page, shown: SimulationView) =>
  tell(page, {
    type: 'show',
    view: shown,
    document: 'demo.patch',
    source: { uri: 'file:///demo.patch', replay: 'il1:demo' },
    selected: null,
  });

test('opens at the finding and says what it is; hostile text stays text', async () => {
  const page = await openPanel();
  await show(page, short);
  await page.locator('#details .finding').waitFor();
  expect(await page.locator('#details').innerText()).toContain('Event 4 of 5');
  expect(await page.locator('#held').innerText()).toContain('notifier_lock shared');
  expect(await page.locator('#topology svg .node').count()).toBe(4);
  await page.locator('#topology summary').click();
  expect(await page.locator('#topology ul').first().innerText()).toContain('ual0 (ual, virtual) connects gpu0, gpu1');
  expect(await page.locator('main img, main script').count()).toBe(0);
  expect(await page.evaluate('window.pwned')).toBeUndefined();
  expect(await page.evaluate('window.kept')).toEqual({
    source: { uri: 'file:///demo.patch', replay: 'il1:demo' },
    selected: 3,
  });
  await page.screenshot({ path: path.join(OUT, 'panel-alone.png'), fullPage: true });
  await page.close();
});

test('takes and sends every message', async () => {
  const page = await openPanel();
  await tell(page, { type: 'busy', what: 'Executing …' });
  await page.getByText('Stop', { exact: true }).click();
  await tell(page, { type: 'empty', message: 'Nothing here' });
  await page.locator('#message', { hasText: 'Nothing here' }).waitFor();
  await show(page, short);
  await page.locator('#events').focus();
  await page.keyboard.press('Enter');
  await page.locator('#details .finding a').click();
  await page.locator('#copy-token').click();
  await tell(page, { type: 'copied' });
  await page.locator('.live', { hasText: 'Copied' }).waitFor();
  await tell(page, { type: 'stale', stale: true });
  await page.locator('.notice').getByText('Run again').click();
  await tell(page, { type: 'step', by: -1 });
  await page.locator('#events [aria-selected=true][aria-posinset="3"]').waitFor();
  const types = (await sent(page)).map(({ type }) => type);
  expect(types).toEqual(['ready', 'stop', 'select', 'open', 'explain', 'copy', 'again', 'select']);
  await page.close();
});

test('a run of 20,000 events opens at once and is walked by keys', async () => {
  const page = await openPanel();
  await show(
    page,
    view(Array.from({ length: 20_000 }, (_, index) => event(index, index === 19_000 ? { findings: [0] } : {}))),
  );
  await page.locator('#event-19000').waitFor();
  expect(await page.locator('#events [role=option]').count()).toBeLessThan(120);
  await page.locator('#events').focus();
  const at = () => page.locator('#events [aria-selected=true]').getAttribute('aria-posinset');
  for (const [key, position] of [
    ['End', '20000'],
    ['Home', '1'],
    ['ArrowUp', '1'],
    ['n', '19001'],
    ['N', '19001'],
    ['PageDown', '19013'],
  ] as const) {
    await page.keyboard.press(key);
    expect(await at(), key).toBe(position);
  }
  await page.close();
});

test('works without the toolkit', async () => {
  const page = await openPanel("window.customElements.define = () => { throw new Error('none'); }");
  await show(page, short);
  await page.locator('#details .finding').waitFor();
  expect(await page.locator('button.native').count()).toBeGreaterThan(3);
  await page.locator('select.dropdown').selectOption('findings');
  expect(await page.locator('#events [role=option]').count()).toBe(1);
  await page.locator('button#copy-token').click();
  expect((await sent(page)).at(-1)).toEqual({ type: 'copy', text: 'il1:demo' });
  await page.screenshot({ path: path.join(OUT, 'panel-native.png'), fullPage: true });
  await page.close();
});
