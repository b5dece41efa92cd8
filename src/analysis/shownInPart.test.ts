/** Hunks of three lines of context around a change: what they say of locks, contexts and exits although neither table nor function is whole. */
import { beforeAll, describe, expect, it } from 'vitest';
import { engineForTests } from '../../test/engine.ts';
import type { Engine } from './engine.ts';

let engine: Engine;
beforeAll(async () => {
  engine = await engineForTests();
});

/** One hunk: its heading, and its lines as a diff has them. */
type Hunk = readonly [path: string, heading: string, lines: string];

function patchOf(hunks: readonly Hunk[]): string {
  const body = hunks.map(([path, heading, text], i) => {
    const lines = text.replace(/^\n/, '').replace(/\n$/, '').split('\n');
    const old = lines.filter((line) => !line.startsWith('+')).length;
    const now = lines.filter((line) => !line.startsWith('-')).length;
    const head = hunks[i - 1]?.[0] === path ? '' : `diff --git a/${path} b/${path}\n--- a/${path}\n+++ b/${path}\n`;
    return `${head}@@ -${100 * (i + 1)},${old} +${100 * (i + 1)},${now} @@ ${heading}\n${lines.join('\n')}\n`;
  });
  return `From: A Finch <finch@example.com>\nSubject: [PATCH] drm/finch: change\n\nSigned-off-by: A Finch <finch@example.com>\n---\n${body.join('')}-- \n2.43.0\n`;
}

const DRIVER = 'drivers/gpu/drm/finch/finch_svm.c';
const HEADER = 'include/drm/drm_pagemap.h';

function prefetch(gfp: string): readonly Hunk[] {
  return [
    [
      HEADER,
      'struct drm_pagemap_ops {',
      `
 	void (*device_unmap)(struct drm_pagemap *dpagemap,
 			     struct device *dev,
 			     struct drm_pagemap_addr addr);
+
+	/**
+	 * @device_warm: Warm the translations of a block
+	 *
+	 * Context: Reclaim safe.
+	 */
+	int (*device_warm)(struct drm_pagemap *dpagemap, struct device *dev);
 };
 
 #endif`,
    ],
    [
      DRIVER,
      '',
      `
 #include <drm/drm_pagemap.h>
 
+static int finch_warm(struct drm_pagemap *dpagemap, struct device *dev)
+{
+	void *req = kmalloc(64, ${gfp});
+
+	if (!req)
+		return -ENOMEM;
+	kfree(req);
+	return 0;
+}
+
 static const struct drm_pagemap_ops finch_pagemap_ops = {
 	.device_map = finch_map,
+	.device_warm = finch_warm,
 };`,
    ],
  ];
}

function name(gfp: string): readonly Hunk[] {
  return [
    [
      DRIVER,
      'static int finch_insert(struct finch *f, struct finch_entry *e, const char *name)',
      `
 		goto out_unlock;
 	}
 
+	e->name = kstrdup(name, ${gfp});
+	if (!e->name)
+		goto out_unlock;
+
 	f->count++;
 out_unlock:
 	spin_unlock_irqrestore(&f->lock, flags);
 	return ret;
 }`,
    ],
  ];
}

function addresses(gfp: string): readonly Hunk[] {
  return [
    [
      DRIVER,
      'static int finch_pages(struct drm_gpusvm *gpusvm, struct drm_gpusvm_pages *p, unsigned long n)',
      `
 	if (!p->dma_addr) {
+		p->dma_addr = kcalloc(n, sizeof(*p->dma_addr), ${gfp});
+		if (!p->dma_addr) {
+			drm_gpusvm_notifier_unlock(gpusvm);
+			return -ENOMEM;
+		}
 	}
 
 	finch_more(p);`,
    ],
  ];
}

