/**
 * A stand-in for the engine in tests of what stands around it: what it "finds" is written in the document. On an added line,
 * `violation!`, `suspected!` and `unsupported!` make a finding with that verdict; `throw!` anywhere makes the analysis fail, `slow!` keeps
 * it busy until it is asked to stop, `stuck!` keeps it busy for good, `staged!` shows the first finding before the others.
 */
import type { AnalysisOptions, DocumentInput, Engine, SimulationReport, TraceLine } from '../src/analysis/engine.ts';
import type { Event, HeldLock } from '../src/machine/events.ts';
import { readDocument } from '../src/patch/read.ts';
import type { DocumentReport, Finding, Place, Verdict } from '../src/report/finding.ts';

const TABLE = 'demo_ops';
const STRUCT = 'drm_pagemap_ops';

export function scriptedEngine(busyWait: () => void = () => {}): Engine {
  return {
    version: '0.0.0-scripted',
    analyse: (document, options) => analyse(document, options ?? {}, busyWait),
    *analysing(document, options) {
      yield;
      return analyse(document, options ?? {}, busyWait);
    },
    choices: (document) => [
      {
        table: TABLE,
        struct: STRUCT,
        op: 'device_map',
        function: 'demo_device_map',
        scenarios: [
          { name: 'get-pages', title: 'getting pages' },
          { name: 'migrate', title: 'migrating' },
        ],
        place: lineOf(document.text, '.device_map'),
      },
    ],
    simulate: (document, request) => simulate(document, request.scenario ?? 'get-pages'),
    replay: (document, token) =>
      token.startsWith('il1:')
        ? simulate(document, 'get-pages')
        : { ...simulate(document, ''), lines: [], findings: [], problems: [`${token} is not a replay token`] },
    explain: (check) =>
      ['IL0201', 'blocking-allocation'].includes(check) ? '# IL0201 blocking-allocation\n\n## Why\n\nBecause.\n' : null,
    listChecks: () => [
      { code: 'IL0201', slug: 'blocking-allocation', level: 'violation', summary: 'detects a blocking allocation' },
    ],
    read: ({ path, text }) => readDocument(path, text).value,
    definition: ({ path, text }, offset) => {
      const name = /^\w+/.exec(text.slice(offset))?.[0] ?? '';
      const start = text.indexOf(`${name} defined!`);
      return name === '' || start < 0
        ? []
        : [{ range: { start, end: start + name.length }, kind: 'function', name, path }];
    },
    outline: (document) => {
      const end = document.text.length;
      return [
        {
          name: /^Subject: (.*)$/m.exec(document.text)?.[1] ?? 'patch',
          detail: '',
          kind: 'patch',
          range: { start: 0, end },
          selection: { start: 0, end: Math.min(1, end) },
          children: [],
        },
      ];
    },
  };
}

function analyse({ path, text }: DocumentInput, options: AnalysisOptions, busyWait: () => void): DocumentReport {
  if (text.includes('throw!')) throw Object.assign(new Error('scripted failure'), { replay: 'il1:throw' });
  while (text.includes('stuck!')) busyWait();
  if (text.includes('slow!')) {
    options.progress?.(1, 2, 'demo_device_map');
    while (options.stop?.() !== true) busyWait();
  }
  const found = findings(text);
  const report: DocumentReport = {
    path,
    series: [],
    tables: [
      {
        name: TABLE,
        struct: STRUCT,
        place: lineOf(text, 'struct drm_pagemap_ops') ?? place([]),
        ops: [{ member: 'device_map', function: 'demo_device_map', place: null }],
      },
    ],
    documented: [],
    patches: [
      { id: '0123456789abcdef0123456789abcdef01234567', subject: 'demo', range: { start: 0, end: text.length } },
    ],
    functions: [],
    unsupported: [],
    findings: found,
    problems: [],
    stats: { runs: 3, steps: 42 },
    bounds: text.includes('slow!') ? ['stopped early'] : [],
  };
  if (text.includes('staged!')) options.stage?.('plain', { ...report, findings: found.slice(0, 1) });
  return report;
}

