/**
 * Answers that the kernel gives now and then, and that code is written for: each is given in some run, so that what stands behind it is
 * executed. A row is code whose every statement must be reached.
 */
import { beforeAll, describe, expect, it } from 'vitest';
import { engineForTests } from '../../test/engine.ts';
import type { Engine } from './engine.ts';

let engine: Engine;
beforeAll(async () => {
  engine = await engineForTests();
});

const rows: readonly [what: string, text: string][] = [
  [
    'the second round of a loop fails, and the first is undone',
    `#include <linux/dma-mapping.h>
struct stint { struct page **p; dma_addr_t *a; unsigned int n; };
int stint_map(struct stint *s, struct device *dev)
{
	unsigned int i;

	for (i = 0; i < s->n; i++) {
		s->a[i] = dma_map_page(dev, s->p[i], 0, PAGE_SIZE, DMA_TO_DEVICE);
		if (dma_mapping_error(dev, s->a[i]))
			goto undo;
	}
	return 0;
undo:
	while (i--)
		dma_unmap_page(dev, s->a[i], PAGE_SIZE, DMA_TO_DEVICE);
	return -EIO;
}`,
  ],
  [
    'an importer that takes one segment only gets one',
    `#include <linux/dma-buf.h>
int knot_import(struct dma_buf_attachment *attach, dma_addr_t *addr)
{
	struct sg_table *sgt = dma_buf_map_attachment_unlocked(attach, DMA_BIDIRECTIONAL);

	if (IS_ERR(sgt))
		return PTR_ERR(sgt);
	if (sgt->nents > 1) {
		dma_buf_unmap_attachment_unlocked(attach, sgt, DMA_BIDIRECTIONAL);
		return -EINVAL;
	}
	*addr = sg_dma_address(sgt->sgl);
	dma_buf_unmap_attachment_unlocked(attach, sgt, DMA_BIDIRECTIONAL);
	return 0;
}`,
  ],
  [
    'the exporter cannot pin',
    `#include <linux/dma-buf.h>
#include <linux/dma-resv.h>
static void ruff_gone(struct dma_buf_attachment *attach) { }
static const struct dma_buf_attach_ops ruff_ops = { .allow_peer2peer = true, .move_notify = ruff_gone };
int ruff_import(int fd, struct device *dev)
{
	struct dma_buf_attachment *attach;
	struct dma_buf *buf = dma_buf_get(fd);
	int ret;

	if (IS_ERR(buf))
		return PTR_ERR(buf);
	attach = dma_buf_dynamic_attach(buf, dev, &ruff_ops, NULL);
	if (IS_ERR(attach)) {
		ret = PTR_ERR(attach);
		goto put;
	}
	dma_resv_lock(buf->resv, NULL);
	ret = dma_buf_pin(attach);
	if (ret)
		goto unlock;
	dma_buf_unpin(attach);
unlock:
	dma_resv_unlock(buf->resv);
	dma_buf_detach(buf, attach);
put:
	dma_buf_put(buf);
	return ret;
}`,
  ],
  [
    'a file is mapped shared, or by the process for itself alone',
    `#include <linux/fs.h>
#include <linux/mm.h>
static int smew_mmap(struct file *file, struct vm_area_struct *vma)
{
	if (!(vma->vm_flags & VM_SHARED))
		return -EINVAL;
	vm_flags_set(vma, VM_DONTEXPAND);
	return 0;
}
static const struct file_operations smew_fops = { .mmap = smew_mmap };
int smew_use(void) { return smew_fops.mmap != NULL; }`,
  ],
  [
    'a function of a PCI device is a virtual one, or not',
    `#include <linux/pci.h>
int teal_number(struct pci_dev *pdev, int *of)
{
	struct pci_dev *pf = pci_physfn(pdev);

	if (pf == pdev)
		return -EINVAL;
	*of = pci_iov_vf_id(pdev);
	return 0;
}`,
  ],
  [
    'time runs out while something is polled',
    `#include <linux/jiffies.h>
#include <linux/delay.h>
#include <linux/io.h>
int dunlin_wait(void __iomem *regs)
{
	unsigned long end = jiffies + msecs_to_jiffies(100);

	while (!(readl(regs) & 1)) {
		if (time_after(jiffies, end))
			return -ETIMEDOUT;
		usleep_range(10, 20);
	}
	return 0;
}`,
  ],
  [
    'one device does not reach the other',
    `#include <linux/pci-p2pdma.h>
int brant_peer(struct pci_dev *provider, struct device *dev)
{
	if (pci_p2pdma_distance(provider, dev, true) < 0)
		return -ENXIO;
	return 1;
}`,
  ],
  [
    'the IOMMU driver fails to make the entries of a range seen',
    `#include <linux/dma-mapping.h>
int scoter_link(struct device *dev, struct dma_iova_state *state, phys_addr_t phys, size_t size)
{
	int ret;

	if (!dma_iova_try_alloc(dev, state, phys, size))
		return -EOPNOTSUPP;
	ret = dma_iova_link(dev, state, phys, 0, size, DMA_TO_DEVICE, 0);
	if (ret) {
		dma_iova_free(dev, state);
		return ret;
	}
	ret = dma_iova_sync(dev, state, 0, size);
	if (ret) {
		dma_iova_destroy(dev, state, size, DMA_TO_DEVICE, 0);
		return ret;
	}
	return 0;
}`,
  ],
  [
    'memory that a process names is not its own',
    `#include <linux/uaccess.h>
int wigeon_peek(const void __user *from, size_t size)
{
	if (!access_ok(from, size))
		return -EFAULT;
	return 0;
}`,
  ],
  [
    'every label of a long switch, and none of them',
    `int f(int);
struct wren { int kind; };
int wren_kind(struct wren *w)
{
	switch (w->kind) {
	case 1: return f(1);
	case 2: return f(2);
	case 3: return f(3);
	case 4: return f(4);
	case 5: return f(5);
	case 6: return f(6);
	case 7: return f(7);
	case 8: return f(8);
	case 9: return f(9);
	case 10 ... 19: return f(10);
	default: return -22;
	}
}`,
  ],
  [
    'a thread is told to stop',
    `#include <linux/kthread.h>
#include <linux/delay.h>
int siskin_thread(void *data)
{
	while (!kthread_should_stop())
		msleep(10);
	return 0;
}`,
  ],
  [
    'a clock is polled',
    `#include <linux/ktime.h>
#include <linux/io.h>
int twite_wait(void __iomem *regs)
{
	ktime_t end = ktime_add_us(ktime_get(), 100);

	for (;;) {
		if (readl(regs) & 1)
			return 0;
		if (ktime_compare(ktime_get(), end) > 0)
			return -ETIMEDOUT;
	}
}`,
  ],
  [
    'a parameter of the module, a flag that is cleared, a list that others fill',
    `#include <linux/module.h>
#include <linux/list.h>
struct linnet { struct list_head node; int key; };
static LIST_HEAD(linnets);
static struct { struct list_head idle; int count; } linnet_pool = { .idle = LIST_HEAD_INIT(linnet_pool.idle) };
static bool usable = true;
static int depth = 0;
module_param(depth, int, 0444);
void linnet_lost(void)
{
	usable = false;
}
int linnet_find(int key)
{
	struct linnet *l;

	if (!usable)
		return -ENODEV;
	if (depth)
		return depth;
	list_for_each_entry(l, &linnets, node) {
		if (l->key == key)
			return 1;
	}
	list_for_each_entry(l, &linnet_pool.idle, node) {
		if (l->key == key)
			return 2;
	}
	return 0;
}`,
  ],
  [
    'a member that our headers know as some pointer is the ops the code calls',
    `#include <linux/vfio.h>
int pipit_state(struct vfio_device *device, int *state)
{
	int ret = device->mig_ops->migration_get_state(device, state);

	if (ret)
		return ret;
	return *state;
}`,
  ],
];

describe('every statement is reached', () => {
  it.each(rows)('%s', (_, text) => {
    const report = engine.analyse({ path: 'reached.c', text });
    expect(report.statements?.missed).toEqual([]);
    expect(report.findings).toEqual([]);
  });
});

describe('a macro of one driver', () => {
  const body = (
    drive: string,
    include: string,
  ) => `diff --git a/drivers/gpu/drm/${drive}/${drive}_x.c b/drivers/gpu/drm/${drive}/${drive}_x.c
--- /dev/null
+++ b/drivers/gpu/drm/${drive}/${drive}_x.c
@@ -0,0 +1,9 @@
+#include "${include}"
+
+int heron_kind(struct heron_device *heron)
+{
+	if (IS_DGFX(heron))
+		return 1;
+	return 0;
+}
+
`;
  it('says nothing in the files of another', () => {
    const report = engine.analyse({ path: 'heron.patch', text: body('heron', 'heron_drv.h') });
    expect([report.statements?.missed, report.unsupported]).toEqual([[], []]);
  });
});
