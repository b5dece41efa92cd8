/**
 * The machine's shared state and the services its parts use from one another. Running tasks is in `schedule.ts`; what models and scenarios
 * see is in `services.ts`.
 */
import type { FunctionSymbol, GlobalSymbol, Program } from '../c/ir.ts';
import type { CType } from '../c/types.ts';
import type { CallSite, CompiledFunction, Target } from './compile/code.ts';
import { Decisions } from './decisions.ts';
import type { EventBody, FaultKind, Related, Site } from './events.ts';
import type { KeptStructs } from './forget.ts';
import { complement, type Integer, negate } from './integers.ts';
import { HIGH, Kind, LOW, typeOfKind } from './kinds.ts';
import { sizeOf } from './layout.ts';
import { Linker } from './linker.ts';
import { LABEL_BASE, Links, makeGlobalObject, makeString } from './links.ts';
import { Access, type AccessHost } from './memory/access.ts';
import { copyBytes } from './memory/block.ts';
import { Memory } from './memory/memory.ts';
import type { MemoryObject } from './memory/object.ts';
import { neverMeet } from './memory/ownMemory.ts';
import { type MachineServices, type Model, type ModelBody, OBJECT_BASE, type Scalar } from './model.ts';
import type { ValueNames } from './print.ts';
import { runInitialiser } from './schedule.ts';
import { expressionText, shownText } from './sourceText.ts';
import { type CallWatch, type Frame, Task } from './task.ts';
import { Trace } from './trace.ts';
import { sourceName } from './unknown/render.ts';
import { calleeBehind, type ShownFunctions, tableBehind } from './unknown/shownFunctions.ts';
import { Unknowns } from './unknown/unknowns.ts';
import { UNINITIALISED_REGISTER, UnknownValue } from './unknown/value.ts';
import type { ArgumentList } from './varargs.ts';

/** Globals whose initialisers may run inside one another. */
const INITIALISER_DEPTH = 40;

/** How a run can end. `fatal`: after a fault that nothing can go on from. `exit`: the program ended itself. */
export type Outcome = 'returned' | 'exit' | 'aborted' | 'fatal' | 'unsupported' | 'limit' | 'deadlock' | 'stopped';

export class Core implements AccessHost {
  readonly memory: Memory;
  readonly unknowns: Unknowns;
  readonly access: Access;
  readonly trace = new Trace();
  readonly decisions = new Decisions();
  readonly linkTable = new Links();
  readonly linker: Linker;
  readonly modelCode: CompiledFunction;
  services: MachineServices | null = null;
  /** What is known of functions that nobody executes. */
  unknownEffects: ((machine: MachineServices, name: string) => void) | null = null;
  beforeCall: CallWatch | null = null;
  kept: KeptStructs = new Map();
  shown: ShownFunctions | null = null;
  names: ValueNames = new Map();
  tasks: Task[] = [];
  task: Task = new Task(0, 'main');
  ended: Outcome | null = null;
  exitStatus: Scalar | null = null;
  steps = 0;
  /** `atStatement` is asked when `steps` reaches this. */
  checkAt = Number.POSITIVE_INFINITY;
  atStatement: (task: Task) => boolean = () => false;
  /** The run is to stop where it is, to go on later. */
  pausing = false;
  /** Another task may be chosen now. */
  maySwitch = false;
  switchReason = '';
  /** What va_list handles stand for. */
  readonly argumentLists = new Map<number, ArgumentList>();
  /** Told of each global that this run comes to use. */
  globalMade: ((symbol: GlobalSymbol, address: number) => void) | null = null;
  private initialising = 0;
  private pendingInitialisers: { code: CompiledFunction; object: MemoryObject; readOnly: boolean }[] = [];

  constructor(
    readonly program: Program,
    models: readonly Model[],
    readonly limits: { steps: number; depth: number; readonly memory: number },
  ) {
    this.memory = new Memory(limits.memory);
    this.unknowns = new Unknowns(
      (question, at) => this.choose('branch', question, ['false', 'true'], at) === 1,
      (address) => this.expressionAt(address),
      (left, right) => neverMeet(this, left, right),
    );
    this.access = new Access(this);
    this.linker = new Linker(program, models, this.linkTable);
    this.modelCode = this.linker.emptyCode;
  }

  get links(): Float64Array {
    return this.linkTable.addresses;
  }

