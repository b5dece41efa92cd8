/**
 * A report of the simulated validator in the layout that kernel people know from dmesg: banner, the two locks, the chain, the scenario on
 * two CPUs, the locks held, the stack. Own words where the kernel prints addresses and offsets, which a simulation has none of. Pure.
 */
import type { Event, HeldLock, Related, Site } from '../machine/events.ts';

export interface SplatSource {
  /** Index of the `report` event in the trace. */
  readonly event: number;
  readonly trace: readonly Event[];
  /** `drivers/gpu/drm/xe/xe_svm.c:120`, or null for places that are in no file under review. */
  readonly where: (site: Site) => string | null;
  /** In which calling context, in words; null when unknown. */
  readonly context: string | null;
}

type Report = Extract<Event, { kind: 'report' }>;
type Printer = (report: Report, source: SplatSource) => readonly string[];

const RULER = '='.repeat(54);

/** The splat, or null when the event is not one of lockdep's or its relatives'. */
export function lockdepSplat(source: SplatSource): string | null {
  const event = source.trace[source.event];
  if (event?.kind !== 'report') return null;
  const print = PRINTERS[event.rule];
  if (print === undefined) return null;
  const lines = [
    RULER,
    ...print(event, source),
    ...heldLines(event, source),
    '',
    'stack backtrace:',
    ...backtrace(source).map((line) => ` ${line}`),
    ...(source.context === null ? [] : ['', `simulated as: ${source.context}`]),
  ];
  return `${lines.join('\n')}\n`;
}

const PRINTERS: Readonly<Partial<Record<string, Printer>>> = {
  'circular-locking': (report, source) => [
    ...banner(report),
    ...acquiring(report, source),
    '',
    'which lock already depends on the new lock.',
    '',
    'the existing dependency chain (in reverse order) is:',
    ...chain(report, source),
    '',
    'other info that might help us debug this:',
    '',
    'Chain exists of:',
    `  ${text(report, 'cycle').split(' -> ').slice(1).join(' --> ')}`,
    '',
    ...scenario([
      ['lock', text(report, 'other'), null],
      [null, null, ['lock', firstOther(report)]],
      [null, null, ['lock', text(report, 'other')]],
      ['lock', text(report, 'lock'), null],
    ]),
  ],
  'recursive-locking': (report, source) => [
    ...banner(report),
    ...acquiring(report, source),
    '',
    'other info that might help us debug this:',
    ...scenario([
      ['lock', text(report, 'other') || text(report, 'lock'), null],
      ['lock', text(report, 'lock'), null],
    ]),
    '',
    ' May be due to missing lock nesting notation',
  ],
  'irq-lock-order': (report, source) => [
    ...banner(report),
    'a lock that interrupts take now leads to one that is taken with them on:',
    ...orders(report, source),
    '',
    ...others(report, source),
    '',
    ' Possible interrupt unsafe locking scenario:',
    '',
    ...scenario([
      ['lock', text(report, 'lock'), null],
      [null, null, ['local_irq_disable', '']],
      [null, null, ['lock', text(report, 'other')]],
      [null, null, ['lock', text(report, 'lock')]],
      ['<Interrupt>', '', null],
      ['  lock', text(report, 'other'), null],
    ]),
  ],
  'irq-inversion': (report, source) => [
    ...banner(report),
    ...others(report, source),
    ...orders(report, source),
    '',
    ' Possible interrupt unsafe locking scenario:',
    '',
    ...scenario([
      ['lock', text(report, 'other'), null],
      [null, null, ['local_irq_disable', '']],
      [null, null, ['lock', text(report, 'lock')]],
      [null, null, ['lock', text(report, 'other')]],
      ['<Interrupt>', '', null],
      ['  lock', text(report, 'lock'), null],
    ]),
  ],
  'inconsistent-lock-state': (report, source) => [
    'WARNING: inconsistent lock state',
    '-'.repeat(54),
    `inconsistent {${text(report, 'other')
      .replace(/ -> /, '} -> {')
      .replace(/ (\{.*)$/, '} usage, bits $1')}.`,
    `(${text(report, 'lock')}) is taken at: ${at(report.at, source)}`,
    ...others(report, source),
    '',
    ...scenario([
      ['lock', text(report, 'lock'), null],
      ['<Interrupt>', '', null],
      ['  lock', text(report, 'lock'), null],
    ]),
  ],
  'invalid-wait-context': (report, source) => [
    '[ BUG: Invalid wait context ]',
    '-'.repeat(54),
    'the simulated task is trying to lock:',
    `(${text(report, 'lock')}), at: ${at(report.at, source)}`,
    'other info that might help us debug this:',
    ...others(report, source),
  ],
  'bad-unlock-balance': (report, source) => [
    'WARNING: bad unlock balance detected!',
    '-'.repeat(54),
    `the simulated task is trying to release lock (${text(report, 'lock')}) at:`,
    `${at(report.at, source)}`,
    'but there are no more locks to release!',
  ],
  'held-lock-freed': (report, source) => [
    'WARNING: held lock freed!',
    '-'.repeat(54),
    `the simulated task is freeing memory with a lock still held there: (${text(report, 'lock')}), at: ${at(report.at, source)}`,
    ...others(report, source),
  ],
  'sleeping-in-atomic': (report, source) => [
    `BUG: sleeping function called from invalid context at ${at(report.at, source)}`,
    report.message,
    ...others(report, source),
  ],
  'suspicious-rcu': (report, source) => [
    'WARNING: suspicious RCU usage',
    '-'.repeat(54),
    `${at(report.at, source)} ${report.message}`,
    ...others(report, source),
  ],
};

