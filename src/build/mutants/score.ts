/** Runs mutants through the engine and says of each whether it was killed. No operators, no printing. */
import type { Engine } from '../../analysis/engine.ts';
import { LineIndex } from '../../report/lines.ts';
import type { Mutant } from './mutant.ts';

export type Fate = 'killed' | 'elsewhere' | 'survived' | 'equivalent';

/** Runs of one scenario of a mutant: a defect shows early or not at all, and there are hundreds of mutants. */
const MAX_RUNS = 100;

export interface Judged {
  readonly mutant: Mutant;
  readonly fate: Fate;
  /** `line code` of what was reported. */
  readonly findings: readonly string[];
}

/** Violations and suspicions of a document, as `line code`. A bound keeps one document from holding up all. */
export function findingsOf(
  engine: Engine,
  path: string,
  text: string,
  stop: () => boolean,
  maxRuns = MAX_RUNS,
): string[] {
  const lines = new LineIndex(text);
  return engine
    .analyse({ path, text }, { stop, maxRuns })
    .findings.filter((finding) => finding.verdict !== 'unsupported')
    .map((finding) => `${lines.position(finding.place.document[0]?.start ?? 0).line} ${finding.code}`);
}

/** A finding that the unmutated document has as well kills nothing. */
export function judge(engine: Engine, mutant: Mutant, before: ReadonlySet<string>, stop: () => boolean): Judged {
  if (mutant.equivalent !== null) return { mutant, findings: [], fate: 'equivalent' };
  const findings = findingsOf(engine, mutant.path, mutant.text, stop).filter((finding) => !before.has(finding));
  const atPlace = findings.some((finding) => mutant.expected.has(Number.parseInt(finding, 10)));
  return { mutant, findings, fate: atPlace ? 'killed' : findings.length > 0 ? 'elsewhere' : 'survived' };
}
