/** Which scenarios were run, how often, and what their ops answered: what lets a reader see that a function came to its end both ways. */
import type { OpCall } from '../checks/check.ts';
import type { Scenario } from '../explore/scenario.ts';
import type { ScenarioReport } from '../report/finding.ts';

interface Entry {
  readonly scenario: Scenario;
  runs: number;
  left: boolean;
  readonly outcomes: Map<string, { readonly op: string; readonly result: string; runs: number }>;
}

export class ScenarioLog {
  private readonly entries = new Map<string, Entry>();

  /** Counts one run of a scenario. */
  note(scenario: Scenario, ops: readonly OpCall[]): void {
    const key = keyOf(scenario);
    let entry = this.entries.get(key);
    if (entry === undefined) {
      entry = { scenario, runs: 0, left: false, outcomes: new Map() };
      this.entries.set(key, entry);
    }
    entry.runs++;
    const counted = new Set<string>();
    for (const call of ops) {
      if (call.exit === null) continue;
      const result = resultOf(call.result);
      const name = `${call.member}\0${result}`;
      // A run that calls an op page by page counts once for each answer.
      if (counted.has(name)) continue;
      counted.add(name);
      const outcome = entry.outcomes.get(name) ?? { op: call.member, result, runs: 0 };
      outcome.runs++;
      entry.outcomes.set(name, outcome);
    }
  }

  /** Not all pairs of faults were tried, as the last ones showed nothing new. */
  left(scenario: Scenario): void {
    const entry = this.entries.get(keyOf(scenario));
    if (entry) entry.left = true;
  }

  all(): readonly ScenarioReport[] {
    return [...this.entries.values()].map(({ scenario, runs, left, outcomes }) => ({
      table: scenario.table,
      name: scenario.name,
      title: scenario.title,
      runs,
      ...(left ? { left: true } : {}),
      outcomes: [...outcomes.values()].sort((a, b) => b.runs - a.runs || (a.op < b.op ? -1 : 1)),
    }));
  }
}

function keyOf({ table, name }: Scenario): string {
  return `${table}\0${name}`;
}

/** A pointer is a success like any other; a number, or what says that it failed, says which. */
export function resultOf(result: string | null): string {
  if (result === null || result === 'void') return 'done';
  return /^-?\d+$|^ERR_PTR|^NULL$|^DMA_MAPPING_ERROR$|^VM_FAULT_|^true$|^false$/.test(result) ? result : 'ok';
}
