/** A DRM device from its allocation to its last put: C text in, findings out. */
import { describe } from 'vitest';
import { type Case, runCases } from '../../../test/kernelCases.ts';

const INCLUDES = `#include <drm/drm_drv.h>
#include <drm/drm_managed.h>
#include <linux/slab.h>
#include <linux/err.h>
struct card { int id; struct drm_device drm; int *table; };
static struct device board; static const struct drm_driver driver; static int gone;
static void tell(struct drm_device *drm, void *data) { gone += container_of(drm, struct card, drm)->id; }
void __interlock_device_unbind(struct device *dev);
`;

/** A device and what is done with it; the last reference is the parent's. */
function card(body: string): string {
  return `int test(void) { struct device *parent = &board; device_initialize(parent); struct card *c = devm_drm_dev_alloc(parent, &driver, struct card, drm); if (IS_ERR(c)) return PTR_ERR(c); c->id = 7; ${body} }`;
}

const CASES: readonly Case[] = [
  {
    name: 'it lives as long as its parent is bound, and nothing is left then',
    text: card('if (c->drm.dev != parent) return -1; __interlock_device_unbind(parent); return 0;'),
    value: '0',
  },
  {
    name: 'managed memory and actions end with it, before its own memory',
    text: card(
      'c->table = drmm_kcalloc(&c->drm, 4, sizeof(int), GFP_KERNEL | __GFP_NOFAIL); if (drmm_add_action_or_reset(&c->drm, tell, NULL)) return -1; __interlock_device_unbind(parent); return gone;',
    ),
    value: '7',
  },
  {
    name: 'a reference keeps it beyond the unbinding',
    text: card(
      'drm_dev_get(&c->drm); __interlock_device_unbind(parent); int id = c->id; drm_dev_put(&c->drm); return id;',
    ),
    value: '7',
  },
  {
    name: 'used after the last put',
    text: card('__interlock_device_unbind(parent); return c->id;'),
    findings: [/^fault use-after-free/],
  },
  {
    name: 'what it manages is used after the last put',
    text: card(
      'int *t = drmm_kzalloc(&c->drm, 16, GFP_KERNEL | __GFP_NOFAIL); __interlock_device_unbind(parent); return t[0];',
    ),
    findings: [/^fault use-after-free/],
  },
  {
    name: 'put once more than got',
    text: card('drm_dev_put(&c->drm); __interlock_device_unbind(parent); return 0;'),
    findings: [/use-after-free|refcount/],
  },
  {
    name: 'freed by hand although it manages itself',
    text: card('kfree(c); __interlock_device_unbind(parent); return 0;'),
    findings: [/use-after-free|double-free/],
  },
  { name: 'no memory for it', text: card('return 0;'), run: { choose: ['kzalloc'] }, value: '-12' },
  { name: 'no memory for its end', text: card('return 0;'), run: { choose: ['drmm_add_action'] }, value: '-12' },
  {
    name: 'an action released early is not run again',
    text: card(
      'if (drmm_add_action(&c->drm, tell, NULL)) return -1; drmm_release_action(&c->drm, tell, NULL); __interlock_device_unbind(parent); return gone;',
    ),
    value: '7',
  },
  {
    name: 'without a parent that puts it: the caller does',
    text: 'int test(void) { struct device *parent = &board; device_initialize(parent); struct drm_device *drm = drm_dev_alloc(&driver, parent); if (IS_ERR(drm)) return PTR_ERR(drm); drm_dev_put(drm); return 0; }',
    value: '0',
  },
  {
    name: 'or it leaks',
    text: 'int test(void) { struct device *parent = &board; device_initialize(parent); struct drm_device *drm = drm_dev_alloc(&driver, parent); return IS_ERR(drm) ? PTR_ERR(drm) : 0; }',
    value: '0',
    leaks: [/kzalloc/],
  },
];

describe('the life of a DRM device', () => {
  runCases(INCLUDES, CASES);
});
