/** How a document is explored as a whole: in stages that change nothing, within an effort that is shared, and to an end. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { engineForTests } from '../../test/engine.ts';
import type { DocumentReport } from '../report/finding.ts';
import type { Engine, Stage } from './engine.ts';

let engine: Engine;
beforeAll(async () => {
  engine = await engineForTests();
});

const defects = path.join(path.dirname(new URL(import.meta.url).pathname), '../../examples/defects');
const NAME = 'mapping-used-without-sync.patch';

const ENDLESS = `#include <linux/list.h>
struct thing { struct thing *next; int flag; struct list_head head; };
int other(struct thing *t);
void walk(struct thing *t) { struct thing *p = t->next; while (p->next->flag != p->flag || p->next != t) { if (p->flag == 7) other(p); p = p->next; } }
void forever(struct thing *t) { for (;;) { if (t->flag) other(t); t = t->next; } }
`;

describe('the stages of an analysis', () => {
  it('change nothing in its result, nor does more effort where there is enough', () => {
    const document = { path: NAME, text: readFileSync(path.join(defects, NAME), 'utf8') };
    const seen: [Stage, DocumentReport][] = [];
    const staged = engine.analyse(document, { stage: (stage, report) => seen.push([stage, report]) });
    const thorough = engine.analyse(document, { effort: 'thorough' });
    // Pairs of faults that another scenario tried, and interleavings that show nothing new, are made only there.
    const result = (report: DocumentReport): string => JSON.stringify({ ...report, stats: null, scenarios: null });
    expect(result(staged)).toBe(result(thorough));
    expect(staged.stats.runs).toBeLessThan(thorough.stats.runs);
    expect(staged.bounds).toEqual([]);
    expect(seen.map(([stage]) => stage)).toEqual(['plain', 'faults']);
    // What is certain at a stage stays.
    for (const [, report] of seen)
      for (const { verdict, message } of report.findings)
        if (verdict === 'violation') expect(staged.findings.map((finding) => finding.message)).toContain(message);
    expect(seen[0]?.[1].stats.runs).toBeLessThan(staged.stats.runs / 4);
  });

  it('leave pairs of faults that show nothing new, say so, and try them all when asked to', () => {
    const file = 'blocking-allocation-in-link.patch';
    const document = { path: file, text: readFileSync(path.join(defects, file), 'utf8') };
    const usual = engine.analyse(document, { maxInterleavings: 1 });
    const all = engine.analyse(document, { maxInterleavings: 1, effort: 'thorough' });
    const left = usual.scenarios?.filter((scenario) => scenario.left === true) ?? [];
    expect(left.length).toBeGreaterThan(0);
    expect(all.scenarios?.filter((scenario) => scenario.left === true)).toEqual([]);
    expect(usual.stats.runs).toBeLessThan(all.stats.runs);
    expect(JSON.stringify(usual.findings)).toBe(JSON.stringify(all.findings));
    expect(usual.statements).toEqual(all.statements);
  });
});

describe('the effort for one document', () => {
  it('ends loops that nothing ends, and does not try every fault in them', () => {
    const report = engine.analyse({ path: 'endless.c', text: ENDLESS });
    expect(report.findings).toEqual([]);
    expect(report.stats.runs).toBeLessThan(10);
    expect(report.stats.steps).toBeLessThan(20_000);
  });

  it('is shared: one function with many ways does not keep the others from theirs, and what is left is said', () => {
    const many = Array.from({ length: 40 }, (_, i) => `if (f(${i})) { if (g(${i})) n += ${i}; }`).join(' ');
    const text = `int f(int); int g(int); int big(void) { int n = 0, k; for (k = 0; k < 200; k++) { ${many} } return n; }
int small(int *p) { if (f(1)) return *p; return g(2); }`;
    const report = engine.analyse({ path: 'big.c', text }, { effort: 'interactive' });
    expect(report.functions.filter(({ executed }) => !executed)).toEqual([]);
    expect(report.scenarios?.find(({ table }) => table === 'small')?.runs).toBeGreaterThan(1);
    expect(report.bounds.join('\n')).toContain('the effort for one document is used up');
  });
});

describe('a replay', () => {
  const text = `#include <linux/mutex.h>
struct m { struct mutex l; int x; };
int f(struct m *m) { mutex_lock(&m->l); if (m->x) return -EINVAL; mutex_unlock(&m->l); return 0; }
`;

  it('that shows nothing by itself is held against the other runs, and says so', () => {
    const [finding] = engine.analyse({ path: 'f.c', text }).findings;
    expect(finding?.slug).toBe('lock-held-at-return');
    const replayed = engine.replay({ path: 'f.c', text }, finding?.replay ?? '');
    expect(replayed.findings.map(({ slug, verdict }) => ({ slug, verdict }))).toEqual([
      { slug: 'lock-held-at-return', verdict: finding?.verdict },
    ]);
    expect(replayed.problems.join()).toContain('what other exits give back');
    expect(replayed.lines.length).toBeGreaterThan(0);
  });
});

/** A change of one line of a function of its own. */
function changed(file: string, from: string, to: string): string {
  const path = `drivers/tern/${file}.c`;
  return `diff --git a/${path} b/${path}
--- a/${path}
+++ b/${path}
@@ -1,4 +1,4 @@
 int tern_${file}(int n)
 {
-	return n > ${from} ? 1 : 0;
+	return n > ${to} ? 1 : 0;
 }
`;
}

describe('the code before a patch', () => {
  /** Runs of both sides, and of the code after the patch alone. */
  const runs = (...patches: readonly string[]): readonly number[] => {
    const text = `Subject: [PATCH] tern\n\n${patches.join('')}`;
    return [true, false].map((compare) => engine.analyse({ path: 'a.patch', text }, { compare }).stats.runs);
  };

  it('is run as far as it is known', () => {
    expect(runs(changed('size', '2', '3'))).toEqual([4, 2]);
    expect(runs(changed('size', '2', '3'), changed('count', '2', '3'))).toEqual([8, 4]);
  });

  // Of a file that two patches change nobody knows how it was: what would be found there is compared with nothing.
  it('is not run for itself where nobody knows it', () => {
    expect(runs(changed('size', '2', '3'), changed('count', '2', '3'), changed('count', '3', '4'))).toEqual([6, 4]);
  });

  // What is found in a part of a function is never sure, so that nobody could say it is gone.
  it('is not run where it is shown in part and nothing was found in it', () => {
    const hunk = (added: string): string => `diff --git a/drivers/tern/part.c b/drivers/tern/part.c
--- a/drivers/tern/part.c
+++ b/drivers/tern/part.c
@@ -20,5 +20,6 @@ static int tern_part(struct tern *tern, struct mutex *lock, int n)
 	mutex_lock(lock);
 	if (n > 2)
 		n = 2;
+	${added};
 	mutex_unlock(lock);
 	return n;
`;
    const [both, after] = runs(hunk('n++'));
    expect(both).toBe(after);
    const [all = 0, alone = 0] = runs(hunk('mutex_lock(lock)'));
    expect(all).toBeGreaterThan(alone);
    expect(runs(hunk('n++'), changed('size', '2', '3'))[0]).toBeGreaterThan((after ?? 0) + 2);
  });
});
