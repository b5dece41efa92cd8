/**
 * Random C programs in which features meet each other: unions read as what they were not written as, structs by value through function
 * pointers, operators that assign to narrow types and bit-fields, variable arguments of every class, arrays of variable length in two
 * dimensions, shifts of wide types, floats seen as bits, pointers into the middle of things, jumps through nested switches. No undefined
 * behaviour, every program ends and prints what it computed.
 */
import { Random } from './random.ts';

/** Program number `seed`; all its names begin with `r<seed>_`, its entry is `r<seed>_main`. */
export function randomMixture(seed: number): string {
  return new Mixture(new Random(seed * 104_729 + 7), `r${seed}_`).program();
}

const TYPES = [
  'signed char',
  'unsigned char',
  'short',
  'unsigned short',
  'int',
  'unsigned int',
  'long',
  'unsigned long',
  'long long',
  'unsigned long long',
  '_Bool',
  'char',
] as const satisfies readonly [string, ...string[]];

const WIDTHS: Readonly<Record<string, number>> = {
  'signed char': 8,
  'unsigned char': 8,
  char: 8,
  short: 16,
  'unsigned short': 16,
  int: 32,
  'unsigned int': 32,
  _Bool: 1,
};

class Mixture {
  private readonly before: string[] = [];
  private readonly main: string[] = [];
  private counter = 0;

  constructor(
    private readonly r: Random,
    private readonly prefix: string,
  ) {}

  program(): string {
    const parts = [
      () => this.puns(),
      () => this.values(),
      () => this.narrow(),
      () => this.variadic(),
      () => this.rows(),
      () => this.shifts(),
      () => this.fractions(),
      () => this.pointers(),
      () => this.switches(),
      () => this.recursion(),
      () => this.lists(),
    ];
    for (let i = 0; i < 4; i++) parts[this.r.below(parts.length)]?.();
    return `${this.before.join('\n')}\nstatic void ${this.prefix}main(void) {\n${this.main.join('\n')}\n}\n`;
  }

  private fresh(stem: string): string {
    return `${this.prefix}${stem}${this.counter++}`;
  }

  private type(): string {
    return this.r.pick(TYPES);
  }

  private number(): string {
    const { r } = this;
    return r.pick([
      String(r.below(300)),
      `-${r.below(40_000)}`,
      `${r.below(1 << 30)}`,
      `0x${r.below(2 ** 32).toString(16)}${r.pick(['', 'u', 'l', 'ul'])}`,
      `0x${r.below(2 ** 32).toString(16)}${r
        .below(2 ** 32)
        .toString(16)
        .padStart(8, '0')}${r.pick(['ull', 'ul'])}`,
      `(-${r.below(2 ** 32)}l)`,
      `'${r.pick(['a', '\\377', '\\0', '\\x80'])}'`,
    ]);
  }

  /** An integer expression over the names given; evaluating it changes nothing. */
  private over(names: readonly string[], depth = 2): string {
    const { r } = this;
    if (depth === 0 || r.chance(20)) return r.chance(30) ? this.number() : (names[r.below(names.length)] ?? '3');
    const [a, b, c] = [this.over(names, depth - 1), this.over(names, depth - 1), this.over(names, depth - 1)];
    return r.pick([
      `(${a} ${r.pick(['+', '-', '*', '&', '|', '^'])} ${b})`,
      `(${a} ${r.pick(['<', '<=', '==', '!=', '>', '>='])} ${b})`,
      `(${a} ${r.pick(['/', '%'])} ((${b} & 31) + ${1 + r.below(9)}))`,
      `((${this.type()})${a})`,
      `(${a} ${r.pick(['<<', '>>'])} (${b} & ${r.pick([7, 15])}))`,
      `(${a} ${r.pick(['&&', '||'])} ${b})`,
      `(${a} ? ${b} : ${c})`,
      `(${r.pick(['-', '~', '!', '+'])} ${a})`,
      `((unsigned char)${a} * (short)${b})`,
    ]);
  }

  /** One line for each: the order in which arguments are evaluated is the compiler's. */
  private show(...values: readonly string[]): void {
    for (const value of values) this.main.push(`printf("%lld\\n", (long long)(${value}));`);
  }

