/** What the table of models says of sleeping and allocating is what the models do: each is called under a spinlock, and inside a notifier. */
import { beforeAll, expect, test } from 'vitest';
import { testProgram } from '../../test/kernelRuns.ts';
import type { Program } from '../c/ir.ts';
import { createMachine } from '../machine/machine.ts';
import type { MachineServices, ModelRequest, ModelResult, Scalar } from '../machine/model.ts';
import { models, SUBSYSTEMS } from './registry.ts';
import type { Effects } from './subsystem.ts';

const ENTER = `#include <linux/spinlock.h>
#include <linux/mmu_notifier.h>
extern struct lockdep_map __mmu_notifier_invalidate_range_start_map;
static DEFINE_SPINLOCK(lock);
void atomic(void) { spin_lock(&lock); }
void notifier(void) { lock_map_acquire(&__mmu_notifier_invalidate_range_start_map); }
`;

/** Called by bundled code or by scenarios only, or sleeping for some arguments that an open one does not stand for. */
const EXEMPT = new Set([
  '__interlock_drm_managed_release',
  '__interlock_device_unbind',
  '__dma_fence_await',
  '__dma_resv_unseen_wait',
  '__kthread_worker_idle',
  '__exporter_table',
  '__exporter_table_free',
  '__exporter_memory',
  // Only of memory from vmalloc.
  'kvfree',
  'kvfree_sensitive',
  // Only with interrupts off (WARN_ON in dma_free_attrs).
  'dma_free_attrs',
  // As the facts table them; nothing in them does.
  'sync_file_get_fence',
  // Without mmap_lock, or a link, nothing is asked for.
  'get_user_pages',
  'pin_user_pages',
  'get_user_pages_remote',
  'pin_user_pages_remote',
  'ual_iova_try_alloc',
  'iommu_attach_device',
  'iommu_detach_device',
]);

let program: Program;
beforeAll(async () => {
  program = await testProgram(ENTER);
});

/** Rules told when the function is called with open arguments inside what `enter` enters; `answers`: a bit per question. */
function told(name: string, enter: string, answers: number): readonly string[] {
  const machine = createMachine(program, { models: [...models().values()] });
  const [function_, entering] = [program.function(name), program.function(enter)];
  if (function_ === null || entering === null) return [];
  let asked = 0;
  const script = function* (services: MachineServices): Generator<ModelRequest, ModelResult, Scalar> {
    yield { kind: 'call', target: entering, args: [], why: 'context' };
    const args = function_.type.parameters.map((type, i) => services.unknown(type, `parameter ${i}`));
    yield { kind: 'call', target: function_, args, why: 'call' };
    return undefined;
  };
  const { trace } = machine.play(script, {
    steps: 5_000,
    strategy: (decision) => {
      const other = asked < 4 && (answers & (1 << asked)) !== 0;
      asked++;
      return other ? Math.min(1, decision.options.length - 1) : decision.standard;
    },
  });
  return trace.flatMap((event) => (event.kind === 'report' ? [`${event.rule} ${event.message}`] : []));
}

function some(name: string, enter: string, pattern: RegExp, variants: number): boolean {
  for (let answers = 0; answers < variants; answers++)
    if (told(name, enter, answers).some((line) => pattern.test(line))) return true;
  return false;
}

const SLEEPS = /^sleeping-in-atomic/;
const RECLAIMS = /fs_reclaim|mmu_notifier_invalidate_range_start/;

/** Names of models with these effects. */
function having(wanted: (effects: Effects) => boolean): string[] {
  return SUBSYSTEMS.flatMap((subsystem) => subsystem.models)
    .filter(({ name, effects }) => wanted(effects) && !EXEMPT.has(name))
    .map(({ name }) => name);
}

test('models that sleep say so under a spinlock', () => {
  const names = having(({ sleeps }) => sleeps === 'yes');
  expect(names.length).toBeGreaterThan(150);
  expect(names.filter((name) => !some(name, 'atomic', SLEEPS, 8))).toEqual([]);
});

test('those that do not sleep are quiet there', () => {
  const names = having(({ sleeps }) => sleeps === 'no');
  expect(names.length).toBeGreaterThan(400);
  expect(names.filter((name) => some(name, 'atomic', SLEEPS, 1))).toEqual([]);
});

test('models that allocate with GFP_KERNEL are told inside a notifier', () => {
  const names = having(({ allocates }) => allocates === 'GFP_KERNEL');
  expect(names.filter((name) => !some(name, 'notifier', RECLAIMS, 8))).toEqual([]);
});
