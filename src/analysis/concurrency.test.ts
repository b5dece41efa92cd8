/**
 * Ops and functions of one document that meet each other: what only an interleaving shows is found with both tasks named and a token that
 * replays it, and what the locks keep apart is silent.
 */
import { beforeAll, describe, expect, it } from 'vitest';
import { engineForTests } from '../../test/engine.ts';
import type { Finding } from '../report/finding.ts';
import type { Engine } from './engine.ts';

let engine: Engine;
beforeAll(async () => {
  engine = await engineForTests();
});

/** An exporter whose attachments share a buffer that the first one makes and the last one frees. `LOCK` and `UNLOCK` are replaced. */
const EXPORTER = `
#include <linux/dma-buf.h>
#include <linux/mutex.h>
#include <linux/scatterlist.h>
#include <linux/slab.h>

struct heap_buffer {
	struct dma_buf *dmabuf;
	struct mutex lock;
	struct mutex other;
	int users;
	bool revoked;
	char *shadow;
};

static int heap_attach(struct dma_buf *dmabuf, struct dma_buf_attachment *attachment)
{
	struct heap_buffer *buffer = dmabuf->priv;
	int ret = 0;

	LOCK
	if (!buffer->users)
		buffer->shadow = kzalloc(64, GFP_KERNEL);
	if (buffer->shadow) {
		buffer->users++;
		buffer->shadow[0] = 1;
	} else {
		ret = -ENOMEM;
	}
	UNLOCK
	return ret;
}

static void heap_detach(struct dma_buf *dmabuf, struct dma_buf_attachment *attachment)
{
	struct heap_buffer *buffer = dmabuf->priv;

	LOCK
	buffer->users--;
	if (!buffer->users) {
		kfree(buffer->shadow);
		buffer->shadow = NULL;
	}
	UNLOCK
}

static struct sg_table *heap_map(struct dma_buf_attachment *attachment, enum dma_data_direction dir)
{
	struct sg_table *sgt = kzalloc(sizeof(*sgt), GFP_KERNEL);

	if (!sgt)
		return ERR_PTR(-ENOMEM);
	if (sg_alloc_table(sgt, 1, GFP_KERNEL)) {
		kfree(sgt);
		return ERR_PTR(-ENOMEM);
	}
	sg_dma_address(sgt->sgl) = 0x100000;
	sg_dma_len(sgt->sgl) = attachment->dmabuf->size;
	return sgt;
}

static void heap_unmap(struct dma_buf_attachment *attachment, struct sg_table *sgt, enum dma_data_direction dir)
{
	sg_free_table(sgt);
	kfree(sgt);
}

static void heap_release(struct dma_buf *dmabuf)
{
}

static const struct dma_buf_ops heap_ops = {
	.attach = heap_attach,
	.detach = heap_detach,
	.map_dma_buf = heap_map,
	.unmap_dma_buf = heap_unmap,
	.release = heap_release,
};
`;

function exporter(lock: string, unlock: string, extra = ''): string {
  return EXPORTER.replaceAll('UNLOCK', unlock).replaceAll('LOCK', lock) + extra;
}

function findings(text: string, maxInterleavings = 60): readonly Finding[] {
  return engine.analyse({ path: 'heap.c', text }, { maxInterleavings }).findings;
}

/** The line of the text a finding is at. */
function lineOf(text: string, finding: Finding): string {
  const start = finding.place.document[0]?.start ?? 0;
  const from = text.lastIndexOf('\n', start - 1) + 1;
  return text.slice(from, text.indexOf('\n', start)).trim();
}

describe('two importers of one buffer', () => {
  it('find what each takes from the other when no lock keeps them apart', () => {
    const text = exporter('', '');
    // Two switches: away after the allocation, and back after the free.
    const found = findings(text, 200);
    const freed = found.find(({ slug }) => slug === 'use-after-free');
    expect(freed && lineOf(text, freed)).toBe('buffer->shadow[0] = 1;');
    expect(freed?.context).toContain('two importers of one buffer at a time');
    const story = freed?.steps.map((step) => step.text).join('\n') ?? '';
    expect(story).toContain('task 2, another importer, runs while task 1 is here');
    expect(freed?.verdict).toBe('violation');
  });

  it('are kept apart by a lock that both take', () => {
    expect(findings(exporter('mutex_lock(&buffer->lock);', 'mutex_unlock(&buffer->lock);'))).toEqual([]);
  });

  it('are not kept apart by locks that only some take', () => {
    const text = exporter('', '').replace(
      'buffer->users--;',
      'mutex_lock(&buffer->lock);\n\tbuffer->users--;\n\tmutex_unlock(&buffer->lock);',
    );
    expect(findings(text, 200).map(({ slug }) => slug)).toContain('use-after-free');
  });

  it('are replayed by the token: the same events, byte for byte', () => {
    const text = exporter('', '');
    const input = { path: 'heap.c', text };
    const [first] = engine
      .analyse(input, { maxInterleavings: 200 })
      .findings.filter(({ slug }) => slug === 'use-after-free');
    const replayed = engine.replay(input, first?.replay ?? '');
    expect(replayed.problems).toEqual([]);
    expect(replayed.findings.map(({ slug }) => slug)).toContain('use-after-free');
    expect(replayed.lines.map((line) => line.text)).toEqual(
      engine.replay(input, first?.replay ?? '').lines.map((line) => line.text),
    );
    expect(replayed.lines.filter(({ event }) => event.kind === 'task-switch').length).toBeGreaterThan(2);
  });

  it('are the same findings in every analysis', () => {
    const text = exporter('', '');
    expect(findings(text)).toEqual(findings(text));
  });
});

