/**
 * No rule is dropped and none is told twice: every rule of every subsystem, and every fault of the machine, belongs to exactly one check or
 * to the documented silent ones; shared rules go to the checks that are named for them, one report to one check.
 */
import { describe, expect, it } from 'vitest';
import { rules } from '../kernel/registry.ts';
import type { Event, FaultKind, Site } from '../machine/events.ts';
import type { RunView } from './check.ts';
import { checks } from './index.ts';
import { SHARED_RULES, SILENT_FAULTS, SILENT_RULES } from './silent.ts';

/** Typed so that a new kind does not compile before it stands here. */
const FAULTS: Record<FaultKind, true> = {
  'null-dereference': true,
  'error-pointer-dereference': true,
  'wild-pointer': true,
  'out-of-bounds': true,
  'use-after-free': true,
  'use-after-scope': true,
  'uninitialised-read': true,
  'write-to-const': true,
  'double-free': true,
  'invalid-free': true,
  misaligned: true,
  'bad-call': true,
  'divide-by-zero': true,
  'signed-overflow': true,
  'shift-out-of-range': true,
  unreachable: true,
  bug: true,
};

const base = { seq: 0, task: 0, depth: 0 } as const;
const at: Site = { span: { unit: 0, start: 1, end: 2 }, function: 'f' };

/** Codes of the checks that report this single event. */
function told(event: Event): string[] {
  const run: RunView = { trace: [event], ops: [], inDocument: () => true };
  return checks.filter((check) => check.judge(run).length > 0).map((check) => check.code);
}

function report(rule: string, data: Record<string, string> = {}): Event {
  return { ...base, at, kind: 'report', rule, message: 'm', related: [], held: [], data };
}

describe('rules of the models', () => {
  const all = [...new Set(rules().map(({ rule }) => rule))];

  it.each(all)('%s belongs to one check', (rule) => {
    const claimed = checks.filter((check) => check.rules.has(rule)).map((check) => check.code);
    expect(claimed).toEqual(SHARED_RULES[rule] ?? (rule in SILENT_RULES ? [] : [claimed[0]]));
    if (!(rule in SHARED_RULES) && !(rule in SILENT_RULES)) expect(told(report(rule))).toEqual(claimed);
  });

  it('that are shared go to one check each time', () => {
    for (const [rule, codes] of Object.entries(SHARED_RULES)) {
      const variants: Record<string, string>[] = [
        { lock: '&a', other: '&b', cycle: '&b -> &a' },
        { lock: 'fs_reclaim', gfp: 'GFP_KERNEL', what: 'kzalloc', cycle: 'fs_reclaim' },
        { lock: 'reservation_ww_class_mutex', other: '&b', cycle: 'fs_reclaim -> &b' },
        { lock: 'reservation_ww_class_acquire', other: '&b', cycle: 'mmu_notifier_invalidate_range_start' },
      ];
      const seen = variants.map((data) => told(report(rule, data)));
      for (const one of seen) expect(one).toHaveLength(1);
      expect([...new Set(seen.flat())].sort()).toEqual([...codes].sort());
    }
  });

  it.each(Object.keys(FAULTS))('fault %s belongs to one check', (kind) => {
    const fault = Object.keys(FAULTS).find((candidate): candidate is FaultKind => candidate === kind);
    if (fault === undefined) throw new Error(kind);
    const expected = fault in SILENT_FAULTS ? 0 : 1;
    expect(checks.filter((check) => check.faults.has(fault))).toHaveLength(expected);
    expect(told({ ...base, at, kind: 'fault', fault, message: 'm', related: [], fatal: false })).toHaveLength(expected);
  });

  it('that checks name exist', () => {
    for (const check of checks) for (const rule of check.rules) expect(all).toContain(rule);
    for (const rule of [...Object.keys(SILENT_RULES), ...Object.keys(SHARED_RULES)]) expect(all).toContain(rule);
  });
});
