/**
 * Random C programs around single constructs that a mixture of statements seldom meets: bit-fields of all widths, nested designators,
 * struct values in calls and variable arguments, arrays of variable length, 128-bit integers, conversions of floats, jumps into loops,
 * literals. No undefined behaviour, every program ends and prints what it computed; static objects are printed byte by byte.
 */
import { Random } from './random.ts';

/** Program number `seed`; all its names begin with `q<seed>_`, its entry is `q<seed>_main`. */
export function randomConstructs(seed: number): string {
  return new Constructs(new Random(seed * 7919 + 13), `q${seed}_`).program();
}

/** Prints an object's bytes. Once before all programs. */
export const CONSTRUCTS_PRELUDE =
  'static void dump(const void *p, unsigned long n) { const unsigned char *b = p; while (n--) printf("%02x", *b++); printf("\\n"); }\n';

type TypeBits = readonly [name: string, bits: number];

const TYPES: readonly [TypeBits, ...TypeBits[]] = [
  ['signed char', 8],
  ['unsigned char', 8],
  ['short', 16],
  ['unsigned short', 16],
  ['int', 32],
  ['unsigned int', 32],
  ['long', 64],
  ['unsigned long', 64],
  ['long long', 64],
  ['_Bool', 1],
];

class Constructs {
  private readonly before: string[] = [];
  private readonly main: string[] = [];
  private counter = 0;

  constructor(
    private readonly r: Random,
    private readonly prefix: string,
  ) {}

  program(): string {
    const { r } = this;
    this.before.push(
      `struct ${this.prefix}pair { ${this.type()} x; ${this.type()} y; };`,
      `struct ${this.prefix}big { ${this.type()} a; struct ${this.prefix}pair p; ${this.type()} tail[3]; };`,
    );
    const parts = [
      () => this.bitFields(),
      () => this.designators(),
      () => this.values(),
      () => this.variableArrays(),
      () => this.wide(),
      () => this.floats(),
      () => this.jumps(),
      () => this.literals(),
    ];
    for (let i = 0; i < 3; i++) parts[r.below(parts.length)]?.();
    return `${this.before.join('\n')}\nstatic void ${this.prefix}main(void) {\n${this.main.join('\n')}\n}\n`;
  }

  private fresh(stem: string): string {
    return `${this.prefix}${stem}${this.counter++}`;
  }

  private type(): string {
    return this.r.pick(TYPES)[0];
  }

  /** A number of any size, often one at an edge. */
  private number(): string {
    const { r } = this;
    const edge = r.pick([
      '0',
      '1',
      '-1',
      '127',
      '128',
      '255',
      '-129',
      '32768',
      '0x7fffffff',
      '0x80000000u',
      '-5',
      '65537',
    ]);
    if (r.chance(50)) return edge;
    const small = String(r.below(100000) - 50000);
    return r.chance(50) ? small : `${small}l * ${r.below(1 << 30)} * ${r.below(1 << 20)}`;
  }

  /** An expression over the names given. */
  private over(names: readonly string[], depth = 2): string {
    const { r } = this;
    if (depth === 0 || names.length === 0 || r.chance(15)) {
      if (names.length === 0 || r.chance(35)) return `(${this.number()})`;
      return names[r.below(names.length)] ?? '0';
    }
    const a = this.over(names, depth - 1);
    const b = this.over(names, depth - 1);
    return r.pick([
      `(${a} ${r.pick(['+', '-', '*', '&', '|', '^'])} ${b})`,
      `(${a} ${r.pick(['<', '<=', '==', '!=', '>', '>='])} ${b})`,
      `(${a} << (${b} & 7))`,
      `(${a} >> (${b} & 7))`,
      `(${a} / ((${b} & 7) + 1))`,
      `((${this.type()})${a})`,
      `(${a} ? ${b} : ${a})`,
      `(-${a} ^ ~${b})`,
    ]);
  }

