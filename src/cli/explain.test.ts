/** `interlock explain`: a page for a check; for a place in a document, what is documented next to what its runs showed. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { describe, expect, it } from 'vitest';
import { createEngine } from '../analysis/createEngine.ts';
import { explainCommand } from './explain.ts';
import { UsageError } from './io.ts';

const C = `#include <linux/slab.h>
#include <linux/mutex.h>
struct mole { struct mutex lock; int dug; };
struct mole_ops {
	/**
	 * @dig: Digs.
	 * @m: The mole.
	 *
	 * Context: Process context. Must not sleep.
	 * Return: 0 on success.
	 */
	int (*dig)(struct mole *m);
};

/* Caller must hold m->lock. */
static void mole_count(struct mole *m)
{
	m->dug++;
}

/**
 * mole_dig() - digs
 * @m: the mole
 *
 * Context: Reclaim safe.
 */
static int mole_dig(struct mole *m)
{
	void *hole = kmalloc(8, GFP_KERNEL);

	if (!hole)
		return -ENOMEM;
	kfree(hole);
	mutex_lock(&m->lock);
	mole_count(m);
	mutex_unlock(&m->lock);
	return 0;
}

const struct mole_ops ops = { .dig = mole_dig };
`;

describe('interlock explain', async () => {
  const wasm = (name: string): Uint8Array => new Uint8Array(readFileSync(createRequire(import.meta.url).resolve(name)));
  const engine = await createEngine({
    parser: wasm('web-tree-sitter/web-tree-sitter.wasm'),
    grammar: wasm('tree-sitter-c/tree-sitter-c.wasm'),
  });

  const explain = async (...args: string[]): Promise<string> => {
    let out = '';
    const io = {
      stdout: (text: string) => {
        out += text;
      },
      stderr: () => {},
      readFile: async (name: string) => {
        if (name !== 'mole.c') throw new UsageError(`interlock: cannot read ${name}: no such file`);
        return C;
      },
      colour: false,
      now: () => 0,
    };
    try {
      const code = await explainCommand(args, io, async () => engine);
      return `${out}exit ${code}`;
    } catch (error) {
      return error instanceof UsageError ? `usage: ${error.message}` : `thrown: ${String(error)}`;
    }
  };

  it('prints the page of a check', async () => {
    expect(await explain('il0201')).toContain('## Why');
    expect(await explain('documented-lock-taken')).toContain('# Documented lock taken');
  });

  it('compares what is documented with what runs showed', async () => {
    const text = await explain('mole.c:dig');
    expect(text).toContain('mole.c:27: mole_dig, ops.dig: ');
    expect(text).toMatch(/ {4}context +documented: Reclaim safe\. \(line 21\)\n/);
    expect(text).toMatch(
      / {2}! sleeping +documented: must not sleep \(line 5\)\n +observed: +may sleep in kmalloc\(GFP_KERNEL\), mutex_lock/,
    );
    expect(text).toMatch(
      / {2}! reclaim +documented: reclaim safe \(line 21\)\n +observed: +may wait for reclaim: `kmalloc` with GFP_KERNEL \(line 29\)/,
    );
    expect(text).toMatch(/ {4}returns +documented: 0 on success\. \(line 5\)\n +observed: +0 \(\d+\), -12 \(\d+\)/);
    expect(text).toContain('[interlock explain IL0603]');
    expect(text).not.toContain('mole_count:');
  });

  it('finds a function by a line in it, and findings by theirs', async () => {
    const text = await explain('mole.c:18');
    expect(text).toMatch(
      /^mole\.c:16: mole_count: \d+ calls observed\n {4}context +documented: nothing\n +observed: +&mole->lock held/,
    );
    expect(text).toMatch(
      / {4}caller holds m->lock +documented: Caller must hold m->lock \(line 15\)\n +observed: +held in all \d+ calls\n/,
    );
    expect(await explain('mole.c:15')).toContain('nothing on line 15 of mole.c');
  });

  it('speaks JSON', async () => {
    const text = await explain('--format', 'json', 'mole.c:mole_count');
    const { version, contracts } = JSON.parse(text.replace(/exit 0$/, ''));
    expect(version).toBe(1);
    expect(contracts).toHaveLength(1);
    expect(contracts[0].rows.at(-1)).toMatchObject({
      subject: 'caller holds m->lock',
      documentedLine: 15,
      differs: false,
    });
  });

  it('says what is wrong with what it was asked', async () => {
    expect(await explain('nonsense')).toBe(
      "usage: interlock explain: no check and no file is called 'nonsense'; see `interlock check --list-checks`",
    );
    expect(await explain('none.c:3')).toBe('usage: interlock: cannot read none.c: no such file');
    expect(await explain('mole.c:worm')).toBe(
      "usage: interlock explain: no function or op 'worm' in mole.c; its functions: mole_count, mole_dig",
    );
  });
});