describe('an exporter that revokes while an importer attaches', () => {
  const MOVE = `
void heap_revoke(struct heap_buffer *buffer)
{
	dma_resv_lock(buffer->dmabuf->resv, NULL);
	buffer->revoked = true;
	kfree(buffer->shadow);
	buffer->shadow = NULL;
	dma_buf_move_notify(buffer->dmabuf);
	dma_resv_wait_timeout(buffer->dmabuf->resv, DMA_RESV_USAGE_BOOKKEEP, false, MAX_SCHEDULE_TIMEOUT);
	dma_resv_unlock(buffer->dmabuf->resv);
}
`;
  const TEST = `
static int heap_attach(struct dma_buf *dmabuf, struct dma_buf_attachment *attachment)
{
	struct heap_buffer *buffer = dmabuf->priv;
	int ret = -ENODEV;

	LOCK
	if (!buffer->revoked && buffer->shadow) {
		buffer->shadow[0] = 1;
		ret = 0;
	}
	UNLOCK
	return ret;
}

static void heap_detach(struct dma_buf *dmabuf, struct dma_buf_attachment *attachment)
{
}
`;
  const from = EXPORTER.indexOf('static int heap_attach');
  const to = EXPORTER.indexOf('static struct sg_table *heap_map');
  const FAIL = '\tif (!sgt)\n\t\treturn ERR_PTR(-ENOMEM);';
  const REFUSE = `\tif (sgt && ((struct heap_buffer *)attachment->dmabuf->priv)->revoked) {
\t\tkfree(sgt);
\t\treturn ERR_PTR(-ENODEV);
\t}
${FAIL}`;
  const text = (lock: string, unlock: string): string =>
    (EXPORTER.slice(0, from) + TEST + EXPORTER.slice(to).replace(FAIL, REFUSE))
      .replaceAll('UNLOCK', unlock)
      .replaceAll('LOCK', lock) + MOVE;

  it('is found when the flag is tested without the lock it is written under', () => {
    const source = text('', '');
    const found = findings(source).filter(({ context }) => context?.includes('heap_revoke'));
    expect(found.map((finding) => lineOf(source, finding))).toContain('buffer->shadow[0] = 1;');
  });

  it('is silent when the test and the use are under the reservation', () => {
    const source = text('dma_resv_lock(dmabuf->resv, NULL);', 'dma_resv_unlock(dmabuf->resv);');
    expect(findings(source)).toEqual([]);
  });
});

describe('a reader of RCU', () => {
  const ATTACH = `
static int heap_attach(struct dma_buf *dmabuf, struct dma_buf_attachment *attachment)
{
	struct heap_buffer *buffer = dmabuf->priv;
	char *shadow, *made = kzalloc(64, GFP_KERNEL);

	if (!made)
		return -ENOMEM;
	mutex_lock(&buffer->lock);
	if (buffer->users) {
		kfree(made);
	} else {
		rcu_assign_pointer(buffer->shadow, made);
		buffer->users = 1;
	}
	mutex_unlock(&buffer->lock);
	rcu_read_lock();
	shadow = rcu_dereference(buffer->shadow);
	if (shadow)
		shadow[0] = 1;
	rcu_read_unlock();
	return 0;
}

static void heap_detach(struct dma_buf *dmabuf, struct dma_buf_attachment *attachment)
{
	struct heap_buffer *buffer = dmabuf->priv;
	char *old = NULL;

	mutex_lock(&buffer->lock);
	if (buffer->users) {
		old = buffer->shadow;
		rcu_assign_pointer(buffer->shadow, NULL);
		buffer->users = 0;
	}
	mutex_unlock(&buffer->lock);
	WAIT
	kfree(old);
}
`;
  const from = EXPORTER.indexOf('static int heap_attach');
  const to = EXPORTER.indexOf('static struct sg_table *heap_map');
  const text = (wait: string): string => EXPORTER.slice(0, from) + ATTACH.replace('WAIT', wait) + EXPORTER.slice(to);

  it('keeps what it looks at alive when the writer waits for it', () => {
    expect(findings(text('synchronize_rcu();'))).toEqual([]);
  });

  it('does not when the writer frees at once', () => {
    expect(findings(text('')).map(({ slug }) => slug)).toEqual(['use-after-free']);
  });
});