  siteOf({ code, pc }: Frame): Site | null {
    return code.places[code.placeOf[pc >> 2] ?? -1] ?? null;
  }

  /** Where the innermost code frame of the current task is, if it has any. */
  site(): Site | null {
    const { frames, depth } = this.task;
    let i = depth - 1;
    while (i >= 0 && frames[i]?.generator !== null) i--;
    const frame = frames[i];
    // As `siteOf`, without the call: every event asks.
    return frame?.code.places[frame.code.placeOf[frame.pc >> 2] ?? -1] ?? null;
  }

  /** Call stack of a task, innermost first. */
  stackOf(task: Task): readonly Site[] {
    const sites: Site[] = [];
    for (let i = task.depth - 1; i >= 0 && sites.length < 256; i--) {
      const frame = task.frames[i];
      const site = frame && frame.generator === null ? this.siteOf(frame) : null;
      if (site) sites.push(site);
    }
    return sites;
  }

  readonly sourceText = (): string | null => shownText(this);
  readonly expressionText = (): string | null => expressionText(this);

  emit(body: EventBody): void {
    const full = this.trace.add(body, this);
    if (full && this.ended === null) this.limit('memory', 'the trace has too many events');
  }

  fault(kind: FaultKind, message: string, related: readonly Related[], fatal: boolean): void {
    if (this.ended !== null) return;
    this.emit({ kind: 'fault', fault: kind, message, related, fatal });
    if (fatal) this.end('fatal');
  }

  end(outcome: Outcome): void {
    this.ended ??= outcome;
  }

  limit(limit: 'steps' | 'memory' | 'depth', message: string): void {
    if (this.ended !== null) return;
    // Ended first: a trace that is full reports itself through here.
    this.end('limit');
    this.emit({ kind: 'limit', limit, message });
  }

  outOfMemory(): void {
    this.limit('memory', `more than ${this.limits.memory} bytes of simulated memory are in use`);
  }

  unsupported(reason: string): void {
    if (this.ended !== null) return;
    this.emit({ kind: 'unsupported', construct: this.sourceText() ?? reason, message: reason });
    this.end('unsupported');
  }

  choose(kind: string, question: string, options: readonly string[], at: Site | null): number {
    const asked = { kind, question, options, at, task: this.task.id, events: this.trace.events.length };
    const chosen = this.decisions.choose(asked);
    // Going on is no event: there may be such a point at every statement.
    if (kind !== 'schedule' || chosen !== 0)
      this.emit({ kind: 'decision', question, option: options[chosen] ?? '', options });
    if (this.decisions.endless !== null) this.limit('steps', this.decisions.endless);
    return chosen;
  }

  // values ---------------------------------------------------------------------------------------------------------------
  /** A register's value for use; reading one that was never written is a fault, and it holds an unknown value from then on. */
  value(task: Task, register: number): Scalar {
    const value = task.get(register);
    if (value !== UNINITIALISED_REGISTER) return value;
    const frame = task.top();
    const variable = frame?.code.variables.find((each) => !each.memory && frame.base + each.register === register);
    const name = variable?.variable.name ?? 'the value of a function that returned none';
    const type = variable?.variable.type ?? typeOfKind(Kind.I64);
    const at =
      variable && frame
        ? [{ message: 'declared here', at: { span: variable.variable.at, function: frame.code.name } }]
        : [];
    this.fault('uninitialised-read', `\`${name}\` is read before it is written`, at, false);
    const made = this.unknowns.fresh(type, name);
    task.set(register, made);
    return made;
  }

  /** As `value`, and what an unknown was found to be is that. */
  settled(task: Task, register: number): Scalar {
    const plain = task.registers[register] as number;
    // Anything but NaN stands for itself.
    if (plain <= 0 || plain > 0) return plain;
    const value = this.value(task, register);
    return typeof value === 'object' ? this.unknowns.resolve(value) : value;
  }

  /** Converts to an integer, pointer or unknown type. */
  fit(value: Scalar, type: CType, kind: Kind): Scalar {
    if (typeof value !== 'object') {
      // A model may have calculated a fraction, or -0.
      const whole = kind < Kind.F32 && Number.isInteger(value);
      if (whole && value >= (LOW[kind] as number) && value <= (HIGH[kind] as number)) return Number(value) + 0;
      if (kind === Kind.F32) return Math.fround(Number(value));
      return kind >= Kind.F32 ? value : this.linker.wrap(value, kind);
    }
    if (value instanceof UnknownValue && type.kind === 'pointer') this.retype(value, type);
    return kind >= Kind.Void ? value : this.unknowns.convert(value, type, kind);
  }

