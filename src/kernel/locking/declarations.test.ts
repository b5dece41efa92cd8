import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import type { FunctionSymbol, Program } from '../../c/ir.ts';
import { type CParser, initParser } from '../../c/parser.ts';
import { createProgram } from '../../c/program.ts';
import type { SourceUnit } from '../../c/source.ts';
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

/** The bundled words that every header stands on. */
function base(): { readonly path: string; readonly text: string }[] {
  const folder = path.join(here, '../base');
  return readdirSync(folder)
    .filter((file) => file.endsWith('.h'))
    .map((file) => ({ path: `include/linux/${file}`, text: readFileSync(path.join(folder, file), 'utf8') }));
}

function programOf(document: string): Program {
  const bundled = [...base(), ...lockingSubsystem.declarations].filter((file) => !file.path.endsWith('drm_exec.c'));
  const units: SourceUnit[] = bundled.map(({ path: file, text }, id) => ({
    id,
    path: file,
    text,
    origin: 'bundled',
    fragment: false,
  }));
  units.push({ id: units.length, path: 'drivers/x.c', text: document, origin: 'document', fragment: false });
  return createProgram(units, { parser });
}

/** Everything in a function's body that could not be lowered. */
function unlowered(symbol: FunctionSymbol | null): string[] {
  const body = symbol?.body() ?? null;
  if (body === null) return [`${symbol?.name} has no body`];
  const found: string[] = body.problems.map((problem) => problem.message);
  const seen = new Set<object>();
  const visit = (node: unknown): void => {
    if (typeof node !== 'object' || node === null || seen.has(node) || node instanceof Map) return;
    seen.add(node);
    const entries = Object.entries(node);
    const kind = entries.find(([key]) => key === 'kind')?.[1];
    if (kind === 'function' && !entries.some(([key]) => key === 'at')) return;
    if (kind === 'unknown' || kind === 'hole')
      found.push(String(entries.find(([key]) => key === 'reason' || key === 'why')?.[1]));
    for (const [key, value] of entries)
      if (key !== 'symbol' && key !== 'type' && key !== 'cleanup' && key !== 'in') visit(value);
  };
  visit(body.body);
  return found;
}