  private puns(): void {
    const { r, main } = this;
    const name = this.fresh('u');
    const fields = Array.from({ length: 3 }, (_, i) => {
      const type = r.pick(['int', 'unsigned int', 'unsigned char', 'long', 'unsigned long', 'short']);
      return `${type} f${i} : ${1 + r.below(WIDTHS[type] ?? 64)};`;
    });
    this.before.push(
      `union ${name} { ${this.type()} a; struct { ${fields.join(' ')} } b; unsigned char c[32]; struct { ${this.type()} x; ${this.type()} y; } d[2]; double e; float g[2]; };`,
    );
    const v = this.fresh('v');
    main.push(`union ${name} ${v}; memset(&${v}, ${r.below(256)}, sizeof ${v});`);
    for (let i = 0; i < 4; i++) {
      const place = r.pick([`${v}.a`, `${v}.b.f${r.below(3)}`, `${v}.c[${r.below(32)}]`, `${v}.d[${r.below(2)}].y`]);
      // What is no bit of a _Bool is not read as one.
      const sources = [`${v}.b.f0`, `${v}.b.f1`, `${v}.b.f2`, `${v}.c[3]`, `${v}.c[${r.below(32)}]`];
      main.push(`${place} ${r.pick(['=', '=', '+=', '^=', '|='])} ${this.over(sources)};`);
    }
    if (r.chance(50)) main.push(`${v}.e = ${r.below(1000)} / 7.0; ${v}.g[1] = ${v}.c[0] / 3.0f;`);
    main.push(`for (int i = 0; i < 32; i++) printf("%02x", ${v}.c[i]); printf("\\n");`);
    this.show(`${v}.b.f0`, `${v}.b.f1`, `${v}.b.f2`, `sizeof(union ${name})`);
  }

  private values(): void {
    const { r, before, main } = this;
    const [s, f, g, table] = [this.fresh('s'), this.fresh('f'), this.fresh('g'), this.fresh('t')];
    const [a, b, c, kind] = [this.type(), this.type(), this.type(), this.type()];
    const bits = 1 + r.below(20);
    before.push(
      `typedef struct ${s} { ${a} a; ${b} b[${1 + r.below(4)}]; int bits : ${bits}; struct { ${c} c; } in; } ${s};`,
      `static ${s} ${f}(${s} v, ${kind} k) { v.a += k; v.b[0] ^= v.in.c + k; v.in.c = ${this.over(['v.a', 'v.b[0]', 'k'])}; v.bits--; return v; }`,
      `static ${s} ${g}(${s} v, ${kind} k) { ${s} w = v; w.b[0] = ${this.over(['v.a', 'v.in.c', 'k', 'v.bits'])}; return k & 1 ? w : ${f}(w, k / 3); }`,
    );
    before.push(`static ${s} (*const ${table}[])(${s}, ${kind}) = { ${f}, &${g}, ${f} };`);
    const v = this.fresh('v');
    main.push(
      `${s} ${v}[3] = { { ${this.number()}, { ${this.number()} }, .bits = ${r.below(2 ** (bits - 1))}, .in = { ${this.number()} } } };`,
    );
    for (let i = 0; i < 3; i++)
      main.push(
        `${v}[${r.below(3)}] = ${r.pick([
          `${table}[${r.below(3)}](${v}[${r.below(3)}], ${this.number()})`,
          `(*${table}[${v}[0].a & 1])((${s}){ .a = ${this.number()}, .in.c = ${v}[1].bits }, ${v}[2].b[0])`,
          `${v}[0].a ? ${v}[1] : ${f}(${v}[2], 5)`,
          `*(${v} + ${r.below(3)})`,
        ])};`,
      );
    for (let i = 0; i < 3; i++) this.show(`${v}[${i}].a`, `${v}[${i}].b[0]`, `${v}[${i}].bits`, `${v}[${i}].in.c`);
    this.show(`${table}[1](${v}[0], 2).in.c`, `${f}(${g}(${v}[1], 3), 4).b[0]`, `sizeof(${s})`);
  }

