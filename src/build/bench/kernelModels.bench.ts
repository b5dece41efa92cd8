/** What a run on the simulated kernel costs: reading the bundled declarations, allocations, array stores, fences. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { initParser } from '../../c/parser.ts';
import { createProgram } from '../../c/program.ts';
import { performKnownEffects } from '../../kernel/effects.ts';
import { bundledUnits, models } from '../../kernel/registry.ts';
import { createMachine } from '../../machine/machine.ts';

const require = createRequire(import.meta.url);

const TEXT = `#include <linux/dma-fence.h>
#include <linux/xarray.h>
static const char *name(struct dma_fence *f) { return "bench"; }
static const struct dma_fence_ops ops = { .get_driver_name = name, .get_timeline_name = name };
static DEFINE_SPINLOCK(lock);
int allocations(void) { int i; for (i = 0; i < 1000; i++) kfree(kzalloc(64, GFP_KERNEL)); return 0; }
int stores(void) { struct xarray xa; int i; xa_init(&xa); for (i = 0; i < 300; i++) xa_store(&xa, i, &xa, GFP_KERNEL); xa_destroy(&xa); return 0; }
int fences(void) { int i; for (i = 0; i < 300; i++) { struct dma_fence *f = kzalloc(sizeof(*f), GFP_KERNEL | __GFP_NOFAIL); dma_fence_init(f, &ops, &lock, 1, i); dma_fence_signal(f); dma_fence_wait(f, false); dma_fence_put(f); } return 0; }
`;

export async function bench(): Promise<string[]> {
  const parser = await initParser({
    parser: readFileSync(require.resolve('web-tree-sitter/web-tree-sitter.wasm')),
    grammar: readFileSync(require.resolve('tree-sitter-c/tree-sitter-c.wasm')),
  });
  const lines: string[] = [];
  const timed = <T>(label: string, count: number, run: () => T): T => {
    const start = performance.now();
    const value = run();
    const ms = performance.now() - start;
    lines.push(`${label}: ${ms.toFixed(1)} ms, ${((ms * 1000) / count).toFixed(1)} µs each`);
    return value;
  };
  const units = bundledUnits();
  const program = timed(`reading ${units.length} bundled units`, units.length, () =>
    createProgram(
      [
        { id: 0, path: 'bench.c', text: TEXT, origin: 'document' as const, fragment: false },
        ...units.map((unit, index) => ({ ...unit, id: index + 1 })),
      ],
      { parser },
    ),
  );
  const machine = createMachine(program, { models: [...models().values()], unknownEffects: performKnownEffects });
  for (const [entry, count] of [
    ['allocations', 1000],
    ['stores', 300],
    ['fences', 300],
  ] as const) {
    machine.run({ entry });
    timed(`${entry} (warm)`, count, () => machine.run({ entry }));
  }
  return lines;
}