  /** An unknown of no particular type becomes a pointer to what the code takes it for. */
  private retype(value: UnknownValue, type: CType): void {
    const vague = value.type.kind === 'unknown' || (value.type.kind === 'pointer' && sizeOf(value.type.to) <= 1);
    if (!vague || type.kind !== 'pointer' || type.to.kind === 'void') return;
    const old = value.type;
    value.retype(type);
    this.memory.onUndo(() => value.retype(old));
  }

  unary(op: 'neg' | 'complement', value: Scalar, kind: Kind): Scalar {
    if (typeof value === 'object') return this.unknowns.unary(op, value, kind);
    return op === 'neg' ? negate(value, kind) : complement(value, kind);
  }

  truth(value: Scalar, at: Site | null): boolean {
    if (typeof value !== 'object') return value !== 0;
    return this.unknowns.truth(value, at);
  }

  resultType(code: CompiledFunction): CType | null {
    return code.symbol?.type.result ?? null;
  }

  // memory ---------------------------------------------------------------------------------------------------------------

  copy(to: Scalar, from: Scalar, bytes: number): void {
    copyBytes(this, this.access, to, from, bytes);
  }

  /** Makes what an unknown pointer points to, on its first use as a pointer. */
  materialise(pointer: UnknownValue, pointee: CType | null): number | null {
    const [root, by] = rootOf(pointer);
    const unknowns = this.unknowns;
    // An element of an object that is known, at an index that is not: which one cannot be said, and nothing is wrong with it.
    if (Number(by) >= OBJECT_BASE && this.memory.owner(Number(by)) !== null) return null;
    const ranges = unknowns.facts.rangesOf(root, Kind.Pointer);
    const name = sourceName(root);
    if (!ranges.some(([low, high]) => high >= OBJECT_BASE && low < 2 ** 53)) {
      const error = ranges[0] !== undefined && ranges[0][0] >= 2n ** 64n - 4095n;
      const kind = error ? 'error-pointer-dereference' : 'wild-pointer';
      const what = error ? 'is an error pointer here' : 'cannot be a valid pointer here';
      this.fault(kind, `\`${name}\` ${what} and is dereferenced by \`${this.sourceText() ?? name}\``, [], true);
      return null;
    }
    const open = ranges.some(([low]) => low <= 0) || ranges.some(([, high]) => high >= 2n ** 64n - 1n);
    const own = root.type.kind === 'pointer' && root.type.to.kind !== 'void' ? root.type.to : null;
    const type = own ?? (by === 0 ? pointee : null);
    const table = tableBehind(this, root, type);
    if (table !== null) return table + Number(by);
    const object = this.memory.allocateOpen(type ? sizeOf(type) : 8, {
      label: `*${name}`,
      storage: 'world',
      content: 'unknown',
      at: null,
      ...(type ? { type } : {}),
    });
    if (object === null) {
      this.outOfMemory();
      return null;
    }
    object.path = name;
    object.viaPointer = true;
    if (open && root.source.startsWith('result of'))
      this.emit({
        kind: 'assumption',
        about: name,
        message: `\`${name}\` is assumed to be a valid pointer`,
        handed: [{ address: object.address, size: object.size, local: null }],
      });
    unknowns.settle(root, object.address);
    const result = unknowns.resolve(pointer);
    return typeof result === 'number' ? result : object.address + Number(by);
  }

  /** An object's address as C would write it. */
  private expressionAt(address: number): string | null {
    const symbol = this.linkTable.functionAt(address);
    if (symbol) return symbol.name;
    const object = this.memory.owner(address);
    if (object === null || object.address !== address) return null;
    return object.viaPointer ? object.path : `&${object.path}`;
  }

  nameOfAddress(address: Integer): string | null {
    const symbol = this.linkTable.functionAt(address);
    if (symbol) return `the function ${symbol.name}()`;
    return typeof address === 'number' && address >= LABEL_BASE ? 'a label' : null;
  }

