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