  private bitFields(): void {
    const { r, before, main } = this;
    const name = this.fresh('bf');
    const fields: string[] = [];
    const members: string[] = [];
    for (let i = 0; i < 3 + r.below(5); i++) {
      const [type, bits] = r.pick(TYPES);
      if (r.chance(12)) members.push(`${type === '_Bool' ? 'int' : type} : ${r.below(2) * Math.min(bits, 5)};`);
      else if (r.chance(20)) members.push(`${type} plain${i};`);
      else {
        members.push(`${type} f${i} : ${1 + r.below(bits)};`);
        fields.push(`f${i}`);
      }
    }
    const packed = r.chance(25) ? ' __attribute__((packed))' : '';
    const kind = r.chance(20) ? 'union' : 'struct';
    before.push(
      `static ${kind} ${name} { char lead; ${members.join(' ')} char end; }${packed} ${name}_v, ${name}_w[2];`,
    );
    main.push(`printf("%d %d\\n", (int)sizeof ${name}_v, (int)_Alignof(${kind} ${name}));`);
    const read = fields.map((each) => `(long)${name}_v.${each}`);
    for (const field of fields) {
      const target = `${name}_v.${field}`;
      main.push(
        r.pick([
          `${target} = ${this.over(read)};`,
          `${target} ${r.pick(['+=', '-=', '^=', '|='])} ${this.over(read, 1)};`,
          `printf("%ld ", (long)(${target}${r.pick(['++', '--'])}));`,
          `printf("%ld ", (long)(${target} = ${this.over(read, 1)}));`,
          `${name}_w[1] = ${name}_v; ${name}_w[1].${field}--; ${target} ^= ${name}_w[1].${field};`,
        ]),
      );
      main.push(`printf("%ld ", (long)${target});`);
    }
    main.push(`dump(&${name}_v, sizeof ${name}_v); dump(${name}_w, sizeof ${name}_w);`);
  }

  private designators(): void {
    const { r, before, main, prefix } = this;
    const name = this.fresh('d');
    const n = (): string => String(r.below(200) - 100);
    const items: string[] = [];
    const inner = (): string =>
      r.pick([
        `{ ${n()}, { ${n()}, ${n()} }, { ${n()} } }`,
        `{ .tail[1] = ${n()}, ${n()}, .p.y = ${n()} }`,
        `{ .p = { .y = ${n()} }, .a = ${n()}, ${n()} }`,
        `{ ${n()}, ${n()}, ${n()}, ${n()}, ${n()} }`,
        '{ }',
      ]);
    for (let i = 0; i < 2 + r.below(4); i++)
      items.push(
        r.pick([
          inner(),
          `[${r.below(5)}] = ${inner()}`,
          `[${r.below(3)} ... ${3 + r.below(2)}] = ${inner()}`,
          `[${r.below(4)}].tail[1] = ${n()}, ${n()}`,
          `[${r.below(4)}].p = { ${n()} }, { ${n()} }`,
          `${n()}, ${n()}, ${n()}, ${n()}, ${n()}, ${n()}`,
        ]),
      );
    before.push(`static struct ${prefix}big ${name}[6] = { ${items.slice(0, 3).join(', ')} };`);
    before.push(
      `static union { struct { char c; int i; }; short h[6]; struct ${prefix}pair p; } ${name}u[3] = { { .i = ${n()} }, [2].h = { ${n()}, [3] = ${n()} }, [1] = { .p.x = ${n()} } };`,
    );
    main.push(`dump(${name}, sizeof ${name}); dump(${name}u, sizeof ${name}u);`);
    main.push(
      `{ int local[][3] = { { ${n()} }, ${n()}, ${n()}, ${n()}, [3][1] = ${n()}, ${n()} }; dump(local, sizeof local); }`,
    );
  }

