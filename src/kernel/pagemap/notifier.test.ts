import { describe, expect, it } from 'vitest';
import { complaints, playScript } from '../../../test/kernelMachine.ts';
import { callByName } from '../modelling.ts';
import { makeMm, makeSystemPage, mapPage } from './world.ts';

const START = 0x7f_0000_0000;

describe('mmu notifiers and hmm', () => {
  const DRIVER = (invalidate: string, body: string): string => `
#include <linux/mmu_notifier.h>
#include <linux/hmm.h>

struct lumen {
	struct mmu_interval_notifier notifier;
	struct rw_semaphore lock;
};
static struct lumen lumen;

static bool lumen_invalidate(struct mmu_interval_notifier *sub, const struct mmu_notifier_range *range, unsigned long seq)
{
${invalidate}
}

static const struct mmu_interval_notifier_ops lumen_ops = { .invalidate = lumen_invalidate };

int test(struct mm_struct *mm)
{
	struct mmu_notifier_range range;
	unsigned long pfns[2], seq;
	struct hmm_range hmm = { .notifier = &lumen.notifier, .start = ${START}, .end = ${START + 0x2000}, .hmm_pfns = pfns };
	int ret;

	init_rwsem(&lumen.lock);
	ret = mmu_interval_notifier_insert(&lumen.notifier, mm, ${START}, 0x4000, &lumen_ops);
	if (ret)
		return ret;
	mmu_notifier_range_init(&range, MMU_NOTIFY_UNMAP, 0, mm, ${START}, ${START + 0x1000});
${body}
	mmu_interval_notifier_remove(&lumen.notifier);
	return ret;
}
`;
  const GOOD =
    '\tdown_write(&lumen.lock);\n\tmmu_interval_set_seq(sub, seq);\n\tup_write(&lumen.lock);\n\treturn true;';
  const FIRE = '\tmmu_notifier_invalidate_range_start(&range);\n\tmmu_notifier_invalidate_range_end(&range);\n';
  const READ = '\thmm.notifier_seq = mmu_interval_read_begin(&lumen.notifier);\n';
  const FAULT = (inside: string, lock = true): string => `
	hmm.notifier_seq = mmu_interval_read_begin(&lumen.notifier);
	${lock ? 'mmap_read_lock(mm);' : ''}
	ret = hmm_range_fault(&hmm);
	${lock ? 'mmap_read_unlock(mm);' : ''}
	if (ret)
		return ret;
${inside}`;
  const cases: [string, string, string, string[]][] = [
    ['an invalidation', GOOD, FIRE, []],
    ['an invalidation without set_seq', '\treturn true;', READ + FIRE, ['mmu-interval-seq-not-set']],
    ['an invalidation without set_seq of what nobody reads', '\treturn true;', FIRE, []],
    [
      'set_seq without a lock',
      '\tmmu_interval_set_seq(sub, seq);\n\treturn true;',
      READ + FIRE,
      ['mmu-interval-set-seq-unlocked'],
    ],
    ['set_seq without a lock of what nobody reads', '\tmmu_interval_set_seq(sub, seq);\n\treturn true;', FIRE, []],
    [
      'set_seq of another number',
      '\tdown_write(&lumen.lock);\n\tmmu_interval_set_seq(sub, seq + 2);\n\tup_write(&lumen.lock);\n\treturn true;',
      READ + FIRE,
      ['mmu-interval-set-seq-value', 'mmu-interval-seq-not-set'],
    ],
    ['refused', '\treturn false;', FIRE, ['mmu-invalidate-refused']],
    [
      'refused when it must not block',
      `\tif (!mmu_notifier_range_blockable(range))\n\t\treturn false;\n${GOOD}`,
      '\tret = mmu_notifier_invalidate_range_start_nonblock(&range) == -EAGAIN ? 0 : 1;\n\tmmu_notifier_invalidate_range_end(&range);\n',
      [],
    ],
    [
      'blocks when it must not',
      GOOD,
      '\tmmu_notifier_invalidate_range_start_nonblock(&range);\n\tmmu_notifier_invalidate_range_end(&range);\n',
      ['sleeping-in-atomic'],
    ],
    [
      'allocates in a notifier',
      `\tkfree(kmalloc(8, GFP_KERNEL));\n${GOOD}`,
      FIRE,
      ['circular-locking', 'recursive-locking'],
    ],
    [
      'takes mmap_lock in a notifier',
      `\tmmap_read_lock(sub->mm);\n\tmmap_read_unlock(sub->mm);\n${GOOD}`,
      FIRE,
      ['circular-locking'],
    ],
    [
      'a fault and a check',
      GOOD,
      FAULT(
        '\tdown_read(&lumen.lock);\n\tif (mmu_interval_read_retry(&lumen.notifier, hmm.notifier_seq))\n\t\tret = -EAGAIN;\n\tup_read(&lumen.lock);\n',
      ),
      [],
    ],
    [
      'a check outside the lock',
      GOOD,
      FIRE + FAULT('\tif (mmu_interval_read_retry(&lumen.notifier, hmm.notifier_seq))\n\t\tret = -EAGAIN;\n'),
      ['mmu-interval-retry-unlocked'],
    ],
    ['a fault without mmap_lock', GOOD, FAULT('', false), ['lock-assertion']],
    [
      'a fault under the lock that invalidate takes',
      GOOD,
      `${FIRE}\tdown_read(&lumen.lock);\n${FAULT('\tup_read(&lumen.lock);\n')}`,
      ['circular-locking'],
    ],
  ];
  for (const [title, invalidate, body, rules] of cases) {
    it(title, async () => {
      let value: unknown = null;
      const result = await playScript(DRIVER(invalidate, body), function* (machine) {
        const mm = makeMm(machine);
        for (const page of [0, 1]) mapPage(machine, mm, START + page * 0x1000, makeSystemPage(machine, 0), null);
        value = yield* callByName(machine, 'test', [mm], 'the driver');
        return 0;
      });
      expect({
        rules: [...new Set(complaints(result).map((line) => line.split(':')[0]))],
        all: rules.length ? [] : complaints(result),
      }).toEqual({ rules, all: [] });
      if (rules.length === 0) expect(value).toBe(0);
    });
  }
});
