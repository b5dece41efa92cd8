/** Objects of anonymous memory that a driver's own function makes, which the document does not show: what is around them is the driver's. */
import { describe, expect, it } from 'vitest';
import { engineForTests } from '../../../test/engine.ts';

const HEAD = `#include <drm/drm_gem_shmem_helper.h>
#include <linux/mutex.h>
#include <linux/slab.h>
struct wren_bo { struct drm_gem_shmem_object base; struct mutex lock; bool used; };
static void wren_use(struct wren_bo *bo)
{
	mutex_lock(&bo->lock);
	bo->used = true;
	mutex_unlock(&bo->lock);
}
`;

/** [what, C, `CODE function` of each finding] */
const CASES: readonly (readonly [string, string, readonly string[]])[] = [
  [
    'a lock that the driver’s gem_create_object initialises',
    `int wren_new(struct drm_device *dev)
{
	struct drm_gem_shmem_object *shmem = drm_gem_shmem_create(dev, PAGE_SIZE);

	if (IS_ERR(shmem))
		return PTR_ERR(shmem);
	wren_use(container_of(shmem, struct wren_bo, base));
	drm_gem_object_put(&shmem->base);
	return 0;
}
`,
    [],
  ],
  [
    'a lock that nobody initialises',
    `int wren_new(struct drm_device *dev, struct wren_bo **out)
{
	struct wren_bo *bo = kzalloc(sizeof(*bo), GFP_KERNEL);
	int ret;

	if (!bo)
		return -ENOMEM;
	ret = drm_gem_shmem_init(dev, &bo->base, PAGE_SIZE);
	if (ret) {
		kfree(bo);
		return ret;
	}
	wren_use(bo);
	*out = bo;
	return 0;
}
`,
    ['IL0107 wren_use'],
  ],
  [
    'pages that the driver’s own free gives back',
    `int wren_new(struct drm_device *dev)
{
	struct drm_gem_shmem_object *shmem = drm_gem_shmem_create(dev, PAGE_SIZE);
	int ret;

	if (IS_ERR(shmem))
		return PTR_ERR(shmem);
	ret = drm_gem_shmem_pin(shmem);
	drm_gem_object_put(&shmem->base);
	return ret;
}
`,
    [],
  ],
  [
    'an object that an exit forgets',
    `int wren_new(struct drm_device *dev, bool pinned)
{
	struct drm_gem_shmem_object *shmem = drm_gem_shmem_create(dev, PAGE_SIZE);
	int ret;

	if (IS_ERR(shmem))
		return PTR_ERR(shmem);
	ret = drm_gem_shmem_pin(shmem);
	if (ret)
		return ret;
	drm_gem_shmem_unpin(shmem);
	drm_gem_object_put(&shmem->base);
	return 0;
}
`,
    ['IL0301 wren_new'],
  ],
];

describe('objects made by a driver nobody shows', () => {
  it.each(CASES)('%s', async (_what, text, expected) => {
    const engine = await engineForTests();
    const { findings } = engine.analyse({ path: 'wren_gem.c', text: HEAD + text });
    expect([...new Set(findings.map((each) => `${each.code} ${each.function}`))]).toEqual(expected);
  });
});
