/**
 * Which checks are asked about a run: most only pass on what models and machine reported, and most runs have none of what they pass on.
 * Judges nothing.
 */
import type { Check } from '../checks/check.ts';
import { toldIn } from '../checks/eventIndex.ts';
import type { Event, FaultKind } from '../machine/events.ts';

export class AskedChecks {
  /** By the rules and faults that a run reported. */
  private readonly byTold = new Map<string, readonly Check[]>();

  constructor(private readonly checks: readonly Check[]) {}

  /** Checks that may find something in a run, in their order. */
  of(trace: readonly Event[]): readonly Check[] {
    const rules = new Set<string>();
    const faults = new Set<FaultKind>();
    for (const index of toldIn(trace)) {
      const event = trace[index];
      if (event?.kind === 'report') rules.add(event.rule);
      else if (event?.kind === 'fault') faults.add(event.fault);
    }
    const key = `${[...rules].join()} ${[...faults].join()}`;
    const known = this.byTold.get(key);
    if (known !== undefined) return known;
    const passedOn = (check: Check): boolean =>
      [...rules].some((rule) => check.rules.has(rule)) || [...faults].some((fault) => check.faults.has(fault));
    const asked = this.checks.filter((check) => !check.onlyTold || passedOn(check));
    this.byTold.set(key, asked);
    return asked;
  }
}