function zap(context: string): readonly Hunk[] {
  return [
    [
      DRIVER,
      'static void finch_svm_invalidate(struct drm_gpusvm *gpusvm,',
      `
 {
 	struct drm_gpusvm_range *r = NULL;
+	struct drm_gpusvm_ctx ctx = ${context};
 
 	finch_flush(gpusvm);
+	drm_gpusvm_for_each_range(r, notifier, mmu_range->start, mmu_range->end)
+		drm_gpusvm_range_unmap_pages(gpusvm, r, &ctx);
 }
 
 static void finch_other(void)`,
    ],
  ];
}

function event(gfp: string): readonly Hunk[] {
  const heading = 'static bool finch_hmm_invalidate_gfx(struct mmu_interval_notifier *mni,';
  return [
    [
      DRIVER,
      heading,
      '\n {\n 	struct finch *f = container_of(mni, struct finch, mni);\n+	struct finch_event *ev;\n \n ',
    ],
    [
      DRIVER,
      heading,
      `
 
 	mmu_interval_set_seq(mni, cur_seq);
 
+	ev = kmalloc(sizeof(*ev), ${gfp});
+	if (ev)
+		finch_post(f, ev);
+
 	finch_zap(f);
 	mutex_unlock(&f->lock);
 	return true;`,
    ],
  ];
}

function fault(retry: string): readonly Hunk[] {
  return [
    [
      DRIVER,
      'static int finch_fault(struct finch *f, struct hmm_range *range)',
      `
 			return ret;
 		}
 
${retry}
 
 	ret = finch_program(f, range);
 	mutex_unlock(&f->lock);
 	return ret;
 }`,
    ],
  ];
}

function wedged(label: string): readonly Hunk[] {
  const heading = 'static int finch_populate(struct finch *f, unsigned long size)';
  return [
    [
      DRIVER,
      heading,
      `
 
 	finch_pm_runtime_get(f);
 
+	if (f->mode && finch_wedged(f)) {
+		err = -ECANCELED;
+		goto ${label};
+	}
+
 	bo = finch_bo_create(f, size);
 	if (IS_ERR(bo)) {
 		err = PTR_ERR(bo);`,
    ],
    [
      DRIVER,
      heading,
      `
 
 out_pm_put:
 	finch_pm_runtime_put(f);
+out_exit:
 	drm_dev_exit(idx);
 	return err;
 }`,
    ],
  ];
}

function migrate(refused: string): readonly Hunk[] {
  return [
    [
      DRIVER,
      'static int finch_migrate(struct finch *f, struct migrate_vma *args)',
      `
 	ret = migrate_vma_setup(args);
 	if (ret)
 		return ret;
 
${refused}
+
 	finch_copy(f, args);
 	migrate_vma_pages(args);
+out:
 	migrate_vma_finalize(args);
 	return ret;
 }`,
    ],
  ];
}

/** The type that the function returns stands on a line of its own, which a heading does not have. */
function unmap(direction: string): readonly Hunk[] {
  return [
    [
      DRIVER,
      'finch_map(struct drm_pagemap *dpagemap, struct device *dev,',
      `
 	 struct page *page, unsigned int order, enum dma_data_direction dir)
 {
 	dma_addr_t addr = dma_map_resource(dev, finch_bar(page), PAGE_SIZE << order, dir, 0);
 
 	return drm_pagemap_addr_encode(addr, DRM_INTERCONNECT_DRIVER, order, dir);
 }
 
 static void finch_unmap(struct drm_pagemap *dpagemap, struct device *dev,
-			struct drm_pagemap_addr addr)
+			const struct drm_pagemap_addr *addr)
 {
-	dma_unmap_resource(dev, addr.addr, PAGE_SIZE << addr.order, addr.dir, 0);
+	dma_unmap_resource(dev, addr->addr, PAGE_SIZE << addr->order, ${direction}, 0);
 }
 
 const struct drm_pagemap_ops finch_pagemap_ops = {
 	.device_map = finch_map,
 	.device_unmap = finch_unmap,
 };`,
    ],
  ];
}

function open(exit: string): readonly Hunk[] {
  return [
    [
      DRIVER,
      'static int finch_open(struct finch *f, unsigned int flags)',
      `
 	if (ret)
 		goto out_unlock;
 
+	ret = finch_svm_init(f);
+	if (ret)
+		${exit};
+
 	f->opened = true;
 out_unlock:
 	mutex_unlock(&f->lock);
 	return ret;
 }`,
    ],
  ];
}