  // linking --------------------------------------------------------------------------------------------------------------
  resolveSite(site: CallSite): Target {
    const target = this.linker.resolve(site.symbol);
    site.target = target;
    return target;
  }

  /** The function a pointer points to; a bad pointer is a fault, an unknown one is nobody. */
  targetOf(pointer: Scalar, site: CallSite): Target | null {
    const at = this.unknowns.resolve(pointer);
    if (typeof at === 'object') return calleeBehind(this, site);
    const symbol = this.linkTable.functionAt(at);
    if (symbol) return this.linker.resolve(symbol);
    const name = site.member === null ? 'a function pointer' : `\`${site.member}\``;
    if (at === 0) this.fault('null-dereference', `call through ${name}, which is NULL`, [], true);
    else this.fault('bad-call', `call through ${name}, which points to no function (0x${at.toString(16)})`, [], true);
    return null;
  }

  labelAt(address: Scalar, code: CompiledFunction): number | null {
    const label = this.linkTable.labelAt(address);
    return label?.owner === code.name ? (code.labels.get(label.name) ?? null) : null;
  }

  functionAddress(symbol: FunctionSymbol): number {
    return this.makeLinked(this.linkTable.add({ kind: 'function', symbol: this.linker.canonical(symbol) }));
  }

  /** Address of a linked thing, made now if this run has not used it yet. */
  makeLinked(id: number): number {
    const known = this.links[id];
    if (known !== undefined && !Number.isNaN(known)) return known;
    const link = this.linkTable.get(id);
    if (link === null) return 0;
    switch (link.kind) {
      case 'function': {
        // All declarations of a function are one address.
        const definition = this.linker.canonical(link.symbol);
        if (definition === link.symbol) return this.linkTable.makeFunction(id, definition);
        return this.linkTable.record(id, this.makeLinked(this.linkTable.add({ kind: 'function', symbol: definition })));
      }
      case 'label':
        return this.linkTable.makeLabel(id);
      case 'string': {
        const object = makeString(this.memory, link.bytes);
        if (object === null) this.outOfMemory();
        return this.linkTable.record(id, object?.address ?? 0);
      }
      case 'global': {
        const object = makeGlobalObject(this.memory, link.symbol);
        if (object === null) {
          this.outOfMemory();
          return this.linkTable.record(id, 0);
        }
        const address = this.linkTable.record(id, object.address);
        const code = this.linker.initialiser(link.symbol);
        const readOnly = link.symbol.isConst && !link.symbol.isExtern;
        if (code !== null) this.initialise(code, object, readOnly);
        else if (readOnly) this.makeReadOnly(object);
        this.globalMade?.(link.symbol, address);
        return address;
      }
    }
  }

  /**
   * An initialiser may read a global that is made just then (a compound literal), so that one is filled first; but a long chain of
   * globals that point to one another must not be a chain of host calls: beyond a depth they wait for one another.
   */
  private initialise(code: CompiledFunction, object: MemoryObject, readOnly: boolean): void {
    this.pendingInitialisers.push({ code, object, readOnly });
    if (this.initialising > INITIALISER_DEPTH) return;
    this.initialising++;
    for (let next = this.pendingInitialisers.pop(); next !== undefined; next = this.pendingInitialisers.pop()) {
      runInitialiser(this, next.code, next.object.address);
      if (next.readOnly) this.makeReadOnly(next.object);
    }
    this.initialising--;
  }

  private makeReadOnly(object: MemoryObject): void {
    object.readOnly = true;
    this.memory.open(object);
  }

  // models and tasks -----------------------------------------------------------------------------------------------------

  runModel(model: Model, args: readonly Scalar[], site: CallSite): ReturnType<ModelBody> {
    const machine = this.services;
    if (machine === null) return undefined;
    const { argTypes, signature } = site;
    return model.run({ machine, name: model.name, args, argTypes, signature, at: machine.site() });
  }

  taskDone(task: Task): void {
    if (task.id === 0) this.exitStatus = task.result ?? null;
  }
}

/** The leaf under pointer arithmetic, and how far from it. */
function rootOf(pointer: UnknownValue): readonly [UnknownValue, Integer] {
  const node = pointer.node;
  if (node?.op === '+' && typeof node.right !== 'object' && node.left instanceof UnknownValue)
    return [node.left, node.right];
  return [pointer, 0];
}
