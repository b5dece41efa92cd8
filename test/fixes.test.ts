/** Quick fixes: what they offer on the samples, that the edited patch still applies, and that it no longer has the finding. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import type { DocumentReport, Finding } from '../src/report/finding.ts';
import { engineForTests } from './engine.ts';

const engine = await engineForTests();
const examples = path.resolve(import.meta.dirname, '../examples/defects');

function applied(text: string, fix: Finding['fix']): string {
  return (fix?.edits ?? []).reduceRight(
    (sofar, { range, text: more }) => sofar.slice(0, range.start) + more + sofar.slice(range.end),
    text,
  );
}

const codes = (report: DocumentReport): string[] =>
  report.findings.map(({ code, function: name }) => `${code} ${name}`);

/** What git makes of a patch of new files; throws its complaint. */
function gitApplies(text: string): void {
  const folder = mkdtempSync(path.join(tmpdir(), 'interlock-fix-'));
  try {
    const run = spawnSync('git', ['apply', '--check', '-'], { input: text, cwd: folder, encoding: 'utf8' });
    expect(run.stderr).toBe('');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const EXPECTED: Readonly<Record<string, string | null>> = {
  'allocation-under-spinlock.patch': 'Use GFP_ATOMIC here',
  'blocking-allocation-in-link.patch': 'Use GFP_NOWAIT here',
  'cookie-leaked-without-iommu.patch': 'Add kfree(cookie) before the return',
  'lock-held-on-error-path.patch': 'Add mutex_unlock(&region->lock) before the return',
};

describe('of the samples', () => {
  for (const name of readdirSync(examples).filter((each) => /\.(patch|eml)$/.test(each))) {
    test(name, () => {
      const text = readFileSync(path.join(examples, name), 'utf8');
      const report = engine.analyse({ path: name, text });
      const fixes = report.findings.map(({ fix }) => fix);
      if (name in EXPECTED) expect(fixes.map((fix) => fix?.title ?? null)).toEqual([EXPECTED[name]]);
      for (const [index, fix] of fixes.entries()) {
        if (fix === null) continue;
        const fixed = applied(text, fix);
        const after = engine.analyse({ path: name, text: fixed });
        expect(codes(after)).toEqual(codes(report).toSpliced(index, 1));
        expect(after.problems.filter(({ severity }) => severity !== 'note')).toEqual(
          report.problems.filter(({ severity }) => severity !== 'note'),
        );
        if (name.endsWith('.patch')) gitApplies(fixed);
      }
    });
  }
});

const HEAD = `From: A <a@b.c>
Subject: [PATCH] drm/demo: x

diff --git a/drivers/gpu/drm/demo.c b/drivers/gpu/drm/demo.c
index 1111111..2222222 100644
--- a/drivers/gpu/drm/demo.c
+++ b/drivers/gpu/drm/demo.c
`;
const HUNKS = `@@ -10,9 +10,10 @@ static int demo_map(struct demo *d)
 
 static int demo_attach(struct dma_buf *buf, struct dma_buf_attachment *attach)
 {
 	struct demo *d = buf->priv;
+
 	spin_lock(&d->lock);
 	d->n = kmalloc(8, GFP_KERNEL);
 	spin_unlock(&d->lock);
 	return d->n ? 0 : -ENOMEM;
 }
@@ -40,3 +41,5 @@ static void demo_release(struct dma_buf *buf)
 static const struct dma_buf_ops demo_ops = {
+	.attach = demo_attach,
+
 };
 int demo_end;
`;

describe('in other forms of a patch', () => {
  test('a context line becomes a removed and an added one', () => {
    const text = HEAD + HUNKS;
    const [finding] = engine.analyse({ path: 'a.patch', text }).findings.filter(({ code }) => code === 'IL0203');
    expect(applied(text, finding?.fix ?? null)).toBe(
      text.replace(
        ' \td->n = kmalloc(8, GFP_KERNEL);',
        '-\td->n = kmalloc(8, GFP_KERNEL);\n+\td->n = kmalloc(8, GFP_ATOMIC);',
      ),
    );
  });

  test('a quoted one keeps its marks', () => {
    const quoted = HUNKS.replace(/^/gm, '> ').replace(/> $/, '');
    const text = `From: A <a@b.c>\nSubject: Re: [PATCH] drm/demo: x\n\n${HEAD.split('\n').slice(3, -1).join('\n').replace(/^/gm, '> ')}\n${quoted}`;
    const [finding] = engine.analyse({ path: 'a.eml', text }).findings.filter(({ code }) => code === 'IL0203');
    expect(applied(text, finding?.fix ?? null)).toContain(
      '> -\td->n = kmalloc(8, GFP_KERNEL);\n> +\td->n = kmalloc(8, GFP_ATOMIC);\n>  \tspin_unlock',
    );
  });

  test('new lines are counted, and the hunks behind them moved', () => {
    const text =
      HEAD +
      HUNKS.replace('@@ -10,9 +10,10', '@@ -10,9 +10,12')
        .replace(
          ' \td->n = kmalloc(8, GFP_KERNEL);\n',
          ' \td->n = kmalloc(8, GFP_ATOMIC);\n+\tif (!d->n)\n+\t\treturn -ENOMEM;\n',
        )
        .replace('+41,5', '+43,5');
    const [finding] = engine.analyse({ path: 'a.patch', text }).findings.filter(({ code }) => code === 'IL0101');
    const fixed = applied(text, finding?.fix ?? null);
    expect(fixed).toContain(
      '+\tif (!d->n) {\n+\t\tspin_unlock(&d->lock);\n+\t\treturn -ENOMEM;\n+\t}\n \tspin_unlock(&d->lock);',
    );
    expect(fixed).toContain('@@ -10,9 +10,14 @@');
    expect(fixed).toContain('@@ -40,3 +45,5 @@');
    expect(codes(engine.analyse({ path: 'a.patch', text: fixed }))).not.toContain('IL0101 demo_attach');
  });

  test('a damaged hunk has none', () => {
    const text = (HEAD + HUNKS).replace(/^ /gm, '');
    for (const { fix } of engine.analyse({ path: 'a.patch', text }).findings) expect(fix).toBe(null);
  });

  test('a C file is edited as it is', () => {
    const text = `struct demo { spinlock_t lock; void *n; };
static struct demo demo;
int demo_attach(struct dma_buf *buf, struct dma_buf_attachment *attach)
{
	spin_lock(&demo.lock);
	demo.n = kmalloc(8, GFP_KERNEL);
	spin_unlock(&demo.lock);
	return 0;
}
static const struct dma_buf_ops demo_ops = { .attach = demo_attach };
`;
    const [finding] = engine.analyse({ path: 'a.c', text }).findings.filter(({ code }) => code === 'IL0203');
    expect(applied(text, finding?.fix ?? null)).toBe(text.replace('GFP_KERNEL', 'GFP_ATOMIC'));
  });
});