  private narrow(): void {
    const { r, before, main } = this;
    const s = this.fresh('n');
    const types = Array.from({ length: 5 }, () => this.type());
    const width = (type: string): string => (r.chance(50) ? ` : ${1 + r.below(WIDTHS[type] ?? 64)}` : '');
    before.push(`static struct ${s} { ${types.map((type, i) => `${type} m${i}${width(type)};`).join(' ')} } ${s};`);
    const names = types.map((_, i) => `${s}.m${i}`);
    const local = this.fresh('l');
    main.push(`${this.type()} ${local} = ${this.number()};`);
    names.push(local);
    for (let i = 0; i < 8; i++) {
      const place = names[r.below(names.length)] ?? local;
      const isBool = place !== local && types[Number(place.slice(-1))] === '_Bool';
      main.push(
        r.pick([
          `${place} ${r.pick(['+=', '-=', '*=', '&=', '|=', '^='])} ${this.over(names)};`,
          `${place} ${r.pick(['/=', '%='])} (${this.over(names)} & 15) + 1;`,
          `${place} ${r.pick(['<<=', '>>='])} ${r.below(isBool ? 1 : 6)};`,
          isBool || place === local ? `${place} = !${place};` : `${local} = ${place}${r.pick(['++', '--'])};`,
          `${place} = ${this.over(names, 3)};`,
        ]),
      );
    }
    this.show(...names);
  }

  private variadic(): void {
    const { r, before, main } = this;
    const [f, s] = [this.fresh('va'), this.fresh('vs')];
    before.push(
      `struct ${s} { ${r.pick(['char c[3];', 'long a, b;', 'double d; int i;', 'long a[4];', 'float f;'])} };`,
      `static long ${f}(const char *form, ...) { va_list ap, again; long sum = 0; va_start(ap, form); va_copy(again, ap);
for (const char *p = form; *p; p++) { sum *= 31; switch (*p) { case 'i': sum += va_arg(ap, int); break; case 'u': sum += va_arg(ap, unsigned); break; case 'l': sum += va_arg(ap, long); break;
case 'd': sum += (long)(va_arg(ap, double) * 8); break; case 'p': sum += *va_arg(ap, char *); break; case 's': { struct ${s} v = va_arg(ap, struct ${s}); unsigned char b[sizeof v]; memcpy(b, &v, sizeof v); sum += b[0] * 3 + b[sizeof v - 1]; break; } } }
va_end(ap); sum = sum * 7 + (form[0] == 'i' ? va_arg(again, int) : 0); va_end(again); return sum; }`,
    );
    const v = this.fresh('v');
    main.push(`struct ${s} ${v}; memset(&${v}, ${1 + r.below(100)}, sizeof ${v});`);
    let form = '';
    const args: string[] = [];
    for (let i = 0; i < 3 + r.below(10); i++) {
      const kind = r.pick(['i', 'u', 'l', 'd', 'p', 's', 'i', 'd']);
      form += kind;
      const narrow = `(${r.pick(['short', 'signed char', 'unsigned char', '_Bool', 'int'])})${this.number()}`;
      args.push(
        kind === 'i'
          ? narrow
          : kind === 'u'
            ? `(unsigned)${this.number()}`
            : kind === 'l'
              ? `(long)${this.number()}`
              : kind === 'd'
                ? `${r.pick(['', '(float)'])}${r.below(100)}.${r.pick(['5', '25', '125'])}`
                : kind === 'p'
                  ? `"${r.pick(['x', 'yz', ''])}"`
                  : v,
      );
    }
    this.show(`${f}("${form}", ${args.join(', ')})`);
  }

