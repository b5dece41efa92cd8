/** Locks that comments say callers hold: missed at a call, held around a function on its own, taken by the function itself. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { describe, expect, it } from 'vitest';
import { createEngine } from './createEngine.ts';

const HEAD = `#include <linux/slab.h>
#include <linux/mutex.h>
#include <linux/spinlock.h>
#include <linux/rwsem.h>
#include <linux/mm.h>
#include <linux/dma-buf.h>
#include <linux/dma-resv.h>
struct hive { spinlock_t lock; struct mutex comb_mutex; struct rw_semaphore sem; int bees; void *honey; struct dma_resv *resv; };
struct cell { struct hive *hive; int full; };
static DEFINE_MUTEX(hives_mutex);
`;

/** An op whose whole life is known: its caller holds none of the driver's locks. */
function attach(body: string): string {
  return `static int hive_attach(struct dma_buf *dmabuf, struct dma_buf_attachment *attach) { struct hive *h = dmabuf->priv; ${body} return 0; }
static struct sg_table *hive_map(struct dma_buf_attachment *attach, enum dma_data_direction dir) { return ERR_PTR(-ENOSYS); }
static void hive_unmap(struct dma_buf_attachment *attach, struct sg_table *sgt, enum dma_data_direction dir) { }
static void hive_release(struct dma_buf *dmabuf) { }
const struct dma_buf_ops hive_ops = { .attach = hive_attach, .map_dma_buf = hive_map, .unmap_dma_buf = hive_unmap, .release = hive_release };`;
}

