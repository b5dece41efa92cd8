/** Rows for tests that show each function of the kernel used right and used wrong, and what the rows stand on. Not part of any bundle. */
import { type Case, runCases } from './kernelCases.ts';

/**
 * Expected: null: nothing at all, and nothing leaked; a pattern: told so; `leak`: only that something is lost; another text: nothing but this
 * value; both: told, and the run goes on to return it.
 */
export type Use = readonly [
  name: string,
  text: string,
  expected: null | RegExp | string | readonly [RegExp, string],
  choose?: readonly string[],
];

const PRELUDE = `#include <linux/mutex.h>
#include <linux/spinlock.h>
#include <linux/rwsem.h>
#include <linux/percpu-rwsem.h>
#include <linux/rtmutex.h>
#include <linux/seqlock.h>
#include <linux/local_lock.h>
#include <linux/bit_spinlock.h>
#include <linux/rcupdate.h>
#include <linux/srcu.h>
#include <linux/slab.h>
#include <linux/lockdep.h>
#include <linux/timer.h>
#include <linux/delay.h>
#include <linux/ww_mutex.h>
#include <linux/completion.h>
#include <linux/wait.h>
#include <linux/workqueue.h>
#include <linux/kthread.h>
#include <linux/mempool.h>
#include <linux/device.h>
#include <linux/idr.h>
#include <linux/xarray.h>
#include <linux/list.h>
#include <linux/llist.h>
#include <linux/kref.h>
#include <linux/refcount.h>
#include <linux/interval_tree.h>
#include <linux/rbtree.h>
#include <linux/vmalloc.h>
#include <linux/mm.h>
#include <linux/pagemap.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>
#include <linux/interrupt.h>
#include <linux/irq_work.h>
#include <linux/dma-fence.h>
#include <linux/dma-fence-array.h>
#include <linux/dma-fence-chain.h>
#include <linux/dma-resv.h>
#include <linux/shrinker.h>
#include <linux/percpu.h>
#include <linux/hrtimer.h>
#include <linux/semaphore.h>
#include <drm/drm_exec.h>
#include <drm/drm_gem.h>
static DEFINE_MUTEX(m); static DEFINE_MUTEX(n); static DEFINE_SPINLOCK(sl); static DEFINE_SPINLOCK(s2); static DEFINE_RAW_SPINLOCK(raw);
static DEFINE_RWLOCK(rw); static DECLARE_RWSEM(sem); static DEFINE_SEQLOCK(sq); static unsigned long bits; static int val;
DEFINE_STATIC_SRCU(srcu); DEFINE_STATIC_PERCPU_RWSEM(prw); static DEFINE_RT_MUTEX(rt);
static DEFINE_PER_CPU(local_lock_t, ll); struct thing { int a; struct list_head l; struct hlist_node h; struct llist_node ln; struct kref ref; struct mutex lk; };
static const char *nm(struct dma_fence *f) { return "t"; } static const struct dma_fence_ops fops = { .get_driver_name = nm, .get_timeline_name = nm }; static DEFINE_SPINLOCK(fl);
static struct dma_fence *mk(u64 c, u64 s) { struct dma_fence *f = kzalloc(sizeof(*f), GFP_KERNEL | __GFP_NOFAIL); dma_fence_init(f, &fops, &fl, c, s); return f; }
`;

/** Makes a test of each row. */
export function runUses(rows: readonly Use[]): void {
  runCases(
    PRELUDE,
    rows.map(([name, text, expected, choose]): Case => {
      const run = choose === undefined ? {} : { run: { choose } };
      if (expected === null) return { name, text, ...run };
      if (expected === 'leak') return { name, text, ...run, leaks: [/./] };
      if (typeof expected === 'string') return { name, text, ...run, value: expected };
      if (expected instanceof RegExp) return { name, text, ...run, findings: [expected] };
      return { name, text, ...run, findings: [expected[0]], value: expected[1] };
    }),
  );
}
