/** Calls of kernel functions as another version of the kernel declares them: our body or model of a function does not stand for those. */
import { describe, expect, it } from 'vitest';
import { engineForTests } from '../../test/engine.ts';
import type { KernelTree } from './engine.ts';

const engine = await engineForTests();

/** `verdict code` of the findings with what they assume. */
function found(text: string, tree?: KernelTree): string[] {
  const report = engine.analyse({ path: 'drivers/infiniband/hw/tern/mr.c', text }, tree === undefined ? {} : { tree });
  return report.findings.map(({ verdict, code, assumption }) =>
    assumption === null ? `${verdict} ${code}` : `${verdict} ${code}; ${assumption}`,
  );
}

/** What the findings say of how they were got to. */
function steps(text: string): string {
  const { findings } = engine.analyse({ path: 'drivers/gpu/drm/tern/tern_job.c', text });
  expect(findings.map(({ code }) => code)).toContain('IL0301');
  return findings.flatMap((each) => each.steps.map((step) => step.text)).join('\n');
}

const RELEASED_UNDER_LOCK = (device: string, call: string, more = ''): string => `#include <linux/dma-buf.h>
#include <rdma/ib_umem.h>
${more}
static void tern_moved(struct dma_buf_attachment *attach) { }
static const struct dma_buf_attach_ops tern_attach_ops = {
	.allow_peer2peer = true, .invalidate_mappings = tern_moved,
};

int tern_reg(${device}, unsigned long offset, size_t size, int fd, int access)
{
	struct ib_umem_dmabuf *umem_dmabuf;
	int ret;

	umem_dmabuf = ${call};
	if (IS_ERR(umem_dmabuf))
		return PTR_ERR(umem_dmabuf);
	dma_resv_lock(umem_dmabuf->attach->dmabuf->resv, NULL);
	ret = ib_umem_dmabuf_map_pages(umem_dmabuf);
	if (ret) {
		ib_umem_dmabuf_release(umem_dmabuf);
		return ret;
	}
	dma_resv_unlock(umem_dmabuf->attach->dmabuf->resv);
	return 0;
}
`;

describe('a call that does not fit the known declaration', () => {
  it('runs the known body when it fits', () => {
    const text = RELEASED_UNDER_LOCK(
      'struct ib_device *device',
      'ib_umem_dmabuf_get(device, offset, size, fd, access, &tern_attach_ops)',
    );
    expect(found(text)).toContain('violation IL0103');
  });

  it.each(['', ', 0'])('runs the body of one that has gained a parameter since (`%s`)', (more) => {
    const text = (lock: string): string => `#include <drm/drm_exec.h>
int tern_lock(struct drm_gem_object *bo)
{
	struct drm_exec exec;
	int ret;

	drm_exec_init(&exec, DRM_EXEC_INTERRUPTIBLE_WAIT${more});
	drm_exec_until_all_locked(&exec) {
		ret = drm_exec_lock_obj(&exec, bo);
		drm_exec_retry_on_contention(&exec);
		if (ret)
			break;
	}
	${lock}
	return ret;
}
`;
    expect(found(text('drm_exec_fini(&exec);'))).toEqual([]);
    expect(found(text(''))).toContain('violation IL0301');
  });

  it('is of a function nobody sees when a pointer is to another struct', () => {
    const text = RELEASED_UNDER_LOCK(
      'struct ib_udata *udata',
      'ib_umem_dmabuf_get(udata, offset, size, fd, access, &tern_attach_ops)',
    );
    expect(found(text)).toEqual([
      'suspected IL0103; `ib_umem_dmabuf_get()` of another kernel version (called with `struct ib_udata *`, not `struct ib_device *`, as argument 1) is not known: its effects and result are assumed',
    ]);
  });

  it('is of a function nobody sees when it has other arguments in number', () => {
    const text = RELEASED_UNDER_LOCK(
      'struct ib_device *device',
      'ib_umem_dmabuf_get(device, offset, size, fd, access)',
    );
    expect(found(text)).toEqual([
      'suspected IL0103; `ib_umem_dmabuf_get()` of another kernel version (called with 5 arguments, not 6) is not known: its effects and result are assumed',
    ]);
  });

  it('is of a function nobody sees where the document declares it otherwise', () => {
    const text = RELEASED_UNDER_LOCK(
      'struct ib_device *device',
      'ib_umem_dmabuf_get(device, offset, size, fd, access)',
      'struct ib_umem_dmabuf *ib_umem_dmabuf_get(struct ib_device *device, unsigned long offset, size_t size, int fd, int access);',
    );
    expect(found(text)).toEqual([
      'suspected IL0103; `ib_umem_dmabuf_get()` of another kernel version (declared with 5 arguments, not 6) is not known: its effects and result are assumed',
    ]);
  });

  it('runs the body of the document where it has one', () => {
    const text = RELEASED_UNDER_LOCK(
      'struct ib_device *device',
      'ib_umem_dmabuf_get(device, fd)',
      'struct ib_umem_dmabuf *ib_umem_dmabuf_get(struct ib_device *device, int fd) { return ERR_PTR(-EOPNOTSUPP); }',
    );
    expect(found(text)).toEqual([]);
  });

  it('runs the body of the tree where that fits', () => {
    const body =
      'struct ib_umem_dmabuf *ib_umem_dmabuf_get(struct ib_device *device, int fd) { return ERR_PTR(-EINVAL); }';
    const tree: KernelTree = {
      blob: () => null,
      find: () => [],
      read: (path) => (path === 'drivers/infiniband/core/umem_dmabuf.c' ? body : null),
      findBody: (name) => (name === 'ib_umem_dmabuf_get' ? ['drivers/infiniband/core/umem_dmabuf.c'] : []),
    };
    const text = (call: string): string => RELEASED_UNDER_LOCK('struct ib_device *device', call);
    expect(found(text('ib_umem_dmabuf_get(device, fd)'), tree)).toEqual([]);
    expect(found(text('ib_umem_dmabuf_get(device, offset, fd)'), tree)).toEqual([
      expect.stringContaining('suspected IL0103; `ib_umem_dmabuf_get()` of another kernel version'),
    ]);
  });
});

