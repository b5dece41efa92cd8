/** One form for data-driven tests of models: C text, what to decide, and what is to come out. Not part of any bundle. */
import { expect, test } from 'vitest';
import { runC, type TestRun } from './kernelRuns.ts';

export interface Case {
  readonly name: string;
  readonly text: string;
  readonly run?: TestRun;
  /** Return value of `test()`, or how the run ended. */
  readonly value?: string;
  /** Lines that must come, in this order; none given: no line may come. A pattern needs to fit one line. */
  readonly findings?: readonly (string | RegExp)[];
  /** Labels of what is leaked; checked always when no finding is expected. */
  readonly leaks?: readonly (string | RegExp)[];
}

/** Makes a test of each case. `prelude` stands before each text. */
export function runCases(prelude: string, cases: readonly Case[]): void {
  for (const each of cases)
    test(each.name, async () => {
      const { value, findings, leaks } = await runC(prelude + each.text, each.run);
      const wanted = each.findings ?? [];
      let next = 0;
      for (const line of findings) {
        const pattern = wanted[next];
        if (pattern !== undefined && (typeof pattern === 'string' ? line === pattern : pattern.test(line))) next++;
      }
      expect(next, `wanted ${wanted.join(', ') || 'nothing'}; got:\n${findings.join('\n')}`).toBe(wanted.length);
      if (wanted.length === 0) expect(findings).toEqual([]);
      if (each.value !== undefined) expect(value).toBe(each.value);
      if (each.leaks !== undefined || wanted.length === 0)
        expect(leaks).toEqual(
          (each.leaks ?? []).map((leak) => (typeof leak === 'string' ? leak : expect.stringMatching(leak))),
        );
    });
}