  private values(): void {
    const { r, before, main, prefix } = this;
    const name = this.fresh('s');
    const pair = `struct ${prefix}pair`;
    const big = `struct ${prefix}big`;
    before.push(
      `static ${pair} ${name}swap(${pair} v) { ${pair} w = { v.y, v.x }; return w; }`,
      `static ${big} ${name}grow(${big} v, ${pair} by, signed char c, unsigned short h) { v.p = ${name}swap(by); v.a += c; v.tail[1] ^= h; return v; }`,
      `static long ${name}all(int n, ...) { va_list ap, again; va_start(ap, n); va_copy(again, ap); long s = 0; while (n--) { ${pair} p = va_arg(ap, ${pair}); s = s * 3 + (long)p.x + va_arg(ap, int); ${big} b = va_arg(ap, ${big}); s ^= (long)b.tail[2]; s += (long)va_arg(ap, double); } s += (long)va_arg(again, ${pair}).y; va_end(again); va_end(ap); return s; }`,
      `static ${pair} (*const ${name}table[2])(${pair}) = { ${name}swap, ${name}swap };`,
    );
    const x = this.over([]);
    main.push(
      `{ ${big} a = { .a = ${x}, .p = { ${this.over([])}, 3 }, .tail = { 1, 2, ${this.over([])} } };`,
      `a = ${name}grow(a, (${pair}){ .y = ${this.over(['a.a', 'a.p.x'])} }, ${this.over(['a.p.x'], 1)}, ${this.over(['a.a'], 1)});`,
      `printf("%ld %ld %ld\\n", (long)a.a, (long)a.p.x, (long)${name}grow(a, a.p, ${r.below(300)}, -1).tail[1]);`,
      `printf("%ld\\n", ${name}all(2, a.p, ${r.below(50)}, a, 2.5, ${name}table[${r.below(2)}](a.p), 'c', a, (double)a.p.y / 4)); }`,
    );
  }

  private variableArrays(): void {
    const { r, before, main } = this;
    const name = this.fresh('v');
    const type = r.pick(['int', 'short', 'unsigned char', 'long']);
    before.push(
      `static long ${name}(int n, int m, ${type} in[n][m]) { ${type} a[m][n + ${r.below(3)}]; ${type} (*row)[n + 1]; typedef ${type} T[n * ${1 + r.below(3)}]; T t; long s = sizeof a + sizeof(T) * 3 + sizeof *row + sizeof in[0];`,
      `for (int i = 0; i < n; i++) for (int j = 0; j < m; j++) { a[j][i] = in[i][j] * ${r.below(90)} - j; t[i] = a[j][i] ^ i; }`,
      `for (int j = 0; j < m; j++) { char c[j + 1]; c[j] = (char)a[j][n - 1]; s = s * 5 + c[j] + *(a[j] + n / 2) + (long)sizeof c; }`,
      `return s + t[n - 1] + (&a[m - 1] - a) + (&in[n - 1][m - 1] - in[0]); }`,
    );
    const n = 2 + r.below(4);
    const m = 1 + r.below(5);
    main.push(
      `{ int n = ${n}; ${type} x[n][${m}]; for (int i = 0; i < n * ${m}; i++) (&x[0][0])[i] = i * ${r.below(77)} - 9; n = 99;`,
      `printf("%ld %d\\n", ${name}(${n}, ${m}, x), (int)sizeof x); }`,
    );
  }

  private wide(): void {
    const { r, before, main } = this;
    const name = this.fresh('w');
    const kind = (): string => r.pick(['unsigned __int128', '__int128']);
    const lines: string[] = [];
    const names = ['x', 'y', '(unsigned __int128)a', 'b'];
    for (let i = 0; i < 5; i++)
      lines.push(
        r.pick([
          `x = ${this.over(names)};`,
          `y ${r.pick(['+=', '-=', '*=', '^=', '|='])} ${this.over(names, 1)};`,
          `x = y << (${this.over(['b'], 1)} & 127);`,
          `y = x >> (${this.over(['a'], 1)} & 127);`,
          `x /= (y | 1);`,
          `y %= ((x >> 3) | 1);`,
          `if (x ${r.pick(['<', '>=', '=='])} y) y++; else --x;`,
          'a += (long)(double)(y >> 70);',
          'b ^= (_Bool)x + (int)(x >> 31) + (long)(y >> 64);',
        ]),
      );
    before.push(
      `static ${kind()} ${name}(long a, unsigned long b) { ${kind()} x = a; ${kind()} y = (${kind()})b << ${r.below(64)}; ${lines.join(' ')} return x ^ y ^ a ^ b; }`,
    );
    main.push(
      `{ unsigned __int128 z = ${name}(${this.over([])}, ${this.over([])}); printf("%lx %lx\\n", (unsigned long)(z >> 64), (unsigned long)z); }`,
    );
  }