describe('what C lets pass', () => {
  const passes = (parameters: string, before: string, call: string): string => `#include <linux/dma-buf.h>
#include <linux/dma-fence.h>
${before}
int tern_submit(${parameters})
{
	${call};
	kmalloc(8, GFP_KERNEL);
	return 0;
}
`;

  it.each([
    ['void *fence', '', 'dma_fence_put(fence)'],
    ['const struct dma_fence *fence', '', 'dma_fence_put((struct dma_fence *)fence)'],
    ['fence_t *fence', 'typedef struct dma_fence fence_t;', 'dma_fence_put(fence)'],
    ['tern_fence_t fence', '', 'dma_fence_put(fence)'],
    ['struct tern_job *job', '', 'dma_fence_put(job->fence)'],
    ['struct tern_job *job', 'struct tern_job { struct dma_fence base[2]; };', 'dma_fence_put(job->base)'],
    ['struct dma_resv *resv, u8 count', '', 'dma_resv_lock(resv, NULL); dma_resv_reserve_fences(resv, count)'],
    ['int unused', '', 'dma_fence_put(NULL)'],
    ['int unused', '', 'dma_fence_put(tern_last_fence)'],
    ['int index', '', 'dma_fence_put(tern_fence(index))'],
    // No kernel has it, so there is no other version: a slip of whoever writes a sketch.
    ['struct dma_iova_state *state', '#include <linux/dma-mapping.h>\n#include <linux/ual.h>', 'ual_use_iova(state)'],
    ['struct tern_job *job', '', 'tern_count(job->fence ? 1 : 2, job->fence->count); dma_fence_put(job->fence)'],
  ])('is no other version: %s, %s %s', (parameters, before, call) => {
    expect(steps(passes(parameters, before, call))).not.toContain('another kernel version');
  });

  it('is one where C would not', () => {
    for (const [parameters, call] of [
      ['struct dma_buf *dmabuf', 'dma_fence_put(dmabuf)'],
      ['u64 seqno', 'dma_fence_put(seqno)'],
      ['struct dma_fence **fences', 'dma_fence_put(fences)'],
    ] as const)
      expect(steps(passes(parameters, '', call))).toContain('another kernel version');
  });
});

describe('what an op did with a call of another version', () => {
  const LIFE = (call: string): string => `#include <linux/dma-buf.h>
struct tern_view { struct sg_table *sgt; int *count; };
static int tern_count;
static int tern_attach(struct dma_buf *dmabuf, struct dma_buf_attachment *attach)
{
	struct tern_view *view = kzalloc(sizeof(*view), GFP_KERNEL);

	if (!view)
		return -ENOMEM;
	${call}
	attach->priv = view;
	return 0;
}
static void tern_detach(struct dma_buf *dmabuf, struct dma_buf_attachment *attach)
{
	struct tern_view *view = attach->priv;

	*view->count = 0;
	kfree(view);
}
static struct sg_table *tern_map(struct dma_buf_attachment *attach, enum dma_data_direction dir)
{
	return ERR_PTR(-ENOMEM);
}
static void tern_unmap(struct dma_buf_attachment *attach, struct sg_table *sgt, enum dma_data_direction dir) { }
static void tern_release(struct dma_buf *dmabuf) { }
static const struct dma_buf_ops tern_ops = {
	.attach = tern_attach, .detach = tern_detach, .map_dma_buf = tern_map, .unmap_dma_buf = tern_unmap,
	.release = tern_release,
};
`;

  it('is what a later op rests on, too', () => {
    expect(found(LIFE('')).filter((each) => each.includes('IL0901'))).toEqual(['violation IL0901']);
    expect(
      found(LIFE('if (dma_resv_lock(dmabuf)) view->count = &tern_count;')).filter((each) => each.includes('IL0901')),
    ).toEqual([expect.stringContaining('suspected IL0901; `dma_resv_lock()` of another kernel version')]);
  });
});

const HEADER = 'include/drm/ttm/ttm_resource.h';

/** A header of a kernel with eight memory types, and a driver that goes over what there is for each. */
const resources = (define: string): KernelTree => ({
  blob: () => null,
  find: (name) => (name === 'struct ttm_lru_bulk_move' ? [HEADER] : []),
  findMacro: (name) => (name.startsWith('TTM_') ? [HEADER] : []),
  read: (path) =>
    path === HEADER ? `${define}\nstruct ttm_lru_bulk_move { unsigned int pos[TTM_NUM_MEM_TYPES]; };\n` : null,
});

describe('a count that is another in another version', () => {
  const text = (bound: string): string => `#include <drm/ttm/ttm_resource.h>

int tern_count(void)
{
	struct ttm_lru_bulk_move bulk = {};
	unsigned int sum = 0;
	int i;

	for (i = 0; i < ${bound}; ++i)
		sum += bulk.pos[i];
	return sum;
}
`;

  it.each([
    ['is the number of the tree, as long as its arrays are', '#define TTM_NUM_MEM_TYPES 8', 'TTM_NUM_MEM_TYPES', []],
    ['is passed by code that goes on', '#define TTM_NUM_MEM_TYPES 8', '9', ['violation IL0904']],
  ])('%s', (_, define, bound, expected) => {
    expect(found(text(bound), resources(define))).toEqual(expected);
  });
});