  private rows(): void {
    const { r, before, main } = this;
    const [f, a] = [this.fresh('vla'), this.fresh('a')];
    const type = this.type();
    before.push(
      `static long ${f}(int n, int m, ${type} (*a)[m], ${type} b[n][m]) { long s = sizeof *a; for (int i = 0; i < n; i++) for (int j = 0; j < m; j++) { s = s * 3 + a[i][j]; b[i][j] = a[n - 1 - i][j] + j; } return s + (&a[n - 1] - a); }`,
    );
    const [n, m] = [1 + r.below(4), 1 + r.below(5)];
    main.push(
      `{ int n = ${n}, m = ${m}; ${type} ${a}[n][m], ${a}b[n][m]; for (int i = 0; i < n * m; i++) ((${type} *)${a})[i] = ${this.over(['i', 'n', 'm'])}; n += 5;`,
    );
    this.show(
      `${f}(${n}, ${m}, ${a}, ${a}b)`,
      `${f}(${n}, ${m}, ${a}b, ${a})`,
      `sizeof ${a}`,
      `${a}[${r.below(n)}][${r.below(m)}]`,
    );
    main.push('}');
  }

  private shifts(): void {
    const { r, main } = this;
    const v = this.fresh('w');
    const type = r.pick(['long long', 'unsigned long long', '__int128', 'unsigned __int128']);
    const bits = type.includes('128') ? 127 : 63;
    main.push(`${type} ${v} = ${this.number()};`);
    for (let i = 0; i < 5; i++)
      main.push(
        r.pick([
          `${v} ${r.pick(['<<=', '>>='])} ${r.below(bits + 1)};`,
          `${v} = (${v} << ${r.below(bits)}) ${r.pick(['|', '^', '+', '-'])} (${v} >> ${r.below(bits + 1)});`,
          `${v} ${r.pick(['*=', '+=', '-='])} ${this.number()};`,
          `${v} ${r.pick(['/=', '%='])} ${1 + r.below(1000)};`,
          `${v} = ~${v};`,
        ]),
      );
    this.show(v, bits > 64 ? `${v} >> 64` : `${v} > 0`);
  }

  private fractions(): void {
    const { r, main } = this;
    const [d, f] = [this.fresh('d'), this.fresh('f')];
    main.push(`double ${d} = ${this.number()}; float ${f} = ${r.below(5000)} / 3.0f;`);
    for (let i = 0; i < 5; i++)
      main.push(
        r.pick([
          `${d} ${r.pick(['+=', '-=', '*='])} ${f};`,
          `${f} = ${f} * 1.1f + ${this.over(['3', `(int)(${f} > 9)`], 1)};`,
          `${d} = ${d} / 3 + (${f} < ${d} ? ${f} : -0.5);`,
          `${f} = ${d};`,
          `${d} = (float)${d} - (${this.type()})${r.below(120)};`,
          `${d} = ${f} * ${f} + (unsigned)${r.below(2 ** 32)}u;`,
        ]),
      );
    main.push(
      `{ unsigned long b; unsigned c; memcpy(&b, &${d}, 8); memcpy(&c, &${f}, 4); if (${d} != ${d}) b = 1; if (${f} != ${f}) c = 1; printf("%016lx %08x\\n", b, c); }`,
    );
    this.show(
      `${d} > ${f}`,
      `!${d}`,
      `${f} > -1e6f && ${f} < 1e6f ? (int)${f} : 1`,
      `${d} > 0 && ${d} < 1e18 ? (unsigned long)${d} : 2`,
    );
  }

  private pointers(): void {
    const { r, before, main } = this;
    const [s, a, p] = [this.fresh('ps'), this.fresh('pa'), this.fresh('pp')];
    before.push(`static struct ${s} { ${this.type()} x; ${this.type()} y[3]; struct ${s} *next; } ${a}[5];`);
    main.push(
      `struct ${s} *${p} = ${a} + ${r.below(5)}; for (int i = 0; i < 5; i++) { ${a}[i].x = ${this.over(['i'])}; ${a}[i].y[i % 3] = i; ${a}[i].next = &${a}[(i + ${1 + r.below(4)}) % 5]; }`,
    );
    for (let i = 0; i < 4; i++)
      main.push(
        r.pick([
          `${p} = ${p}->next;`,
          `${p}->y[${r.below(3)}] += ${p}->next->x;`,
          `*(&${p}->next->next->y[1] ${r.pick(['-', '+'])} 1) = ${this.number()};`,
          `memmove(${a} + ${r.below(2)}, ${a} + ${1 + r.below(2)}, 3 * sizeof *${a});`,
          `{ struct ${s} t = *${p}; *${p} = *${p}->next; *t.next = t; }`,
          `{ unsigned char *b = (unsigned char *)&${p}->y; *(b + sizeof ${p}->y[0]) = ${r.below(2)}; }`,
          `{ struct ${s} **q = &${p}; *q = (*q)->next; (*q)->x ^= 1; }`,
        ]),
      );
    this.show(
      `${p} - ${a}`,
      `${p} > ${a} + 2`,
      `(char *)&${p}->y[2] - (char *)${p}`,
      `${p}->x`,
      `${p}->y[0]`,
      `${p}->y[2]`,
      `${a}[4].next - ${a}`,
    );
  }