  private floats(): void {
    const { r, main } = this;
    const type = r.pick(['float', 'double']);
    const value = this.over([]);
    main.push(
      `{ ${type} x = ${value}; double y = (unsigned long)(${this.over([])}); float z = (long)(${this.over([])}); _Bool t = x - z;`,
      `x = x / 3 + ${r.pick(['0.1f', '1e-3', '7', '1.5'])}; y -= z; z *= ${r.pick(['x', '0.5', '3'])};`,
      `printf("%a %.9g %g %d %d\\n", (double)x, y, (double)z, t, x < y ? 1 : x == z);`,
      // Only what fits is defined: the rest is cut off first.
      `${type} c = (${type})(int)(${this.over([])}); printf("%d %ld %u %d\\n", (int)(c / 2), (long)c, (unsigned)(c < 0 ? -c : c), (signed char)((int)c % 100 * 1.25));`,
      `unsigned char u = 200; u += 1.75; short s = -3; s *= 2.5; s -= ${r.below(9)}.5f; long l = 1l << 40; l /= 3.0; printf("%d %d %ld\\n", u, s, l); }`,
    );
  }

  private jumps(): void {
    const { r, main } = this;
    const label = this.fresh('in');
    const n = 2 + r.below(6);
    main.push(
      `{ int i = ${r.below(n)}, s = 0, k = ${r.below(8)}; unsigned char c = ${r.below(256)};`,
      `if (${this.over(['k', 's'])}) goto ${label};`,
      `for (i = 0; i < ${n}; i++) { s += 100; ${label}: s += i * 7; if ((s ^ k) & 8) continue; while (k-- > 0) { s ^= k; if (k == ${r.below(5)}) break; } }`,
      `switch (c) { case 0 ... 50: s++; case 51: s *= 3; break; case 52 ... 127: { int d = s; do { case 200: d = s + 1; s -= d; } while (++k < ${r.below(4)}); } default: s += 1000; case 255: s ^= 5; }`,
      `switch (s & 3) { for (;;) { case 1: s += 2; if (++k < 5) continue; break; case 2: s -= 9; break; } break; case 0: k = 77; }`,
      'printf("%d %d %d\\n", i, s, k); }',
    );
  }

  private literals(): void {
    const { r, before, main, prefix } = this;
    const name = this.fresh('t');
    before.push(
      `static int ${name}a(int x) { return x * 3 + 1; } static int ${name}b(int x) { return x ^ 0x55; }`,
      `static int (*${name}f[])(int) = { ${name}a, ${name}b, [3] = ${name}a }; static const char *${name}s[] = { "one" "\\x41\\102", [2] = "th\\0ree" }; static char ${name}c[5] = "ab", ${name}d[] = "x\\ty";`,
    );
    main.push(
      `{ struct ${prefix}pair *p = &(struct ${prefix}pair){ .y = ${this.over([])} }; int *q = (int[]){ ${r.below(9)}, ${this.over([])}, 3 };`,
      `p->x = q[1] + (${r.below(3)})["abc"]; int z = ({ int m = (int)p->y; for (int i = 0; i < 3; i++) m += (${name}f[i] ?: ${name}b)(q[i]); m; });`,
      `unsigned char k = ${r.below(256)}; k = k << 1 | k >> 7; signed char g = k; short h = (short)(g * 300);`,
      `printf("%ld %d %s %d %d %s %d %d\\n", (long)p->x, z, ${name}s[0], ${name}s[2][3], (int)sizeof ${name}d, ${name}c, h, "q"[0] + L'x' + sizeof "four");`,
      `printf("%d %d %s\\n", _Generic(g, signed char: 1, char: 2, default: 3), _Generic(q, int *: 4, default: 5), ${name}s[1] ? "no" : __func__ + ${prefix.length}); }`,
    );
  }
}
