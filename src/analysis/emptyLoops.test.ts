/** A variable that every round of a loop writes: whether the loop has a round is not known of what nobody counts or lists. */
import { expect, it } from 'vitest';
import { engineForTests } from '../../test/engine.ts';

const source = (body: string): string => `#include <linux/list.h>
#include <linux/slab.h>
struct loom { int count; bool woven; struct list_head items; };
struct thread { struct list_head node; int tension; };
int loom_step(struct loom *loom, int i);
int loom_all(struct loom *loom)
{
	struct thread *thread;
	int i, ret;

${body}
	return ret;
}
`;

const each = '\tfor (i = 0; i < loom->count; i++)\n\t\tret = loom_step(loom, i);';
const rows: readonly (readonly [title: string, body: string, wanted: readonly string[]])[] = [
  ['a count that nobody shows', each, ['suspected: `loom->count` may be 0']],
  ['a count that was found to be there', `\tif (loom->count < 1)\n\t\treturn -EINVAL;\n${each}`, []],
  ['a count that the function sets', `\tloom->count = 0;\n${each}`, ['violation: null']],
  [
    'a list that nobody shows',
    '\tlist_for_each_entry(thread, &loom->items, node)\n\t\tret = thread->tension;',
    ['suspected: `list_for_each_entry(thread, &loom->items, node)` may have no entry'],
  ],
  [
    'a list that the function makes',
    '\tINIT_LIST_HEAD(&loom->items);\n\tlist_for_each_entry(thread, &loom->items, node)\n\t\tret = thread->tension;',
    ['violation: null'],
  ],
  [
    'no loop at all',
    `\tif (loom->woven)\n\t\tret = 1;\n\tfor (i = 0; i < loom->count; i++)\n\t\tloom_step(loom, i);`,
    ['violation: null'],
  ],
];

it.each(rows)('%s', async (_, body, wanted) => {
  const engine = await engineForTests();
  const input = { path: 'loom.c', text: source(body) };
  const { findings } = engine.analyse(input);
  const found = findings.filter(({ code }) => code === 'IL0903');
  expect(found.map(({ verdict, assumption }) => `${verdict}: ${assumption}`)).toEqual(wanted);
  for (const { replay, verdict } of found)
    expect(engine.replay(input, replay ?? '').findings.map((again) => again.verdict)).toContain(verdict);
});
