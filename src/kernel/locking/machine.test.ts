/** Lock functions called from C, on the real machine: text in, reports by line out. */
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { type CParser, initParser } from '../../c/parser.ts';
import { createProgram } from '../../c/program.ts';
import type { SourceUnit } from '../../c/source.ts';
import { createMachine, type Machine, type RunOptions, type RunResult } from '../../machine/machine.ts';
import { debug_check_no_locks_freed } from './context.ts';
import { lockingSubsystem } from './index.ts';

const here = path.dirname(fileURLToPath(import.meta.url));
const require = createRequire(import.meta.url);
let parser: CParser;

beforeAll(async () => {
  parser = await initParser({
    parser: readFileSync(require.resolve('web-tree-sitter/web-tree-sitter.wasm')),
    grammar: readFileSync(require.resolve('tree-sitter-c/tree-sitter-c.wasm')),
  });
});

function bundled(withBodies: boolean): { readonly path: string; readonly text: string }[] {
  const folder = path.join(here, '../base');
  const base = readdirSync(folder)
    .filter((file) => file.endsWith('.h'))
    .map((file) => ({ path: `include/linux/${file}`, text: readFileSync(path.join(folder, file), 'utf8') }));
  return [...base, ...lockingSubsystem.declarations.filter((file) => withBodies || !file.path.endsWith('.c'))];
}

/** A machine for a document on the bundled declarations (with the bodies of drm_exec when asked). */
function machineOf(document: string, withBodies = false): { readonly machine: Machine; readonly unit: number } {
  const files = bundled(withBodies);
  const units: SourceUnit[] = files.map(({ path: file, text }, id) => ({
    id,
    path: file,
    text,
    origin: 'bundled',
    fragment: false,
  }));
  const unit = units.length;
  units.push({ id: unit, path: 'drivers/x.c', text: document, origin: 'document', fragment: false });
  const machine = createMachine(createProgram(units, { parser }), { models: lockingSubsystem.models });
  return { machine, unit };
}

/** Reports and faults as `line: rule message`, and how the run ended if not by returning. */
function told(result: RunResult, document: string, unit: number): string[] {
  const lineOf = (offset: number) => document.slice(0, offset).split('\n').length;
  const lines = result.trace.flatMap((event) => {
    if (event.kind !== 'report' && event.kind !== 'fault' && event.kind !== 'unsupported') return [];
    const line = event.at?.span.unit === unit ? lineOf(event.at.span.start) : '?';
    const what = event.kind === 'report' ? event.rule : event.kind === 'fault' ? event.fault : 'unsupported';
    return [`${line}: ${what} ${event.message}`];
  });
  if (result.outcome !== 'returned') lines.push(`ended: ${result.outcome}`);
  return lines;
}

/** Runs `f` of a document with unknown arguments. */
function reports(document: string, options: RunOptions = {}): string[] {
  const { machine, unit } = machineOf(document);
  const symbol = machine.services.program.function('f', unit);
  const args = (symbol?.type.parameters ?? []).map((type, i) => machine.services.unknown(type, `parameter ${i}`));
  return told(machine.run({ entry: symbol ?? 'f', args, ...options }), document, unit);
}

/** Runs with every list of decisions, depth first, up to a bound; how many there were. */
function everyRun(run: (decisions: readonly number[]) => RunResult, bound: number): number {
  let decisions: number[] = [];
  for (let count = 1; ; count++) {
    const made = run(decisions).decisions.map((decision) => ({
      chosen: decision.chosen,
      options: decision.options.length,
    }));
    let at = made.length - 1;
    while (at >= 0 && (made[at]?.chosen ?? 0) + 1 >= (made[at]?.options ?? 0)) at--;
    if (at < 0 || count === bound) return count;
    decisions = made.slice(0, at).map((decision) => decision.chosen);
    decisions.push((made[at]?.chosen ?? 0) + 1);
  }
}

const VM = `struct vm { int x; struct mutex lock; struct rw_semaphore sem; spinlock_t list_lock; };
`;