  private switches(): void {
    const { r, before } = this;
    const f = this.fresh('sw');
    const type = this.type();
    const cases = Array.from(
      { length: 4 },
      (_, i) =>
        `case ${i * 3}${r.chance(40) ? ` ... ${i * 3 + 2}` : ''}: ${r.pick(['s += 3;', 's *= 5;', 's ^= n;', 'goto out;', 'if (k) continue;'])} ${r.pick(['break;', '', '', 'goto again;'])}`,
    );
    before.push(
      `static long ${f}(${type} x) { long s = x; int n = 0; again: if (++n > 9) goto out; for (int k = 0; k < 3; k++) { switch ((${r.pick(['int', 'unsigned char', 'long', 'unsigned long'])})((s & 15) + k - ${r.below(3)})) { ${cases.join(' ')} case -1: s--; ${r.chance(50) ? 'default: s += 7;' : ''} } s += k; } if (s & 1) { do { s -= n; if (s % 7 == 3) goto again; } while (n++ < 4); } out: return s * n; }`,
    );
    this.show(`${f}(${this.number()})`, `${f}(${this.number()})`, `${f}(${r.below(20)})`);
  }

  private recursion(): void {
    const { r, before } = this;
    const f = this.fresh('rec');
    const kind = this.type();
    before.push(
      `static ${r.pick(['long', 'unsigned', 'short', 'int'])} ${f}(${this.type()} n, ${kind} *p) { static int calls; ${this.type()} mine = n * ${r.below(50)}; calls++; if (n <= 0 || calls % 40 == 0) return calls; *p += mine; return ${f}(n ${r.pick(['- 1', '/ 2', '>> 1', '- 3'])}, ${r.chance(50) ? 'p' : '&(typeof(*p)){ *p }'}) + mine + *p; }`,
    );
    this.main.push(`{ ${kind} v = ${this.number()};`);
    this.show(`${f}(${r.below(100)}, &v)`, 'v', `${f}(${r.below(30)}, &v)`, 'v');
    this.main.push('}');
  }

  private lists(): void {
    const { r, before } = this;
    const s = this.fresh('in');
    const [a, b, c] = [this.type(), this.type(), this.type()];
    const item = (): string =>
      r.pick([
        `{ ${r.below(100)}, { ${r.below(50)}, ${r.below(50)} } }`,
        `{ .b = { [1] = ${r.below(90)} }, .a = ${r.below(100)} }`,
        `[${r.below(4)}] = { ${r.below(100)} }`,
        `[${r.below(2)} ... ${2 + r.below(2)}].u.q = ${r.below(100)}`,
        `[${r.below(3)}].b[0] = ${r.below(100)}, ${r.below(9)}, { ${r.below(9)} }`,
      ]);
    const text = Array.from({ length: 3 }, item).join(', ');
    before.push(
      `struct ${s} { ${a} a; ${b} b[2]; union { ${c} p; int q; } u; };`,
      `static struct ${s} ${s}g[8] = { ${text} };`,
      `static long ${s}f(struct ${s} *v) { long t = 0; for (int i = 0; i < 8; i++) t = t * 13 + v[i].a + 3 * v[i].b[0] + 5 * v[i].b[1] + v[i].u.q; return t; }`,
    );
    this.main.push(`{ struct ${s} l[8] = { ${text} };`);
    this.show(`${s}f(${s}g)`, `${s}f(l)`, `${s}f((struct ${s}[8]){ ${text} })`, `sizeof l`);
    this.main.push('}');
  }
}
