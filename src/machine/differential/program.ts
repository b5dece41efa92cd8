/**
 * Random C programs for comparison with a real compiler: integers of all sizes, structs, unions, bit-fields, pointers, loops, switches,
 * gotos, calls, struct values, variable arguments, cleanups. No undefined behaviour, every program ends, and prints what it computed.
 */
import { expression, INTEGER_TYPES, type Names, type Variable } from './expressions.ts';
import { Random } from './random.ts';

/** Program number `seed`; all its names begin with `p<seed>_`, its entry is `p<seed>_main`. */
export function randomProgram(seed: number): string {
  return new Generator(new Random(seed), `p${seed}_`).program();
}

/** Once before all programs. */
export const PRELUDE = '#include <stdio.h>\n#include <stdarg.h>\n#include <string.h>\n';

class Generator {
  private counter = 0;
  private readonly lines: string[] = [];

  constructor(
    private readonly r: Random,
    private readonly prefix: string,
  ) {}

  program(): string {
    const { r, prefix, lines } = this;
    lines.push(this.structs());
    const globals = this.globals();
    const functions: string[] = [];
    lines.push(
      `static long ${prefix}sum(int n, ...) { va_list ap; long s = 0; va_start(ap, n); for (int i = 0; i < n; i++) s = s * 31 + va_arg(ap, long); va_end(ap); return s; }`,
      `static long ${prefix}log; static void ${prefix}out(long *p) { ${prefix}log = ${prefix}log * 7 + *p; }`,
    );
    const count = 1 + r.below(3);
    for (let i = 0; i < count; i++) {
      const name = `${prefix}f${i}`;
      const names: Names = {
        variables: [
          ...globals,
          { name: 'a', type: 'long', writable: true },
          { name: 'b', type: 'long', writable: true },
        ],
        functions: [...functions],
        prefix,
      };
      lines.push(`static long ${name}(long a, long b) {`);
      this.body(names, 2 + r.below(4), 2);
      lines.push(`return ${expression(r, names, 2)};`, '}');
      functions.push(name);
    }
    lines.push(`static void ${prefix}main(void) {`, 'int k;');
    lines.push(`for (k = 0; k < 3; k++) {`);
    for (const name of functions) lines.push(`printf("%ld\\n", ${name}(k * 77 - 1, ${prefix}g0));`);
    lines.push('}', `printf("%ld %ld\\n", ${prefix}log, ${prefix}sum(3, 1L, (long)${prefix}g1, -5L));`);
    for (const each of globals) lines.push(`printf("%llx ", (unsigned long long)${each.name});`);
    lines.push('printf("\\n");', '}');
    return `${lines.join('\n')}\n`;
  }

  private structs(): string {
    const { r, prefix } = this;
    const width = () => 1 + r.below(13);
    return [
      `struct ${prefix}b { unsigned int x : ${width()}; int y : ${width()}; unsigned long z : ${20 + r.below(20)}; unsigned char w : ${1 + r.below(7)}; };`,
      `union ${prefix}u { unsigned long whole; unsigned int half[2]; unsigned char byte[8]; short part; };`,
      `struct ${prefix}s { ${r.pick(INTEGER_TYPES)} m; struct ${prefix}b bits; ${r.pick(INTEGER_TYPES)} n; union ${prefix}u u; ${r.pick(INTEGER_TYPES)} arr[4]; };`,
      `static struct ${prefix}s ${prefix}twist(struct ${prefix}s v, long by) { v.m += by; v.bits.x ^= (unsigned)by; v.bits.y = v.bits.x - 3; v.u.whole += v.bits.z; v.arr[by & 3] = v.n; return v; }`,
    ].join('\n');
  }

