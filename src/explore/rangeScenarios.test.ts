/** What the core's calling sequence tells of a driver's answers: each variant of a right driver changes one text, and one rule says so. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { describe, expect, it } from 'vitest';
import { initParser } from '../c/parser.ts';
import { createProgram } from '../c/program.ts';
import type { SourceUnit } from '../c/source.ts';
import { findOpsTables } from '../contracts/opsTables.ts';
import { bundledUnits, models } from '../kernel/registry.ts';
import { Runner } from './runner.ts';
import { scenariosOf } from './scenarios.ts';
import { search } from './search.ts';

const RIGHT = `#include <drm/drm_pagemap.h>
static struct drm_pagemap_addr lumen_map(struct drm_pagemap *dpagemap, struct device *dev, struct page *page, unsigned int order, enum dma_data_direction dir)
{
	dma_addr_t addr = dma_map_resource(dev, xe_page_to_pcie(page), PAGE_SIZE << order, dir, DMA_ATTR_SKIP_CPU_SYNC);

	return drm_pagemap_addr_encode(addr, 2, order, dir);
}
static void lumen_unmap(struct drm_pagemap *dpagemap, struct device *dev, const struct drm_pagemap_addr *addr)
{
	dma_unmap_resource(dev, addr->addr, PAGE_SIZE << addr->order, addr->dir, DMA_ATTR_SKIP_CPU_SYNC);
}
static const struct drm_pagemap_ops lumen_ops = { .device_map = lumen_map, .device_unmap = lumen_unmap };
`;

/** [what, text, its replacement, rules of the pagemap ledger in the first run of each scenario] */
const VARIANTS: readonly (readonly [string, string, string, readonly string[]])[] = [
  ['everything right', '', '', []],
  ['order 0 for every block', 'addr, 2, order, dir', 'addr, 2, 0, dir', ['pagemap-map-order']],
  ['another direction', 'addr, 2, order, dir', 'addr, 2, order, DMA_FROM_DEVICE', ['pagemap-map-direction']],
  ['as system memory', 'addr, 2, order, dir', 'addr, 0, order, dir', ['pagemap-map-protocol']],
];

async function rulesOf(text: string): Promise<{ rules: readonly string[]; questions: readonly string[] }> {
  const require = createRequire(import.meta.url);
  const parser = await initParser({
    parser: readFileSync(require.resolve('web-tree-sitter/web-tree-sitter.wasm')),
    grammar: readFileSync(require.resolve('tree-sitter-c/tree-sitter-c.wasm')),
  });
  const document: SourceUnit = { id: 0, path: 'drivers/gpu/drm/lumen.c', text, origin: 'document', fragment: false };
  const bundled = bundledUnits().map((unit, index): SourceUnit => ({ ...unit, id: index + 1 }));
  const program = createProgram([document, ...bundled], { parser });
  const runner = new Runner(program, models());
  const rules = new Set<string>();
  const questions = new Set<string>();
  for (const scenario of findOpsTables(program).flatMap((table) => scenariosOf(table))) {
    if (!scenario.name.startsWith('range-life')) continue;
    search({ maxRuns: 200, maxDeviations: 2 }, (decisions) => {
      const run = runner.run(scenario, decisions);
      expect(run.outcome).toBe('returned');
      for (const event of run.trace) if (event.kind === 'report') rules.add(event.rule);
      for (const decision of run.decisions) questions.add(decision.question);
      return run.decisions;
    });
  }
  return { rules: [...rules], questions: [...questions] };
}

describe('a range of large blocks', () => {
  it.each(VARIANTS)('%s', async (_what, from, to, rules) => {
    expect(RIGHT).toContain(from);
    const found = await rulesOf(RIGHT.replace(from, to));
    expect(found.rules.filter((rule) => rule.startsWith('pagemap-'))).toEqual(rules);
    if (rules.length === 0) expect(found.rules).toEqual([]);
  });

  it('asks whether a notifier came between', async () => {
    expect((await rulesOf(RIGHT)).questions).toContain(
      'mmu_interval_read_retry(): was the range invalidated meanwhile?',
    );
  });
});
