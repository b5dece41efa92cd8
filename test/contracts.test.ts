/** What a patch documents about an op decides how the op is called and judged, also against the bundled table. */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Engine } from '../src/analysis/engine.ts';
import { engineForTests } from './engine.ts';

const root = path.resolve(path.dirname(new URL(import.meta.url).pathname), '..');
let engine: Engine;
beforeAll(async () => {
  engine = await engineForTests();
});

const driver = (context: string): string => `
struct drm_pagemap_ops {
	/**
	 * @device_iova_alloc: Allocate a range (required)
	 *
	 * ${context}
	 */
	void *(*device_iova_alloc)(struct drm_pagemap *dpagemap, struct device *dev, size_t length,
				   enum dma_data_direction dir);
	void (*device_iova_free)(struct drm_pagemap *dpagemap, struct device *dev, size_t length, void *cookie);
};

static void *sample_alloc(struct drm_pagemap *dpagemap, struct device *dev, size_t length,
			  enum dma_data_direction dir)
{
	return kzalloc(64, GFP_KERNEL);
}

static void sample_free(struct drm_pagemap *dpagemap, struct device *dev, size_t length, void *cookie)
{
	kfree(cookie);
}

const struct drm_pagemap_ops sample_ops = {
	.device_iova_alloc = sample_alloc,
	.device_iova_free = sample_free,
};
`;

describe('documented contracts', () => {
  it.each([
    ['Context: Reclaim safe.', ['IL0201']],
    ['Context: Process context. May sleep.', []],
    ['Context: Reclaim unsafe, maybe take dma-resv locks.', []],
    ['A note without a context.', []],
  ])('%s', (context, codes) => {
    const report = engine.analyse({ path: 'sample.c', text: driver(context) });
    expect(report.findings.map((finding) => finding.code)).toEqual(codes);
    expect(report.documented.map((op) => op.context)).toEqual(
      context.startsWith('Context: ') ? [context.slice('Context: '.length)] : [],
    );
    if (codes.length > 0)
      expect(report.findings[0]?.documented).toContain(
        '"Reclaim safe." (kernel-doc of `device_iova_alloc` in this document)',
      );
  });

  const pages: [string, string[]][] = [
    [
      'examples/mail/ops-header-archive-page.txt',
      ['range_prepare: process context, may sleep, takes dma-resv', 'range_finish: reclaim safe, must not sleep'],
    ],
  ];
  const shared = '../shared/seeds/000_8b44722c38653d0e.txt';
  if (existsSync(path.join(root, shared))) {
    pages.push([
      shared,
      [
        'device_iova_alloc: reclaim unsafe, takes dma-resv',
        'device_iova_free: reclaim unsafe, takes dma-resv',
        'device_iova_link: reclaim safe',
        'device_iova_sync: reclaim safe',
        'device_iova_unlink: reclaim safe',
      ],
    ]);
  } else console.log(`${shared} is not beside this checkout: only the project's own page is read`);

  it.each(pages)('are read from an archive page of the patch that declares the ops: %s', (page, expected) => {
    const { documented } = engine.analyse({ path: page, text: readFileSync(path.join(root, page), 'utf8') });
    expect(documented.map((op) => `${op.member}: ${op.facts.join(', ')}`)).toEqual(expected);
  });
});