function banner(report: Report): string[] {
  return [`WARNING: ${text(report, 'title')}`, '-'.repeat(54)];
}

function acquiring(report: Report, source: SplatSource): string[] {
  const held = report.held.findLast((lock) => lock.class === text(report, 'other')) ?? report.held.at(-1);
  return [
    'the simulated task is trying to acquire lock:',
    `(${text(report, 'lock')}), at: ${at(report.at, source)}`,
    '',
    'but task is already holding lock:',
    held === undefined ? '(none)' : heldLine(held, source),
  ];
}

/** The cycle from the held lock back to the new one, numbered as the kernel does: the newest dependency is #0. */
function chain(report: Report, source: SplatSource): string[] {
  const known = report.related.filter((related) => related.order !== undefined);
  const lines = known
    .toReversed()
    .flatMap((related, index) => [
      '',
      `-> #${known.length - index} (${related.order?.taken ?? ''}):`,
      `       ${orderPlace(related, source)}`,
    ]);
  return [...lines, '', `-> #0 (${text(report, 'lock')}):`, `       ${at(report.at, source)}`];
}

function orderPlace(related: Related, source: SplatSource): string {
  const place = related.at === null ? null : at(related.at, source);
  const note = / \((.*)\)$/.exec(related.message)?.[1];
  return [place, note].filter((part) => part !== null && part !== undefined).join('; ') || 'outside the document';
}

function orders(report: Report, source: SplatSource): string[] {
  return report.related.flatMap((related) =>
    related.order === undefined
      ? []
      : [` (${related.order.held}) -> (${related.order.taken}), ${orderPlace(related, source)}`],
  );
}

function others(report: Report, source: SplatSource): string[] {
  return report.related.flatMap((related) =>
    related.order === undefined
      ? [`${related.message.replaceAll('`', '')}${related.at === null ? '' : `: ${at(related.at, source)}`}`]
      : [],
  );
}

/** The lock that the other CPU takes first: the next to last of the cycle. */
function firstOther(report: Report): string {
  return text(report, 'cycle').split(' -> ').at(-2) ?? text(report, 'lock');
}

type Act = readonly [verb: string | null, lock: string | null, other: readonly [verb: string, lock: string] | null];

function scenario(acts: readonly Act[]): string[] {
  const two = acts.some(([, , other]) => other !== null);
  const width = 31;
  const say = (verb: string, lock: string) => (verb.startsWith('<') ? verb : `${verb}(${lock});`);
  return [
    ' Possible unsafe locking scenario:',
    '',
    two ? `       ${'CPU0'.padEnd(width - 7)}CPU1` : '       CPU0',
    two ? `       ${'----'.padEnd(width - 7)}----` : '       ----',
    ...acts.map(([verb, lock, other]) =>
      other === null ? `  ${say(verb ?? '', lock ?? '')}` : `${' '.repeat(width)}${say(other[0], other[1])}`,
    ),
    '',
    ' *** DEADLOCK ***',
  ];
}

function heldLines(report: Report, source: SplatSource): string[] {
  const { held } = report;
  if (held.length === 0) return ['', 'no locks held by the simulated task.'];
  return [
    '',
    `${held.length} lock${held.length === 1 ? '' : 's'} held by the simulated task:`,
    ...held.map((lock, index) => ` #${index}: ${heldLine(lock, source)}`),
  ];
}

function heldLine(lock: HeldLock, source: SplatSource): string {
  const mode = lock.mode === 'exclusive' ? '' : ` ${lock.mode}`;
  return `(${lock.class})${mode}, ${lock.at === null ? 'taken by the caller' : `at: ${at(lock.at, source)}`}`;
}

/** The functions that were being executed, innermost first. */
function backtrace({ trace, event: index, where }: SplatSource): string[] {
  const event = trace[index];
  if (event === undefined) return [];
  const frames: string[] = [];
  let inner: { readonly at: Site | null; readonly name: string | null } = {
    at: event.at,
    name: event.at?.function ?? null,
  };
  const push = (site: Site | null, name: string | null) => {
    if (name === null) return;
    const place = site === null ? null : where(site);
    frames.push(place === null ? name : `${name} (${place})`);
  };
  let depth = event.depth;
  push(inner.at, inner.name);
  for (let i = index - 1; i >= 0 && depth > 0; i--) {
    const earlier = trace[i];
    if (earlier?.kind !== 'call' || earlier.task !== event.task || earlier.depth >= depth) continue;
    depth = earlier.depth;
    if (earlier.at === null || earlier.at.function === inner.name) continue;
    inner = { at: earlier.at, name: earlier.at.function };
    push(inner.at, inner.name);
  }
  return frames;
}

function at(site: Site | null, source: SplatSource): string {
  if (site === null) return 'outside the document';
  const place = source.where(site);
  return place === null ? site.function : `${site.function} (${place})`;
}

function text(report: Report, key: string): string {
  const value = report.data[key];
  return value === undefined ? '' : String(value);
}