function findings(text: string): Finding[] {
  return [...text.matchAll(/^[> ]*\+.*?\b(violation|suspected|unsupported)!.*$/gm)].map((match) => {
    const word = match[1] ?? 'violation';
    const verdict: Verdict = word === 'suspected' || word === 'unsupported' ? word : 'violation';
    const at = (match.index ?? 0) + match[0].indexOf(`${word}!`);
    const here = place([{ start: at, end: at + word.length }]);
    return {
      code: 'IL0201',
      slug: 'blocking-allocation',
      level: 'error',
      verdict,
      message: '`kzalloc` may wait for reclaim that waits for this op',
      function: 'demo_device_map',
      op: 'drm_pagemap_ops.device_map',
      place: here,
      change: match[0].includes('existing!') ? 'existing' : 'introduced',
      related: [{ message: '`notifier_lock` was taken here', place: here }],
      assumption: verdict === 'suspected' ? 'the flag is set' : null,
      context: 'C1 get_pages: notifier_lock held for read',
      topology: 'two-switches',
      steps: [
        { event: 1, text: '`down_read` takes `notifier_lock`', place: here },
        { event: 3, text: '`kzalloc` with GFP_KERNEL', place: here },
      ],
      held: [{ lock: 'notifier_lock', mode: 'shared', place: here }],
      documented: 'reclaim-unsafe; observed: allocates with direct reclaim',
      replay: 'il1:demo',
      lockdep: 'WARNING: possible circular locking dependency detected\n',
      fix: { title: 'Use GFP_NOWAIT here', edits: [{ range: { start: at, end: at + word.length }, text: 'fixed' }] },
    };
  });
}

function simulate({ text }: DocumentInput, scenario: string): SimulationReport {
  const found = findings(text);
  const at = found[0]?.place ?? null;
  const lock = { address: 0, class: 'notifier_lock' };
  const held: HeldLock = { ...lock, mode: 'shared', trylock: false, at: null };
  const base = { task: 0, depth: 0, at: null };
  const events: [Event, string][] = [
    [{ ...base, seq: 0, kind: 'note', message: 'world' }, 'the world is set up'],
    [
      { ...base, seq: 1, kind: 'lock', lock, mode: 'shared', trylock: false, function: 'down_read' },
      'down_read takes notifier_lock',
    ],
    [
      {
        ...base,
        seq: 2,
        kind: 'op-enter',
        table: TABLE,
        op: 'device_map',
        function: 'demo_device_map',
        context: 'C1',
        held: [held],
      },
      'demo_ops.device_map is called',
    ],
    [
      {
        ...base,
        seq: 3,
        depth: 1,
        kind: 'alloc',
        function: 'kzalloc',
        address: 4096,
        size: 64,
        gfp: 0xcc0,
        failed: false,
        injected: false,
      },
      'kzalloc(64, GFP_KERNEL)',
    ],
    [{ ...base, seq: 4, kind: 'unlock', lock, function: 'up_read' }, 'up_read releases notifier_lock'],
  ];
  return {
    title: `demo_ops.device_map in ${scenario}`,
    table: TABLE,
    op: 'device_map',
    scenario,
    context: 'C1',
    topology: 'two-switches',
    replay: 'il1:demo',
    lines: events.map(([event, words]): TraceLine => ({ event, text: words, place: at })),
    costs: [{ name: 'allocations', value: 1 }],
    findings: found,
    problems: [],
  };
}

function place(document: Place['document']): Place {
  return { document, sourceFile: 'drivers/gpu/drm/demo.c', sourceLine: 7, sourceColumn: 1 };
}

function lineOf(text: string, needle: string): Place | null {
  const start = text.indexOf(needle);
  return start < 0 ? null : place([{ start, end: start + needle.length }]);
}