describe('C code with locks', () => {
  it.each<readonly [string, string, readonly string[]]>([
    [
      'balanced',
      `${VM}void f(struct vm *vm) {\n mutex_lock(&vm->lock);\n spin_lock(&vm->list_lock);\n vm->x = 1;\n spin_unlock(&vm->list_lock);\n mutex_unlock(&vm->lock);\n}`,
      [],
    ],
    [
      'mutex under spinlock',
      `${VM}void f(struct vm *vm) {\n spin_lock(&vm->list_lock);\n mutex_lock(&vm->lock);\n mutex_unlock(&vm->lock);\n spin_unlock(&vm->list_lock);\n}`,
      ['4: sleeping-in-atomic `mutex_lock` may sleep, but the task is in atomic context (`spin_lock(&vm->list_lock)`)'],
    ],
    [
      'two orders',
      `${VM}void f(struct vm *vm) {\n mutex_lock(&vm->lock);\n down_read(&vm->sem);\n up_read(&vm->sem);\n mutex_unlock(&vm->lock);\n down_write(&vm->sem);\n mutex_lock(&vm->lock);\n mutex_unlock(&vm->lock);\n up_write(&vm->sem);\n}`,
      ['8: circular-locking taking `&vm->lock` under `&vm->sem` reverses a known order'],
    ],
    [
      'the same member of two objects is one class',
      `${VM}void f(struct vm *a, struct vm *b) {\n mutex_lock(&a->lock);\n mutex_lock(&b->lock);\n mutex_unlock(&b->lock);\n mutex_unlock(&a->lock);\n}`,
      ['4: recursive-locking `&vm->lock` is taken while a lock of its class is held'],
    ],
    [
      'unless nested',
      `${VM}void f(struct vm *a, struct vm *b) {\n mutex_lock(&a->lock);\n mutex_lock_nested(&b->lock, SINGLE_DEPTH_NESTING);\n mutex_unlock(&b->lock);\n mutex_unlock(&a->lock);\n}`,
      [],
    ],
    [
      'one init site, one name',
      `${VM}void f(void) {\n struct vm v;\n mutex_init(&v.lock);\n mutex_lock(&v.lock);\n mutex_unlock(&v.lock);\n mutex_unlock(&v.lock);\n}`,
      ['7: bad-unlock-balance `&v.lock` is released but not held'],
    ],
    [
      'a static lock',
      `static DEFINE_MUTEX(big_lock);\nvoid f(void) {\n mutex_unlock(&big_lock);\n}`,
      ['3: bad-unlock-balance `big_lock` is released but not held'],
    ],
    [
      'a lock taken twice never comes',
      `static DEFINE_MUTEX(big_lock);\nvoid f(void) {\n mutex_lock(&big_lock);\n mutex_lock(&big_lock);\n}`,
      ['4: recursive-locking `big_lock` is taken while a lock of its class is held', 'ended: deadlock'],
    ],
    [
      'guards',
      `${VM}int f(struct vm *vm) {\n guard(mutex)(&vm->lock);\n scoped_guard(spinlock, &vm->list_lock) {\n  vm->x = 1;\n }\n return vm->x;\n}`,
      [],
    ],
    [
      'a guard is left on every path',
      `${VM}static int g(struct vm *vm) {\n guard(mutex)(&vm->lock);\n if (vm->x) return 1;\n return 2;\n}\nint f(struct vm *vm) {\n g(vm);\n return g(vm);\n}`,
      [],
    ],
    [
      'irqsave in a guard',
      `${VM}void f(struct vm *vm) {\n scoped_guard(spinlock_irqsave, &vm->list_lock) {\n  might_sleep();\n }\n might_sleep();\n}`,
      [
        '4: sleeping-in-atomic `might_sleep` may sleep, but the task is in atomic context (`spin_lock(&vm->list_lock)`)',
      ],
    ],
    [
      'assertions',
      `${VM}void f(struct vm *vm) {\n lockdep_assert_held(&vm->lock);\n down_read(&vm->sem);\n lockdep_assert_held_write(&vm->sem);\n up_read(&vm->sem);\n}`,
      [
        '3: lock-assertion `&vm->lock` must be held here, but is not held',
        '5: lock-assertion `&vm->sem` must be held for write here, but is held for read',
      ],
    ],
    [
      'RCU',
      `struct s { int __rcu *p; };\nint f(struct s *s) {\n int *p;\n p = rcu_dereference(s->p);\n rcu_read_lock();\n p = rcu_dereference(s->p);\n might_sleep();\n rcu_read_unlock();\n return 0;\n}`,
      [
        '4: suspicious-rcu `rcu_dereference` outside an RCU reader',
        '7: sleeping-in-atomic `might_sleep` may sleep, but the task is in an RCU reader (`rcu_read_lock()`)',
      ],
    ],
    [
      'reclaim scopes',
      `void f(void) {\n unsigned int a = memalloc_nofs_save();\n unsigned int b = memalloc_noio_save();\n memalloc_nofs_restore(a);\n memalloc_noio_restore(b);\n}`,
      [
        '4: memalloc-scope-imbalance `memalloc_nofs_restore()` ends its scope before the inner one of `memalloc_noio_save()`',
      ],
    ],
    [
      'might_alloc under a lock that reclaim takes',
      `${VM}void f(struct vm *vm) {\n fs_reclaim_acquire(GFP_KERNEL);\n might_lock(&vm->lock);\n fs_reclaim_release(GFP_KERNEL);\n mutex_lock(&vm->lock);\n might_alloc(GFP_KERNEL);\n mutex_unlock(&vm->lock);\n}`,
      ['7: circular-locking `might_alloc` with GFP_KERNEL under `&vm->lock` can wait for `&vm->lock` itself'],
    ],
    [
      'a NULL lock',
      'void f(void) {\n mutex_lock((struct mutex *)0);\n}',
      ['2: null-dereference `mutex_lock` on a lock that is no object'],
    ],
    [
      'out of order',
      `${VM}void f(struct vm *vm) {\n mutex_lock(&vm->lock);\n down_read(&vm->sem);\n mutex_unlock(&vm->lock);\n up_read(&vm->sem);\n}`,
      [],
    ],
    [
      'trylock and its failure',
      `${VM}int f(struct vm *vm) {\n if (!mutex_trylock(&vm->lock))\n  return 1;\n mutex_unlock(&vm->lock);\n return 0;\n}`,
      [],
    ],
    [
      'ww',
      `static DEFINE_WW_CLASS(my_class);\nvoid f(struct ww_mutex *a) {\n struct ww_acquire_ctx ctx;\n ww_mutex_init(a, &my_class);\n ww_acquire_init(&ctx, &my_class);\n ww_mutex_lock(a, &ctx);\n ww_acquire_done(&ctx);\n ww_acquire_fini(&ctx);\n}`,
      [
        '8: nest-lock-not-held `my_class_mutex` is nested under a lock that is not held',
        '8: ww-misuse `ww_acquire_fini` with 1 lock of the context still held',
      ],
    ],
  ])('%s', (_title, document, expected) => {
    expect(reports(document)).toEqual(expected);
  });
});

