/**
 * What a collector keeps of one finding: the finding itself, and what it takes to weigh, shorten and repair it. Decides nothing.
 */
import type { RunView } from '../checks/check.ts';
import type { Scenario } from '../explore/scenario.ts';
import type { Finding } from '../report/finding.ts';
import type { RepairPlace } from './fixes.ts';
import { type Assumed, mayRestOnGuess } from './reliance.ts';

export interface FindingSource {
  readonly scenario: Scenario;
  readonly run: RunView;
  readonly decisions: readonly number[];
  readonly topology: string;
  /** Of two that show the same equally well, the one with the lower number is kept. */
  readonly order: number;
  /** Makes the replay token of a list of decisions of this scenario. */
  readonly token: (decisions: readonly number[]) => string;
}

export interface Collected {
  readonly finding: Finding;
  /** The run that shows it; null: it was read, not run. */
  readonly source: FindingSource | null;
  readonly key: string;
  readonly weight: number;
  readonly repair: RepairPlace | null;
  /** It counts only as the consequence of a failure: callers, of whom nothing is known, might have caused it otherwise. */
  readonly onFailure: boolean;
  /** What the run took for granted before, and may bear on it. */
  readonly assumed: readonly Assumed[];
  /** What it is suspected for when none of that bears on it; null: then it is a violation. */
  readonly otherwise: string | null;
}

/** What one run shows. Most runs show again what is known: the finding is put into words when somebody reads it. */
export class ToldByRun implements Collected {
  private made: Finding | null = null;

  constructor(
    private readonly words: () => Finding,
    readonly source: FindingSource,
    readonly key: string,
    readonly weight: number,
    readonly repair: RepairPlace,
    readonly onFailure: boolean,
    readonly assumed: readonly Assumed[],
    readonly otherwise: string | null,
  ) {}

  get finding(): Finding {
    this.made ??= this.words();
    return this.made;
  }
}

/** Whether it may rest on how often a loop of unknown length went round. */
export function mayRestOnCount({ source, finding }: Collected): boolean {
  return source !== null && mayRestOnGuess(finding.slug, source.run);
}
