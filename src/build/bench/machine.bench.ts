/**
 * Speed of the machine: C statements per second on a loop with calls and memory, runs per second of an exploration, and how that
 * compares with the plainest interpreter there could be: one that walks the same tree with no checks at all.
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Expr, FunctionIr, LocalVariable, Place, Program, Stmt } from '../../c/ir.ts';
import { initParser } from '../../c/parser.ts';
import { createProgram } from '../../c/program.ts';
import { createMachine } from '../../machine/machine.ts';

const LOOP = `
typedef unsigned int u32; typedef unsigned long u64;
struct node { u64 key; u32 count; int next; };
static struct node pool[256];
static u32 mix(u32 a, u32 b) { a ^= b; a *= 40503; return (a >> 3) & 0xffff; }
int loop(int n) {
  u32 h = 1; u64 total = 0; int i;
  for (i = 0; i < n; i++) {
    struct node *p = &pool[h & 255];
    h = mix(h, (u32)i);
    if (p->key == 0)
      p->key = h;
    else
      p->count++;
    total += p->key & 0xffff;
    p->next = i;
  }
  return (int)(total & 0x7fffffff);
}
struct item { int id; int flags; u64 addr; };
struct dev { int flags; int n; struct item items[32]; };
static int work(struct dev *d, int i) { struct item *it = &d->items[i & 31]; it->addr += 4096; it->id = i; if (it->flags & 1) return 1; return 0; }
int op(struct dev *d, struct dev *w) {
  int r = 0, i, j;
  for (i = 0; i < 10; i++) {
    if (d->items[i].flags & 2) r++;
    for (j = 0; j < 7; j++) { r += work(w, i * 3 + j); }
  }
  return r;
}
int plain(int n) { u32 h = 1; int i; for (i = 0; i < n; i++) { h = h * 3 + (u32)i; if (h & 1) h ^= 5; else h = h >> 1; } return (int)(h & 0xffff); }
`;

/** Milliseconds of this process's own work: other programs on the machine do not count. */
function own(): number {
  return process.cpuUsage().user / 1000;
}

async function load(): Promise<Program> {
  const root = path.resolve('node_modules');
  const parser = await initParser({
    parser: new Uint8Array(readFileSync(path.join(root, 'web-tree-sitter/web-tree-sitter.wasm'))),
    grammar: new Uint8Array(readFileSync(path.join(root, 'tree-sitter-c/tree-sitter-c.wasm'))),
  });
  return createProgram([{ id: 0, path: 'bench.c', text: LOOP, origin: 'document', fragment: false }], {
    parser,
    kernel: false,
  });
}

export async function bench(): Promise<string[]> {
  const program = await load();
  return [...statements(program), ...runs(program)];
}

function statements(program: Program): string[] {
  const machine = createMachine(program);
  const time = (entry: string, n: number): number => {
    machine.run({ entry, args: [Math.floor(n / 10)], steps: 1e9, silent: ['call', 'return'] });
    const start = own();
    const { steps } = machine.run({ entry, args: [n], steps: 1e9, silent: ['call', 'return'] });
    return steps / (own() - start) / 1000;
  };
  const loop = time('loop', 2_000_000);
  const plain = time('plain', 3_000_000);
  const ir = program.function('plain')?.body() ?? null;
  const walked = ir === null ? 0 : walk(ir, 300_000);
  return [
    `loop with calls and memory: ${loop.toFixed(1)} M C statements/s`,
    `plain loop: ${plain.toFixed(1)} M C statements/s; a tree walker without any check: ${walked.toFixed(1)} M (ratio ${(plain / walked).toFixed(1)})`,
  ];
}

function runs(program: Program): string[] {
  const machine = createMachine(program);
  const op = program.function('op');
  const type = program.type('struct dev');
  if (op === null || type === null) return ['no op to run'];
  const { services } = machine;
  const world = services.allocate(1024, { label: 'world', type, content: 'zero', at: null });
  for (let i = 0; i < 200; i++) services.allocate(64, { label: `object ${i}`, content: 'zero', at: null });
  let result = '';
  for (let round = 0; round < 3; round++) {
    const start = own();
    let steps = 0;
    let decisions = 0;
    for (let k = 0; k < 10_240; k++) {
      const given = Array.from({ length: 10 }, (_, bit) => (k >> bit) & 1);
      const run = machine.play(
        function* (m) {
          const device = m.unknown({ kind: 'pointer', to: type, toConst: false }, 'parameter d');
          return yield { kind: 'call', target: op, args: [device, world], why: 'bench' };
        },
        { decisions: given, silent: ['call', 'return'] },
      );
      ({ steps } = run);
      decisions = run.decisions.length;
    }
    const rate = 10_240 / ((own() - start) / 1000);
    result = `re-execution: ${Math.round(rate)} runs/s of ${steps} statements with ${decisions} decisions, 201 objects in the world`;
  }
  return [result];
}

// The reference: walks the tree of scalar code, with doubles and no checks.

class Left {
  constructor(readonly value: number) {}
}

function walk(ir: FunctionIr, n: number): number {
  let steps = 0;
  const values = new Map<LocalVariable, number>();
  const first = ir.parameters[0];
  if (first) values.set(first, n);
  const place = (p: Place): LocalVariable => {
    if (p.kind !== 'local') throw new Error('the reference walks locals only');
    return p.variable;
  };
  const cut = (value: number, e: Expr): number =>
    e.type.kind === 'int' && e.type.size === 4 ? (e.type.signed ? value | 0 : value >>> 0) : value;
  const operate = (op: string, a: number, b: number): number => {
    switch (op) {
      case '+':
        return a + b;
      case '*':
        return a * b;
      case '&':
        return a & b;
      case '^':
        return a ^ b;
      case '>>':
        return a >>> b;
      case '<':
        return a < b ? 1 : 0;
      default:
        return a - b;
    }
  };
  const value = (e: Expr): number => {
    switch (e.kind) {
      case 'constant':
        return Number(e.value);
      case 'load':
        return values.get(place(e.place)) ?? 0;
      case 'convert':
        return cut(value(e.value), e);
      case 'binary':
      case 'compare':
        return cut(operate(e.op, value(e.left), value(e.right)), e);
      case 'assign': {
        const result = value(e.value);
        values.set(place(e.place), result);
        return result;
      }
      case 'update': {
        const result = cut(operate(e.op, values.get(place(e.place)) ?? 0, value(e.value)), e);
        values.set(place(e.place), result);
        return result;
      }
      default:
        throw new Error(`the reference does not walk ${e.kind}`);
    }
  };
  const run = (s: Stmt): Left | null => {
    if (s.kind !== 'block') steps++;
    switch (s.kind) {
      case 'block':
        for (const each of s.body) {
          const left = run(each);
          if (left) return left;
        }
        return null;
      case 'declare':
        if (s.init?.kind === 'scalar') values.set(s.variable, value(s.init.value));
        return null;
      case 'expr':
        value(s.value);
        return null;
      case 'if':
        return value(s.condition) !== 0 ? run(s.then) : s.otherwise ? run(s.otherwise) : null;
      case 'for':
        for (const each of s.init) run(each);
        while (s.condition === null || value(s.condition) !== 0) {
          const left = run(s.body);
          if (left) return left;
          if (s.step) value(s.step);
          steps++;
        }
        return null;
      case 'return':
        return new Left(s.value ? value(s.value) : 0);
      default:
        throw new Error(`the reference does not walk ${s.kind}`);
    }
  };
  const start = own();
  run(ir.body);
  return steps / (own() - start) / 1000;
}
