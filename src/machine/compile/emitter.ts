/** Collects instructions, jump targets, constants and temporary registers while one function is compiled. Knows no C. */
import type { Span } from '../../c/source.ts';
import type { CType } from '../../c/types.ts';
import type { Scalar } from '../model.ts';

export interface Label {
  pc: number;
  readonly uses: number[];
}

export class Emitter {
  readonly code: number[] = [];
  readonly spanOf: number[] = [];
  readonly spans: Span[] = [];
  readonly types: (CType | null)[] = [];
  readonly constants: Scalar[] = [];
  readonly texts: string[] = [];
  private readonly constantIndex = new Map<string, number>();
  private span = -1;
  /** Next free temporary, and how many registers the function needs. */
  top = 0;
  registers = 0;

  /** Position for what is emitted next; answers the old one for `restore`. */
  at(span: Span): number {
    const old = this.span;
    const last = this.spans[this.span];
    if (last === span || (last && last.start === span.start && last.end === span.end && last.unit === span.unit))
      return old;
    this.span = this.spans.push(span) - 1;
    return old;
  }

  restore(span: number): void {
    this.span = span;
  }

  emit(op: number, d: number, a: number, b: number, type: CType | null = null, detail = 0): number {
    const pc = this.code.length;
    this.code.push(op | (detail << 8), d, a, b);
    this.spanOf.push(this.span);
    this.types.push(type);
    return pc;
  }

  label(): Label {
    return { pc: -1, uses: [] };
  }

  bind(label: Label): void {
    label.pc = this.code.length;
    for (const use of label.uses) this.code[use] = label.pc;
  }

  /** A jump: the target goes to `d`. */
  jump(op: number, label: Label, a = 0, b = 0, detail = 0): void {
    const pc = this.emit(op, label.pc, a, b, null, detail);
    if (label.pc < 0) label.uses.push(pc + 1);
  }

  temp(): number {
    return this.reserve(1);
  }

  /** `count` consecutive registers at the top. */
  reserve(count: number): number {
    const first = this.top;
    this.top += count;
    if (this.top > this.registers) this.registers = this.top;
    return first;
  }

  constant(value: Scalar): number {
    const key = Object.is(value, -0) ? '-0' : `${typeof value}${String(value)}`;
    let index = this.constantIndex.get(key);
    if (index === undefined) {
      index = this.constants.push(value) - 1;
      this.constantIndex.set(key, index);
    }
    return index;
  }

  text(value: string): number {
    return this.texts.push(value) - 1;
  }
}
