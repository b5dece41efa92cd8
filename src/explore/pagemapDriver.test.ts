/** Whose layout a table of pagemap ops works on. */
import { expect, it } from 'vitest';
import { testProgram } from '../../test/kernelRuns.ts';
import { findOpsTables } from '../contracts/opsTables.ts';
import { pagemapDriver } from './pagemapDriver.ts';

const PARAMETERS =
  'struct drm_pagemap *dp, struct device *dev, struct page *page, unsigned int order, enum dma_data_direction dir';
const RESULT = 'struct drm_pagemap_addr';

/** A document whose op has this name and body, after these functions. */
function document(name: string, body: string, before = ''): string {
  return `#include <drm/drm_pagemap.h>
u64 xe_page_to_dpa(struct page *page); u64 yak_page_to_dpa(struct page *page);
${before}
static ${RESULT} ${name}(${PARAMETERS}) { u64 at = 0; ${body} return drm_pagemap_addr_encode(at, DRM_INTERCONNECT_DRIVER, order, dir); }
const struct drm_pagemap_ops table = { .device_map = ${name} };
`;
}

it.each([
  ['an op of Xe by its name', document('xe_drm_pagemap_device_map', ''), 'xe'],
  ['an op that calls Xe directly', document('yak_map', 'at = xe_page_to_dpa(page);'), 'xe'],
  [
    'through a function of its own',
    document('yak_map', 'at = to(page);', 'static u64 to(struct page *page) { return xe_page_to_dpa(page); }'),
    'xe',
  ],
  ['through a pointer to it', document('yak_map', 'u64 (*to)(struct page *) = xe_page_to_dpa; at = to(page);'), 'xe'],
  ['an op of another driver', document('yak_map', 'at = yak_page_to_dpa(page);'), 'other'],
  ['a name that only contains it', document('axe_map', 'at = yak_page_to_dpa(page);'), 'other'],
])('%s', async (_what, text, driver) => {
  const [table] = findOpsTables(await testProgram(text));
  expect(table === undefined ? null : pagemapDriver(table)).toBe(driver);
});