/** A lock taken in one hunk and let go of in the next, which begins with the end of a block. */
function received(way: string): readonly Hunk[] {
  return [
    [
      DRIVER,
      'static void finch_received(void *arg)',
      `
 static void finch_received(void *arg)
 {
 	struct finch *f = arg;
-	int unused;
 
 	mutex_lock(&f->lock);
 
 	/* stopped before? */`,
    ],
    [
      DRIVER,
      'static void finch_received(void *arg)',
      `
${way}
 
-	f->busy = 0;
+	finch_copy(f);
 
 	mutex_unlock(&f->lock);
 }`,
    ],
  ];
}

/** [what, hunks, `CODE function` of each finding] */
const CASES: readonly (readonly [string, readonly Hunk[], readonly string[]])[] = [
  ['an op whose struct only the heading names', prefetch('GFP_NOIO'), ['IL0201 finch_warm']],
  ['that op without waiting', prefetch('GFP_NOWAIT'), []],
  ['memory before a spinlock is let go of', name('GFP_KERNEL'), ['IL0203 finch_insert']],
  ['memory that does not wait there', name('GFP_ATOMIC'), []],
  ['memory before the notifier lock is let go of', addresses('GFP_NOFS'), ['IL0201 finch_pages']],
  ['no reclaim there', addresses('GFP_NOWAIT'), []],
  ['an `invalidate` whose table is not shown', zap('{}'), ['IL0103 finch_svm_invalidate']],
  ['one that says where it is', zap('{ .in_notifier = true }'), []],
  ['memory in a notifier, behind lines not shown', event('GFP_KERNEL'), ['IL0201 finch_hmm_invalidate_gfx']],
  ['memory there that does not wait', event('GFP_NOWAIT'), []],
  [
    'asked before the lock',
    fault(
      '+		if (!mmu_interval_read_retry(range->notifier, range->notifier_seq))\n+			break;\n+	}\n+	mutex_lock(&f->lock);',
    ),
    ['IL0805 finch_fault'],
  ],
  [
    'asked under the lock',
    fault(
      '+		mutex_lock(&f->lock);\n+		if (!mmu_interval_read_retry(range->notifier, range->notifier_seq))\n+			break;\n+		mutex_unlock(&f->lock);\n+	}',
    ),
    [],
  ],
  ['power that an exit keeps', wedged('out_exit'), ['IL0312 finch_populate']],
  ['power that it gives back', wedged('out_pm_put'), []],
  [
    'an op without its type that maps, and another that unmaps otherwise',
    unmap('DMA_BIDIRECTIONAL'),
    ['IL0506 finch_unmap'],
  ],
  ['an op without its type, and one that unmaps what it mapped', unmap('addr->dir'), []],
  ['an exit behind another that lets go of the lock', open('return ret'), ['IL0312 finch_open']],
  ['an exit that lets go of it too', open('goto out_unlock'), []],
  ['a block of which only the end is shown', received(' \t\treturn;\n \t}'), []],
  ['one whose beginning is shown', received(' \tif (f->stopped) {\n \t\treturn;\n \t}'), ['IL0312 finch_received']],
  ['a migration that is left as it is', migrate('+	if (f->bad)\n+		return -EIO;'), ['IL0312 finch_migrate']],
  ['a migration that is finished', migrate('+	if (f->bad) {\n+		ret = -EIO;\n+		goto out;\n+	}'), []],
];

describe('shown in part', () => {
  it.each(CASES)('%s', (_, hunks, expected) => {
    const report = engine.analyse({ path: 'change.patch', text: patchOf(hunks) }, { maxRuns: 200 });
    expect(
      report.findings
        .filter(({ verdict }) => verdict !== 'unsupported')
        .map(({ code, function: at }) => `${code} ${at}`),
    ).toEqual(expected);
  });
});