/** [what, C after the head, `CODE function` of each finding] */
const CASES: readonly (readonly [string, string, readonly string[]])[] = [
  [
    'a call without the lock',
    `/* Caller must hold h->comb_mutex. */\nstatic void hive_add(struct hive *h) { h->bees++; }\n${attach('hive_add(h);')}`,
    ['IL0115 hive_attach'],
  ],
  [
    'a call with it',
    `/* Caller must hold h->comb_mutex. */\nstatic void hive_add(struct hive *h) { h->bees++; }\n${attach('mutex_lock(&h->comb_mutex); hive_add(h); mutex_unlock(&h->comb_mutex);')}`,
    [],
  ],
  [
    'a lock that a parameter leads to',
    `/**\n * cell_fill() - fills it\n * @c: the cell\n *\n * Context: Process context, hive->comb_mutex held.\n */\nstatic void cell_fill(struct cell *c) { c->full = 1; }\n${attach('struct cell c = { .hive = h }; cell_fill(&c);')}`,
    ['IL0115 hive_attach'],
  ],
  [
    'a lock of the file',
    `/* Must be called with hives_mutex held. */\nstatic void hive_list(struct hive *h) { h->bees = 0; }\n${attach('hive_list(h); mutex_lock(&hives_mutex); hive_list(h); mutex_unlock(&hives_mutex);')}`,
    ['IL0115 hive_attach'],
  ],
  [
    'a lock by the words for it',
    `/* Must be called under the hive lock. */\nstatic void hive_buzz(struct hive *hive) { hive->bees++; }\n${attach('hive_buzz(h);')}`,
    ['IL0115 hive_attach'],
  ],
  [
    'an annotation of the declaration',
    `static void hive_hum(struct hive *h) __must_hold(&h->lock);\nstatic void hive_hum(struct hive *h) { h->bees++; }\n${attach('hive_hum(h); spin_lock(&h->lock); hive_hum(h); spin_unlock(&h->lock);')}`,
    ['IL0115 hive_attach'],
  ],
  [
    'a lock held for reading where writing is demanded',
    `/* Caller must hold h->sem in write mode. */\nstatic void hive_split(struct hive *h) { h->bees /= 2; }\n${attach('down_read(&h->sem); hive_split(h); up_read(&h->sem); down_write(&h->sem); hive_split(h); up_write(&h->sem);')}`,
    ['IL0115 hive_attach'],
  ],
  [
    'RCU',
    `/* Must be called under rcu_read_lock(). */\nstatic int hive_peek(struct hive *h) { return h->bees; }\n${attach('hive_peek(h); rcu_read_lock(); hive_peek(h); rcu_read_unlock();')}`,
    ['IL0115 hive_attach'],
  ],
  [
    'words that name no lock, and conditions',
    `/* The caller must hold a reference and the lock. */\nstatic void hive_a(struct hive *h) { h->bees++; }\n/* Caller must hold h->comb_mutex if there are bees. */\nstatic void hive_b(struct hive *h) { h->bees++; }\n${attach('hive_a(h); hive_b(h);')}`,
    [],
  ],
  [
    'what the function asserts itself is told once',
    `/* Caller must hold h->comb_mutex. */\nstatic void hive_add(struct hive *h) { lockdep_assert_held(&h->comb_mutex); h->bees++; }\n${attach('hive_add(h);')}`,
    ['IL0105 hive_add'],
  ],
  [
    'an object that nobody else can see yet',
    `/* Caller must hold h->comb_mutex. */\nstatic void hive_add(struct hive *h) { h->bees++; }\n${attach('struct hive *own = kzalloc(sizeof(*own), GFP_KERNEL); if (!own) return -ENOMEM; mutex_init(&own->comb_mutex); hive_add(own); kfree(own);')}`,
    [],
  ],
  [
    'the caller’s caller may hold it',
    '/* Caller must hold h->comb_mutex. */\nstatic void hive_add(struct hive *h) { h->bees++; }\nvoid hive_more(struct hive *h) { hive_add(h); hive_add(h); }',
    [],
  ],
  [
    'a caller that takes it only later',
    '/* Caller must hold h->comb_mutex. */\nstatic void hive_add(struct hive *h) { h->bees++; }\nvoid hive_more(struct hive *h) { hive_add(h); mutex_lock(&h->comb_mutex); hive_add(h); mutex_unlock(&h->comb_mutex); }',
    ['IL0115 hive_more'],
  ],
  [
    'a documented caller hands the duty on',
    '/* Caller must hold h->comb_mutex. */\nstatic void hive_add(struct hive *h) { h->bees++; }\n/* Caller must hold h->comb_mutex. */\nvoid hive_more(struct hive *h) { hive_add(h); mutex_unlock(&h->comb_mutex); kfree(h->honey); mutex_lock(&h->comb_mutex); }',
    [],
  ],
  [
    'dropping the lock in between',
    '/* Caller must hold h->comb_mutex. */\nstatic void hive_add(struct hive *h) { h->bees++; }\n/* Caller must hold h->comb_mutex. */\nvoid hive_more(struct hive *h) { mutex_unlock(&h->comb_mutex); hive_add(h); mutex_lock(&h->comb_mutex); }',
    ['IL0115 hive_more'],
  ],
  [
    'sleeping under the documented spinlock',
    '/* Called with h->lock held. */\nvoid hive_grow(struct hive *h) { h->honey = kmalloc(8, GFP_KERNEL); }',
    ['IL0203 hive_grow'],
  ],
  [
    'taking what the comment says is held',
    '/* Called with h->comb_mutex held. */\nvoid hive_grow(struct hive *h) { mutex_lock(&h->comb_mutex); h->bees++; mutex_unlock(&h->comb_mutex); }',
    ['IL0607 hive_grow'],
  ],
  [
    'taking it, and called without: the comment is wrong, not the call',
    `/* Called with h->comb_mutex held. */\nstatic void hive_grow(struct hive *h) { mutex_lock(&h->comb_mutex); h->bees++; mutex_unlock(&h->comb_mutex); }\n${attach('hive_grow(h);')}`,
    [],
  ],
  [
    'the reservation of a buffer',
    `/* Caller must hold the reservation lock of @dmabuf. */\nstatic void hive_move(struct dma_buf *dmabuf) { }\n${attach('hive_move(dmabuf); dma_resv_lock(dmabuf->resv, NULL); hive_move(dmabuf); dma_resv_unlock(dmabuf->resv);')}`,
    ['IL0115 hive_attach'],
  ],
];

describe('locks that comments say are held', async () => {
  const wasm = (name: string): Uint8Array => new Uint8Array(readFileSync(createRequire(import.meta.url).resolve(name)));
  const engine = await createEngine({
    parser: wasm('web-tree-sitter/web-tree-sitter.wasm'),
    grammar: wasm('tree-sitter-c/tree-sitter-c.wasm'),
  });

  it.each(CASES)('%s', (_, c, wanted) => {
    const report = engine.analyse({ path: 'hive.c', text: HEAD + c });
    expect(report.problems.filter(({ severity }) => severity === 'error')).toEqual([]);
    expect(report.findings.map(({ code, function: name }) => `${code} ${name}`)).toEqual(wanted);
  });
});