describe('several tasks', () => {
  const ABBA = `static DEFINE_MUTEX(a_lock);
static DEFINE_MUTEX(b_lock);
void one(void) { mutex_lock(&a_lock); mutex_lock(&b_lock); mutex_unlock(&b_lock); mutex_unlock(&a_lock); }
void two(void) { mutex_lock(&b_lock); mutex_lock(&a_lock); mutex_unlock(&a_lock); mutex_unlock(&b_lock); }
`;
  it('opposite orders: told in every schedule, stuck in some, both tasks named', () => {
    const { machine, unit } = machineOf(ABBA);
    let stuck = 0;
    const runs = everyRun((decisions) => {
      const result = machine.play(
        function* (m) {
          for (const name of ['one', 'two']) {
            const target = m.program.function(name, unit);
            if (target !== null) m.spawn(name, target, []);
          }
          yield { kind: 'yield', at: 'started' };
          return 0;
        },
        { decisions },
      );
      const lines = told(result, ABBA, unit);
      expect(lines.some((line) => line.includes('circular-locking'))).toBe(true);
      const deadlocks = result.trace.filter((event) => event.kind === 'report' && event.rule === 'deadlock');
      const waiting = result.waiting.map((task) => task.name).sort();
      expect(deadlocks).toHaveLength(waiting.length === 2 ? 1 : 0);
      if (waiting.length === 2) {
        stuck++;
        expect(waiting).toEqual(['one', 'two']);
        const event = deadlocks[0];
        const places = event?.kind === 'report' ? event.related.filter((related) => related.at !== null) : [];
        expect(new Set(places.map((place) => place.at?.function))).toEqual(new Set(['one', 'two']));
      }
      return result;
    }, 500);
    expect(runs).toBeGreaterThan(5);
    expect(stuck).toBeGreaterThan(0);
  });

  it('the same run twice gives the same trace', () => {
    const { machine, unit } = machineOf(ABBA);
    const play = () =>
      JSON.stringify(
        machine.play(
          function* (m) {
            const target = m.program.function('one', unit);
            if (target !== null) yield { kind: 'call', target, args: [], why: 'test' };
            return 0;
          },
          { decisions: [] },
        ).trace,
      );
    expect(play()).toBe(play());
  });
});