  private globals(): Variable[] {
    const { r, prefix, lines } = this;
    const variables: Variable[] = [];
    for (let i = 0; i < 4; i++) {
      const type = r.pick(INTEGER_TYPES);
      lines.push(`static ${type} ${prefix}g${i} = ${r.below(1000)};`);
      variables.push({ name: `${prefix}g${i}`, type, writable: true });
    }
    const type = r.pick(INTEGER_TYPES);
    lines.push(`static ${type} ${prefix}arr[8] = { 1, 2, ${r.below(300)}, [5] = 7 };`);
    lines.push(`static struct ${prefix}s ${prefix}st = { .m = 1, .bits = { 3, -1, 5 }, .arr = { 9, 8 } };`);
    for (const name of [`${prefix}arr[${r.below(8)}]`, `${prefix}st.m`, `${prefix}st.n`, `${prefix}st.u.whole`])
      variables.push({ name, type, writable: true });
    for (const name of ['x', 'y', 'w']) variables.push({ name: `${prefix}st.bits.${name}`, type, writable: true });
    // gcc computes with a field wider than int in the field's own width, other compilers in its type: a cast makes them agree.
    variables.push({ name: `${prefix}st.bits.z`, type, writable: true, read: `(unsigned long)${prefix}st.bits.z` });
    variables.push(
      { name: `${prefix}st.u.half[1]`, type, writable: true },
      { name: `${prefix}st.u.byte[${r.below(8)}]`, type, writable: true },
    );
    return variables;
  }

  private fresh(stem: string): string {
    return `${stem}${this.counter++}`;
  }

  private body(names: Names, count: number, depth: number): void {
    const before = names.variables.length;
    for (let i = 0; i < count; i++) this.statement(names, depth);
    names.variables.length = before;
  }

  private target(names: Names): string {
    const writable = names.variables.filter((each) => each.writable);
    return writable[this.r.below(writable.length)]?.name ?? `${this.prefix}g0`;
  }

  private statement(names: Names, depth: number): void {
    const { r, lines, prefix } = this;
    const e = (): string => expression(r, names, 3);
    const simple = depth <= 0;
    switch (r.below(simple ? 7 : 15)) {
      case 0:
      case 1:
        lines.push(`${this.target(names)} = ${e()};`);
        return;
      case 2:
        lines.push(`${this.target(names)} ${r.pick(['+=', '-=', '*=', '^=', '|=', '&='])} ${e()};`);
        return;
      case 3:
        lines.push(
          r.chance(50)
            ? `${this.target(names)}${r.pick(['++', '--'])};`
            : `${r.pick(['++', '--'])}${this.target(names)};`,
        );
        return;
      case 4: {
        const name = this.fresh('v');
        const type = r.pick(INTEGER_TYPES);
        lines.push(`${type} ${name} = ${e()};`);
        names.variables.push({ name, type, writable: true });
        return;
      }
      case 5:
        lines.push(`${this.target(names)} ${r.pick(['<<=', '>>='])} (${e()} & 7);`);
        return;
      case 6:
        lines.push(`${this.target(names)} ${r.pick(['/=', '%='])} ((${e()} & 15) + 2);`);
        return;
      case 7:
        lines.push(`if (${e()}) {`);
        this.body(names, 1 + r.below(3), depth - 1);
        if (r.chance(50)) {
          lines.push('} else {');
          this.body(names, 1 + r.below(2), depth - 1);
        }
        lines.push('}');
        return;
      case 8:
        this.loop(names, depth);
        return;
      case 9:
        this.choice(names, depth);
        return;
      case 10:
        this.pointers(names);
        return;
      case 11:
        this.jumps(names, depth);
        return;
      case 12:
        if (names.functions.length > 0 && r.chance(60)) {
          const name = names.functions[r.below(names.functions.length)];
          const result = this.fresh('r');
          lines.push(`{ long ${result} = ${name}(${e()}, ${e()});`, `${this.target(names)} += ${result}; }`);
          return;
        }
        lines.push(`${prefix}st = ${prefix}twist(${prefix}st, ${e()});`);
        return;
      case 13: {
        const name = this.fresh('c');
        lines.push('{', `long ${name} __attribute__((cleanup(${prefix}out))) = ${e()};`);
        this.body(names, 1 + r.below(2), depth - 1);
        lines.push(`${name} += 3;`, '}');
        return;
      }
      default: {
        const name = this.fresh('l');
        lines.push(`struct ${prefix}s ${name} = { .n = ${e()} };`, `${name}.arr[${r.below(4)}] = ${e()};`);
        lines.push(`${this.target(names)} = ${prefix}twist(${name}, ${e()}).arr[${r.below(4)}];`);
        if (r.chance(50))
          lines.push(`memcpy(&${prefix}st.u, &${name}.arr, sizeof ${name}.arr < 8 ? sizeof ${name}.arr : 8);`);
        return;
      }
    }
  }

