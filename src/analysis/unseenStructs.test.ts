/** Code whose structs and small functions stand in headers that nobody shows: what its own lines tell of them is enough to judge by. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { describe, expect, it } from 'vitest';
import { createEngine } from './createEngine.ts';

const HEAD = `#include <linux/slab.h>
#include <linux/mutex.h>
#include <linux/list.h>
#include <linux/uaccess.h>
#include <drm/drm_gem.h>
`;

const GEM = (create: string) => `${HEAD}
static void fern_free(struct drm_gem_object *obj)
{
	struct fern_bo *bo = to_fern_bo(obj);

	kfree(bo->note);
	drm_gem_object_release(obj);
	kfree(bo);
}

static const struct drm_gem_object_funcs fern_funcs = { .free = fern_free };

int fern_create(struct drm_file *file, struct drm_device *dev, size_t size, u32 *handle)
{
	struct fern_bo *bo = kzalloc(sizeof(*bo), GFP_KERNEL);
	int ret;

	if (!bo)
		return -ENOMEM;
	bo->base.funcs = &fern_funcs;
	drm_gem_private_object_init(dev, &bo->base, size);
	ret = drm_gem_handle_create(file, &bo->base, handle);
	${create}
	return ret;
}
`;

const LIST = (fails: string) => `${HEAD}
struct fern_page { struct list_head l; void *data; };
struct fern_pool { struct mutex lock; struct list_head free; };

struct fern_page *fern_page_new(void)
{
	struct fern_page *p = kzalloc(sizeof(*p), GFP_KERNEL);

	if (!p)
		return NULL;
	p->data = kmalloc(64, GFP_KERNEL);
	if (!p->data) {
		kfree(p);
		return NULL;
	}
	return p;
}

int fern_fill(struct fern_pool *pool)
{
	struct fern_page *p = fern_page_new();

	if (!p)
		return -ENOMEM;
	mutex_lock(&pool->lock);
	list_add(&p->l, &pool->free);
	mutex_unlock(&pool->lock);
	return 0;
}
${fails}`;

/** An exporter whose object is looked up like this, and whose reservation is asserted in these ops. */
const SHARED = (lookup: string, inMap: string, inAttach = '') => `${HEAD}#include <linux/dma-buf.h>
#include <linux/dma-resv.h>
static int fern_attach(struct dma_buf *dmabuf, struct dma_buf_attachment *attach)
{
	${lookup}

	${inAttach}
	return fern_reachable(bo, attach->dev);
}

static struct sg_table *fern_map(struct dma_buf_attachment *attach, enum dma_data_direction dir)
{
	${lookup}

	${inMap}
	return fern_sgt(bo, attach->dev, dir);
}

static void fern_unmap(struct dma_buf_attachment *attach, struct sg_table *sgt, enum dma_data_direction dir)
{
	fern_sgt_free(sgt, attach->dev, dir);
}

const struct dma_buf_ops fern_dmabuf_ops = {
	.attach = fern_attach,
	.map_dma_buf = fern_map,
	.unmap_dma_buf = fern_unmap,
	.release = drm_gem_dmabuf_release,
};
`;
const BY_CAST = 'struct fern_bo *bo = attach->dmabuf->priv;';
const BY_CALL = 'struct fern_bo *bo = to_fern_bo(attach->dmabuf->priv);';

/** [what, C, `CODE function` of each finding] */
const CASES: readonly (readonly [string, string, readonly string[]])[] = [
  ['an object freed by its last reference', GEM('drm_gem_object_put(&bo->base);'), []],
  [
    'one whose reference is kept when it fails',
    GEM('if (!ret)\n\t\tdrm_gem_object_put(&bo->base);'),
    ['IL0301 fern_create'],
  ],
  ['an entry freed before it is on a list', LIST(''), []],
  [
    'a reservation two structs deep that the core holds',
    SHARED(BY_CAST, 'dma_resv_assert_held(bo->ttm.base.resv);'),
    [],
  ],
  ['the same behind an unseen function', SHARED(BY_CALL, 'dma_resv_assert_held(bo->base.resv);'), []],
  [
    'the same where the core holds none',
    SHARED(BY_CAST, '', 'dma_resv_assert_held(bo->ttm.base.resv);'),
    ['IL0105 fern_attach'],
  ],
  [
    'another lock of the same object, which nobody holds',
    SHARED(BY_CAST, 'lockdep_assert_held(&bo->fern->lock);'),
    ['IL0105 fern_map'],
  ],
  [
    'one freed on its list',
    LIST('void fern_drop(struct fern_page *p)\n{\n\tkfree(p->data);\n\tkfree(p);\n}'),
    ['IL0310 fern_drop'],
  ],
  [
    'a lock that an unseen function lets go of',
    `${HEAD}int fern_set(struct fern *f, int v) { mutex_lock(&f->lock); if (v < 0) { fern_unlock_all(f); return -EINVAL; } f->v = v; mutex_unlock(&f->lock); return 0; }`,
    [],
  ],
  [
    'one that nothing lets go of',
    `${HEAD}int fern_set(struct fern *f, int v) { mutex_lock(&f->lock); if (v < 0) { fern_note(f); return -EINVAL; } f->v = v; mutex_unlock(&f->lock); return v ? 0 : -EAGAIN; }`,
    ['IL0101 fern_set'],
  ],
  [
    'a member that may be an array of the object',
    `${HEAD}u64 *fern_pfns(unsigned long n) { struct fern_args *args = kzalloc(struct_size(args, p.phys, n), GFP_KERNEL); if (!args) return NULL; args->argc = n; return args->p.phys; }`,
    [],
  ],
  [
    'a struct filled in up to a member',
    `${HEAD}int fern_ioctl(unsigned long arg) { struct fern_map param; unsigned long minsz = offsetofend(struct fern_map, size); if (copy_from_user(&param, (void __user *)arg, minsz)) return -EFAULT; if (param.argsz < minsz || param.flags) return -EINVAL; return param.iova ? 0 : -EINVAL; }`,
    [],
  ],
  [
    'a condition that an unseen macro passes on',
    `${HEAD}int fern_ioctl(struct fern *f, u64 data) { struct fern_map param; int err = copy_from_user(&param, u64_to_user_ptr(data), sizeof(param)); if (FERN_IOCTL_DBG(f, err)) return -EFAULT; return param.iova ? 0 : -EINVAL; }`,
    [],
  ],
];

const engine = (async () => {
  const require = createRequire(import.meta.url);
  return createEngine({
    parser: readFileSync(require.resolve('web-tree-sitter/web-tree-sitter.wasm')),
    grammar: readFileSync(require.resolve('tree-sitter-c/tree-sitter-c.wasm')),
  });
})();

describe('code whose structs nobody shows', () => {
  it.each(CASES)('%s', async (_what, text, wanted) => {
    const report = (await engine).analyse({ path: 'drivers/gpu/drm/fern/fern.c', text });
    expect(report.findings.map((finding) => `${finding.code} ${finding.function}`)).toEqual(wanted);
  });
});