describe('drm_exec', () => {
  const GEM = `
struct dma_resv { struct ww_mutex lock; };
struct drm_gem_object { int refs; struct dma_resv *resv; struct dma_resv _resv; };
DEFINE_WD_CLASS(reservation_ww_class);
static void *slots[64];
void *kvmalloc_array(size_t n, size_t size, gfp_t gfp) { might_alloc(gfp); return slots; }
void kvfree(const void *p) { }
void drm_gem_object_get(struct drm_gem_object *o) { o->refs++; }
void drm_gem_object_put(struct drm_gem_object *o) { if (o) o->refs--; }
int dma_resv_lock(struct dma_resv *o, struct ww_acquire_ctx *c) { return ww_mutex_lock(&o->lock, c); }
int dma_resv_lock_interruptible(struct dma_resv *o, struct ww_acquire_ctx *c) { return ww_mutex_lock_interruptible(&o->lock, c); }
void dma_resv_lock_slow(struct dma_resv *o, struct ww_acquire_ctx *c) { ww_mutex_lock_slow(&o->lock, c); }
int dma_resv_lock_slow_interruptible(struct dma_resv *o, struct ww_acquire_ctx *c) { return ww_mutex_lock_slow_interruptible(&o->lock, c); }
void dma_resv_unlock(struct dma_resv *o) { ww_mutex_unlock(&o->lock); }
int dma_resv_reserve_fences(struct dma_resv *o, unsigned int n) { lockdep_assert_held(&o->lock.base); return 0; }
static struct drm_gem_object a, b, c;
static void init(struct drm_gem_object *o) { o->refs = 1; o->resv = &o->_resv; ww_mutex_init(&o->_resv.lock, &reservation_ww_class); }
`;
  const GOOD = `${GEM}
int f(void) {
 struct drm_exec exec;
 struct drm_gem_object *all[] = { &a, &b, &c };
 int i, ret = 0;
 init(&a); init(&b); init(&c);
 drm_exec_init(&exec, DRM_EXEC_INTERRUPTIBLE_WAIT, 0);
 drm_exec_until_all_locked(&exec) {
  for (i = 0; i < 3; i++) {
   ret = drm_exec_prepare_obj(&exec, all[i], 1);
   drm_exec_retry_on_contention(&exec);
   if (ret)
    goto out;
  }
 }
out:
 drm_exec_fini(&exec);
 return a.refs * 100 + b.refs * 10 + c.refs + (ret ? 1000 : 0);
}
`;
  it('locks all, backs off, is interrupted: every history ends with nothing held and no reference lost', () => {
    const { machine, unit } = machineOf(GOOD, true);
    const values = new Set<string>();
    const runs = everyRun((decisions) => {
      const result = machine.run({ entry: 'f', decisions });
      expect(told(result, GOOD, unit)).toEqual([]);
      values.add(String(result.value));
      return result;
    }, 2000);
    expect([...values].sort()).toEqual(['111', '1111']);
    expect(runs).toBeGreaterThan(20);
  });

  it('-EDEADLK stays inside the loop, unless the retry is forgotten', () => {
    const results = (document: string): ReadonlySet<string> => {
      const { machine } = machineOf(document.replace(/return a\.refs[^;]*;/, 'return ret;'), true);
      const values = new Set<string>();
      everyRun((decisions) => {
        const result = machine.run({ entry: 'f', decisions });
        values.add(String(result.value));
        return result;
      }, 500);
      return values;
    };
    expect(results(GOOD)).toEqual(new Set(['0', '-4']));
    expect(results(GOOD.replace('drm_exec_retry_on_contention(&exec);', ''))).toEqual(new Set(['0', '-4', '-35']));
  });
});

describe('freed locks', () => {
  it('a held lock freed, and a lock used in freed memory', () => {
    const document = `${VM}void lock(struct vm *vm) {\n mutex_lock(&vm->lock);\n}\nvoid unlock(struct vm *vm) {\n mutex_unlock(&vm->lock);\n}`;
    const { machine, unit } = machineOf(document);
    const result = machine.play(function* (m) {
      const type = m.program.type('struct vm');
      const size = type?.kind === 'struct' ? type.size : 0;
      const vm = m.allocate(size, { label: 'vm', content: 'unknown', at: null, ...(type === null ? {} : { type }) });
      for (const name of ['lock', 'free', 'unlock']) {
        const target = m.program.function(name, unit);
        if (target !== null) yield { kind: 'call', target, args: [vm], why: name };
        else if (!debug_check_no_locks_freed(m, vm, size) || m.free(vm, null)) continue;
      }
      return 0;
    });
    expect(told(result, document, unit)).toEqual([
      '?: held-lock-freed memory is freed or initialised again while `&vm->lock` in it is held',
      '6: use-after-free `mutex_unlock` on a lock in freed memory',
    ]);
  });
});
