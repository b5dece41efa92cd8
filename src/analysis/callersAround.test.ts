/** A patch to a function, in a tree whose other functions of the file call it, hand it on or take locks around it. */
import { describe, expect, it } from 'vitest';
import { engineForTests } from '../../test/engine.ts';

const PATH = 'drivers/gpu/drm/pipit/pipit.c';
const FILE = `#include <linux/interrupt.h>
#include <linux/list.h>
#include <linux/slab.h>
#include <linux/spinlock.h>

struct pipit {
	spinlock_t lock;
	struct list_head jobs;
	void *scratch;
	int irq;
};

struct pipit_job {
	struct list_head link;
	int id;
};

static int pipit_add(struct pipit *p, int id)
{
	struct pipit_job *job;

	if (id < 0)
		return -EINVAL;
	job = kzalloc(sizeof(*job), GFP_ATOMIC);
	if (!job)
		return -ENOMEM;
	job->id = id;
	list_add_tail(&job->link, &p->jobs);
	return 0;
}

static irqreturn_t pipit_handler(int irq, void *arg)
{
	struct pipit *p = arg;

	p->irq++;
	return IRQ_HANDLED;
}

static int pipit_free_scratch(struct pipit *p)
{
	kfree(p->scratch);
	p->scratch = NULL;
	return 0;
}

static int pipit_add_twice(struct pipit *p, int id)
{
	return pipit_add(p, id) ?: pipit_add(p, id + 1);
}

int pipit_submit(struct pipit *p, int id)
{
	int err;

	spin_lock(&p->lock);
	err = pipit_add_twice(p, id);
	spin_unlock(&p->lock);
	return err;
}

int pipit_open(struct pipit *p)
{
	void *lost = kmalloc(16, GFP_KERNEL);

	return lost ? request_irq(p->irq, pipit_handler, 0, "pipit", p) : -ENOMEM;
}

int pipit_close(struct pipit *p)
{
	spin_lock(&p->lock);
	p->irq = 0;
	spin_unlock(&p->lock);
	return pipit_free_scratch(p);
}
`;

/** A patch that puts these lines in the place of one. */
function patchOf(from: string, to: readonly string[]): string {
  const lines = FILE.trimEnd().split('\n');
  const at = lines.indexOf(from);
  expect(at).toBeGreaterThan(3);
  const above = lines.slice(at - 3, at).map((line) => ` ${line}`);
  const below = lines.slice(at + 1, at + 4).map((line) => ` ${line}`);
  return [
    `--- a/${PATH}`,
    `+++ b/${PATH}`,
    `@@ -${at - 2},${above.length + 1 + below.length} +${at - 2},${above.length + to.length + below.length} @@`,
    ...above,
    `-${from}`,
    ...to.map((line) => `+${line}`),
    ...below,
    '',
  ].join('\n');
}

/** [what, line of the file, what stands there after the patch, `CODE function change` of each finding] */
const CASES: readonly (readonly [string, string, readonly string[], readonly string[]])[] = [
  [
    'may sleep under the lock of its caller’s caller',
    '\tjob = kzalloc(sizeof(*job), GFP_ATOMIC);',
    ['\tjob = kzalloc(sizeof(*job), GFP_KERNEL);'],
    ['IL0203 pipit_add introduced'],
  ],
  [
    'may sleep as the handler that another function makes it',
    '\tp->irq++;',
    ['\tp->irq++;', '\tp->scratch = kmalloc(8, GFP_KERNEL);'],
    ['IL0106 pipit_handler introduced', 'IL0203 pipit_handler introduced'],
  ],
  [
    'may sleep where its caller has let go of the lock',
    '\tkfree(p->scratch);',
    ['\tkfree(p->scratch);', '\tkfree(kmalloc(8, GFP_KERNEL));'],
    [],
  ],
  ['is called by what loses memory itself', '\treturn IRQ_HANDLED;', ['\treturn IRQ_RETVAL(p->irq);'], []],
];

describe('a changed function', () => {
  it.each(CASES)('%s', async (_what, from, to, findings) => {
    const engine = await engineForTests();
    const tree = { read: (name: string) => (name === PATH ? FILE : null), find: () => [], blob: () => null };
    const report = engine.analyse({ path: 'p.patch', text: patchOf(from, to) }, { tree, maxRuns: 20, compare: true });
    expect(report.problems).toEqual([]);
    expect(report.findings.map((each) => `${each.code} ${each.function} ${each.change}`)).toEqual(findings);
  });
});

const HEADER = 'drivers/gpu/drm/pipit/pipit.h';
const LIBRARY = 'drivers/gpu/drm/pipit/pipit_jobs.c';
const USER = 'drivers/gpu/drm/pipit/pipit_user.c';
const SHARED: Readonly<Record<string, string>> = {
  [HEADER]: `#include <linux/spinlock.h>
struct pipit { spinlock_t lock; void *scratch; int jobs; };
int pipit_count(struct pipit *p, int id);
`,
  [LIBRARY]: `#include <linux/slab.h>
#include "pipit.h"

/**
 * pipit_count - counts
 */
int pipit_count(struct pipit *p, int id)
{
	if (id < 0)
		return -EINVAL;
	p->jobs++;
	return 0;
}
EXPORT_SYMBOL(pipit_count);
`,
  [USER]: `#include <linux/slab.h>
#include "pipit.h"

static int pipit_count_all(struct pipit *p)
{
	char *lost = kmalloc(4, GFP_ATOMIC);

	return lost ? pipit_count(p, 1) : -ENOMEM;
}

int pipit_user_poll(struct pipit *p)
{
	int err;

	spin_lock(&p->lock);
	err = pipit_count_all(p);
	spin_unlock(&p->lock);
	return err;
}
`,
};

/** A patch that puts this line behind the test of `id`. */
function libraryPatch(line: string): string {
  return `--- a/${LIBRARY}
+++ b/${LIBRARY}
@@ -8,6 +8,7 @@
 {
 	if (id < 0)
 		return -EINVAL;
+	${line}
 	p->jobs++;
 	return 0;
 }
`;
}

describe('a changed function whose callers are in another file of the tree', () => {
  const tree = {
    read: (name: string): string | null => SHARED[name] ?? null,
    find: (name: string): readonly string[] => (/pipit/.test(name) ? [HEADER] : []),
    blob: () => null,
    findCallers: (name: string): readonly string[] => (name === 'pipit_count' ? [USER] : []),
  };

  it.each([
    ['sleeps under their lock', 'kfree(kmalloc(8, GFP_KERNEL));', ['IL0203 pipit_count introduced']],
    ['does not sleep', 'kfree(kmalloc(8, GFP_ATOMIC));', []],
  ])('%s', async (_what, line, wanted) => {
    const engine = await engineForTests();
    const text = libraryPatch(line);
    const report = engine.analyse({ path: 'p.patch', text }, { tree, maxRuns: 20, compare: true });
    expect(report.problems).toEqual([]);
    expect(report.findings.map((each) => `${each.code} ${each.function} ${each.change}`)).toEqual(wanted);
    for (const { replay } of report.findings)
      expect(
        engine.replay({ path: 'p.patch', text }, replay ?? '', { tree }).findings.map(({ code }) => code),
      ).toContain('IL0203');
  });
});