  private loop(names: Names, depth: number): void {
    const { r, lines } = this;
    const name = this.fresh('i');
    const bound = 1 + r.below(5);
    const exit = (): void => {
      if (r.chance(40)) lines.push(`if (${expression(r, names, 2)}) ${r.pick(['break', 'continue'])};`);
    };
    const shape = r.below(3);
    if (shape === 0) lines.push(`for (int ${name} = 0; ${name} < ${bound}; ${name}++) {`);
    else lines.push('{', `int ${name} = 0;`, shape === 1 ? `while (${name}++ < ${bound}) {` : 'do {');
    names.variables.push({ name, type: 'int', writable: false });
    this.body(names, 1 + r.below(2), depth - 1);
    exit();
    this.body(names, 1, depth - 1);
    names.variables.pop();
    lines.push(shape === 0 ? '}' : shape === 1 ? '} }' : `} while (++${name} < ${bound}); }`);
  }

  private choice(names: Names, depth: number): void {
    const { r, lines } = this;
    lines.push(`switch (${expression(r, names, 2)}) {`);
    const labels = new Set<string>();
    for (let i = 0; i < 3; i++) labels.add(r.pick(['0', '1', '2', '-1', '7', '255', '300 ... 4000']));
    for (const label of labels) {
      lines.push(`case ${label}: {`);
      this.body(names, 1, depth - 1);
      lines.push('}');
      if (r.chance(60)) lines.push('break;');
    }
    if (r.chance(60)) {
      lines.push('default: {');
      this.body(names, 1, depth - 1);
      lines.push('}');
    }
    lines.push('}');
  }

  private pointers(names: Names): void {
    const { r, lines, prefix } = this;
    const p = this.fresh('p');
    const e = (): string => expression(r, names, 2);
    lines.push('{', `__typeof__(${prefix}arr[0]) *${p} = ${prefix}arr + (${e()} & 7), *${p}e = &${prefix}arr[8];`);
    lines.push(`*${p} = ${e()};`, `${p}[-(${p} - ${prefix}arr)] ^= *${p};`);
    lines.push(`if (${p} + 1 < ${p}e) *++${p} -= ${e()}; else ${p}--;`);
    lines.push(`${this.target(names)} = ${p}e - ${p};`);
    if (r.chance(50)) {
      lines.push(
        `struct ${prefix}s *${p}s = &${prefix}st; ${p}s->arr[${e()} & 3] = ${e()}; ${p}s->bits.${r.pick(['x', 'y', 'z', 'w'])} += ${e()};`,
      );
      lines.push(
        `long local${p}[3] = { ${e()}, ${e()} }; long *${p}l = local${p}; ${p}l[2] = ${p}l[0] ^ *(${p}l + 1); ${this.target(names)} = local${p}[2];`,
      );
    }
    lines.push('}');
  }

  private jumps(names: Names, depth: number): void {
    const { r, lines } = this;
    const label = this.fresh('l');
    const counter = this.fresh('n');
    lines.push('{', `int ${counter} = 0;`, `again_${label}:`);
    this.body(names, 1, depth - 1);
    lines.push(`if (${expression(r, names, 2)}) goto skip_${label};`);
    this.body(names, 1, depth - 1);
    lines.push(`if (++${counter} < ${1 + r.below(4)}) goto again_${label};`, `skip_${label}:;`, '}');
  }
}