describe('two processes on one pagemap', () => {
  const PAGEMAP = `
#include <drm/drm_pagemap.h>
#include <linux/dma-mapping.h>
#include <linux/mutex.h>
#include <linux/slab.h>

static DEFINE_MUTEX(peer_lock);
static char *peer_window;
static unsigned int peer_users;

static struct drm_pagemap_addr peer_map(struct drm_pagemap *dpagemap, struct device *dev, struct page *page,
					unsigned int order, enum dma_data_direction dir)
{
	dma_addr_t addr = DMA_MAPPING_ERROR;

	LOCK
	if (!peer_users)
		peer_window = kzalloc(64, GFP_NOWAIT);
	if (peer_window) {
		peer_users++;
		peer_window[0] = 1;
		addr = dma_map_resource(dev, xe_page_to_pcie(page), PAGE_SIZE << order, dir, DMA_ATTR_SKIP_CPU_SYNC);
	}
	UNLOCK
	return drm_pagemap_addr_encode(addr, 2, order, dir);
}

static void peer_unmap(struct drm_pagemap *dpagemap, struct device *dev, const struct drm_pagemap_addr *addr)
{
	dma_unmap_resource(dev, addr->addr, PAGE_SIZE << addr->order, addr->dir, DMA_ATTR_SKIP_CPU_SYNC);
	LOCK
	peer_users--;
	if (!peer_users) {
		kfree(peer_window);
		peer_window = NULL;
	}
	UNLOCK
}

static const struct drm_pagemap_ops peer_ops = {
	.device_map = peer_map,
	.device_unmap = peer_unmap,
};
`;
  const text = (lock: string, unlock: string): string => PAGEMAP.replaceAll('UNLOCK', unlock).replaceAll('LOCK', lock);

  it('meet in what the driver keeps for all of them', () => {
    const found = findings(text('', '')).filter(({ context }) => context?.includes('two processes'));
    expect(found.map(({ slug }) => slug)).toContain('null-or-error-pointer-dereference');
  });

  it('are kept apart by the driver’s own lock', () => {
    const found = findings(text('mutex_lock(&peer_lock);', 'mutex_unlock(&peer_lock);'));
    expect(found.filter(({ context }) => context?.includes('two processes'))).toEqual([]);
  });
});

describe('tasks that wait for each other', () => {
  const both = [
    'mutex_lock(&buffer->lock);\n\tmutex_lock(&buffer->other);',
    'mutex_unlock(&buffer->other);\n\tmutex_unlock(&buffer->lock);',
  ] as const;
  const reversed = [
    'mutex_lock(&buffer->other);\n\tmutex_lock(&buffer->lock);',
    'mutex_unlock(&buffer->lock);\n\tmutex_unlock(&buffer->other);',
  ] as const;
  const half = EXPORTER.indexOf('static void heap_detach');
  const text =
    EXPORTER.slice(0, half).replaceAll('UNLOCK', both[1]).replaceAll('LOCK', both[0]) +
    EXPORTER.slice(half).replaceAll('UNLOCK', reversed[1]).replaceAll('LOCK', reversed[0]);

  it('are told once, as the wrong order of the locks', () => {
    expect(findings(text).map(({ slug }) => slug)).toEqual(['lock-order-inversion']);
  });

  it('really block each other in a run, and both places are in its trace', () => {
    const input = { path: 'heap.c', text };
    // A switch is a decision like any other: at each point of the function that can be left.
    const runs = [1, 2, 3, 4, 5, 6].map((nth) =>
      engine.simulate(input, {
        table: 'heap_ops',
        scenario: 'concurrent.importers',
        inject: [`schedule@heap_detach:${nth}`],
      }),
    );
    const deadlock = runs
      .flatMap(({ lines }) => lines)
      .find(({ event }) => event.kind === 'report' && event.rule === 'deadlock');
    const related = deadlock?.event.kind === 'report' ? deadlock.event.related.map(({ message }) => message) : [];
    expect(related).toEqual([
      'task 2 waits for `&heap_buffer->other` here',
      'task 2 took `&heap_buffer->lock` here',
      'task 1 took `&heap_buffer->other` here',
    ]);
  });
});