describe('the declarations', () => {
  it('parse without a problem', () => {
    const program = programOf('int x;');
    expect(program.problems.map((problem) => `${program.units[problem.unit]?.path}: ${problem.message}`)).toEqual([]);
  });

  it('every model has a prototype', () => {
    const program = programOf('int x;');
    // Declared with the fences.
    const elsewhere = new Set([
      'dma_fence_begin_signalling',
      'dma_fence_end_signalling',
      '__dma_fence_might_wait',
      'drmm_mutex_init',
    ]);
    const missing = lockingSubsystem.models
      .map((model) => model.name)
      .filter((name) => !elsewhere.has(name) && program.function(name)?.declared !== true);
    expect(missing).toEqual([]);
  });

  it('no model is there twice', () => {
    const names = lockingSubsystem.models.map((model) => model.name);
    expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([]);
  });

  it.each([
    [
      'mutex',
      'struct s { struct mutex lock; }; int f(struct s *s) { mutex_init(&s->lock); mutex_lock(&s->lock); mutex_unlock(&s->lock); return 0; }',
    ],
    [
      'static locks',
      'static DEFINE_MUTEX(m); static DEFINE_SPINLOCK(sl); static DECLARE_RWSEM(rw); int f(void) { mutex_lock(&m); spin_lock(&sl); down_read(&rw); return 0; }',
    ],
    [
      'irqsave',
      'int f(spinlock_t *l) { unsigned long flags; spin_lock_irqsave(l, flags); spin_unlock_irqrestore(l, flags); return 0; }',
    ],
    ['guard', 'int f(struct mutex *m) { guard(mutex)(m); return 1; }'],
    ['two guards', 'int f(struct mutex *m, spinlock_t *l) { guard(mutex)(m); guard(spinlock)(l); return 1; }'],
    [
      'scoped guard',
      'int f(spinlock_t *l, int *p) { scoped_guard(spinlock_irqsave, l) { *p = 1; } scoped_guard(rcu) *p = 2; return 0; }',
    ],
    [
      'conditional guard',
      'int f(struct mutex *m) { scoped_cond_guard(mutex_intr, return -4, m) { return 1; } return 0; }',
    ],
    [
      'acquire',
      'int f(struct mutex *m) { ACQUIRE(mutex_intr, g)(m); int r = ACQUIRE_ERR(mutex_intr, &g); if (r) return r; return 0; }',
    ],
    [
      'free',
      'void kfree(const void *); void *get(void); DEFINE_FREE(kfree, void *, if (_T) kfree(_T)) void *f(void) { void *p __free(kfree) = get(); if (!p) return NULL; return_ptr(p); }',
    ],
    [
      'class',
      'struct file; struct file *fget(int); void fput(struct file *); DEFINE_CLASS(fd, struct file *, if (_T) fput(_T), fget(fd), int fd) int f(int n) { CLASS(fd, x)(n); return x != NULL; }',
    ],
    [
      'seqlock',
      'int f(seqlock_t *s, int *p) { unsigned seq; int v; do { seq = read_seqbegin(s); v = *p; } while (read_seqretry(s, seq)); write_seqlock(s); *p = 1; write_sequnlock(s); return v; }',
    ],
    [
      'rcu',
      'struct s { int *p; }; int f(struct s *s) { int v; rcu_read_lock(); v = *rcu_dereference(s->p); rcu_read_unlock(); return v; }',
    ],
    [
      'assertions',
      'struct s { struct mutex m; struct rw_semaphore r; }; int f(struct s *s) { lockdep_assert_held(&s->m); lockdep_assert_held_write(&s->r); might_lock(&s->m); might_sleep(); lockdep_assert(lockdep_is_held(&s->m)); return 0; }',
    ],
    [
      'mmap lock',
      'struct mm_struct { struct rw_semaphore mmap_lock; }; int f(struct mm_struct *mm) { mmap_read_lock(mm); mmap_assert_locked(mm); mmap_read_unlock(mm); return mmap_write_lock_killable(mm); }',
    ],
    [
      'drm_exec',
      'int f(struct drm_gem_object **o, int n) { struct drm_exec exec; int i, ret = 0; drm_exec_init(&exec, DRM_EXEC_INTERRUPTIBLE_WAIT, 0); drm_exec_until_all_locked(&exec) { for (i = 0; i < n; i++) { ret = drm_exec_lock_obj(&exec, o[i]); drm_exec_retry_on_contention(&exec); if (ret) goto out; } } out: drm_exec_fini(&exec); return ret; }',
    ],
    [
      'locked objects',
      'int f(struct drm_exec *e) { struct drm_gem_object *o; unsigned long i; int n = 0; drm_exec_for_each_locked_object(e, i, o) n++; drm_exec_for_each_locked_object(e, o) n++; return n; }',
    ],
    [
      'gfp',
      'int f(void) { gfp_t g = GFP_KERNEL | __GFP_NOWARN; might_alloc(g); return gfpflags_allow_blocking(GFP_NOWAIT); }',
    ],
    [
      'local lock',
      'static local_lock_t l = INIT_LOCAL_LOCK(l); int f(void) { unsigned long flags; local_lock(&l); local_unlock(&l); local_lock_irqsave(&l, flags); local_unlock_irqrestore(&l, flags); return 0; }',
    ],
    [
      'ww',
      'static DEFINE_WW_CLASS(c); int f(struct ww_mutex *a) { struct ww_acquire_ctx x; int r; ww_mutex_init(a, &c); ww_acquire_init(&x, &c); r = ww_mutex_lock(a, &x); ww_acquire_done(&x); ww_mutex_unlock(a); ww_acquire_fini(&x); return r; }',
    ],
  ])('C code that uses %s lowers wholly', (_name, document) => {
    expect(unlowered(programOf(document).function('f'))).toEqual([]);
  });

  it('guard functions lower wholly, and what cannot be lowered is seen', () => {
    const program = programOf('int f(void) { return nobody_declares_this; }');
    expect(unlowered(program.function('f'))).not.toEqual([]);
    const guards = [
      'mutex',
      'mutex_intr',
      'mutex_try',
      'rwsem_read',
      'rwsem_write',
      'spinlock',
      'spinlock_irqsave',
      'spinlock_try',
      'rcu',
      'srcu',
      'preempt',
    ];
    for (const guard of guards)
      for (const part of ['constructor', 'destructor', 'lock_ptr', 'lock_err'])
        expect([guard, part, unlowered(program.function(`class_${guard}_${part}`))]).toEqual([guard, part, []]);
  });

  it('flags in C and in models are the same numbers', async () => {
    const gfp = await import('../memory/gfp.ts');
    const program = programOf('int x;');
    const names = Object.keys(gfp).filter((name) => /^(__)?GFP_/.test(name));
    const numbers = Object.entries(gfp);
    for (const name of names) {
      const inModels = numbers.find(([key]) => key === name)?.[1];
      expect([name, program.constant(name)]).toEqual([name, inModels]);
    }
    expect(gfp.gfpText(gfp.GFP_KERNEL | gfp.__GFP_NOWARN)).toBe('GFP_KERNEL | __GFP_NOWARN');
  });
});
