import { describe, expect, it } from 'vitest';
import { loadParser } from '../../test/loadParser.ts';
import { createProgram } from '../c/program.ts';
import { UndoReader } from './undoReader.ts';

/** What one function is made of, by number. */
const rows: readonly (readonly [string, (i: number) => string])[] = [
  ['a lock for every step', (i) => `spin_lock(&t->inner); t->flags += ${i}; spin_unlock(&t->inner);`],
  [
    'exits that undo',
    (i) => `spin_lock(&t->inner); if (f(t, ${i})) { spin_unlock(&t->inner); goto out; } spin_unlock(&t->inner);`,
  ],
  ['memory', (i) => `p = kzalloc(${i}); if (!p) goto out; f(t, ${i}); kfree(p);`],
  ['steps that can fail', (i) => `err = f(t, ${i}); if (err) goto out;`],
  ['loops', (i) => `while (t->flags > ${i}) { spin_lock(&t->inner); t->flags--; spin_unlock(&t->inner); }`],
];

const text = (count: number, row: (i: number) => string): string => `struct lock { int v; };
struct s { int flags; struct lock outer, inner; };
int f(struct s *, int);
void *kzalloc(int);
void kfree(void *);
void mutex_lock(struct lock *), mutex_unlock(struct lock *), spin_lock(struct lock *), spin_unlock(struct lock *);
void all(struct s *t)
{
	void *p;
	int err = 0;
	mutex_lock(&t->outer);
${Array.from({ length: count }, (_, i) => `\t${row(i)}\n`).join('')}out:
	mutex_unlock(&t->outer);
}
`;

async function visited(source: string): Promise<number> {
  const parser = await loadParser();
  const unit = { id: 0, path: 'a.c', text: source, origin: 'document', fragment: false } as const;
  let nodes = 0;
  for (const symbol of createProgram([unit], { parser }).functions) {
    const ir = symbol.name === 'all' ? symbol.body() : null;
    if (ir === null) continue;
    const reader = new UndoReader(symbol, ir, () => false);
    reader.reports();
    nodes += reader.ways.visited;
  }
  return nodes;
}

describe('a function of twice the length is walked twice as far', () => {
  it.each(rows)('%s', async (_name, row) => {
    const short = await visited(text(100, row));
    const long = await visited(text(200, row));
    expect(long).toBeLessThanOrEqual(2.6 * short);
  });

  it('with one more walk for each thing that is left in place', async () => {
    const row = (i: number): string =>
      `spin_lock(&t->inner); err = f(t, ${i}); if (err > ${i}) return; spin_unlock(&t->inner);`;
    const short = await visited(text(100, row));
    const long = await visited(text(200, row));
    expect(short).toBeGreaterThan(0);
    expect(long).toBeLessThanOrEqual(4.2 * short);
  });
});
