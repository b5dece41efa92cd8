/**
 * The machine's face: makes one for a program and runs it.
 *
 *   const machine = createMachine(program, { models });
 *   const result = machine.run({ entry: 'main', args: [] });          // one C function to its end
 *   const result = machine.play(function* (m) {                       // a scenario: the kernel's caller as a generator
 *     const device = m.allocate(64, {...});                           // m is MachineServices
 *     const error = yield { kind: 'call', target: op, args: [device], why: 'map' };
 *     ...                                                             // world state stays between the calls
 *     return 0;
 *   }, { decisions: [1, 0] });
 *
 * A world that many runs share is set up once through `machine.services` before the first run (or before `seal()`); each run starts
 * from the sealed state and is undone at the start of the next one, so a result is to be read before that. Equal options give equal
 * traces. A run is stepped with `begin…()`, `step()` or `proceed()`, then `result()`; `frames()` shows variables meanwhile.
 * `state()` made before `seal()` is forked for each run if its key can fork; else it is kept as it is, and what a subsystem changes in it
 * during a run it must undo itself (`onUndo`).
 */
import type { FunctionSymbol, Program } from '../c/ir.ts';
import type { Span } from '../c/source.ts';
import { Core, type Outcome } from './core.ts';
import type { Decision, Strategy } from './decisions.ts';
import type { Event, Site } from './events.ts';
import type { KeptStructs } from './forget.ts';
import { type FrameView, viewFrames } from './inspect.ts';
import type { AccessWatch } from './memory/memory.ts';
import type { MachineServices, Model, ModelRequest, ModelResult, Scalar } from './model.ts';
import type { ValueNames } from './print.ts';
import { runTasks, startTask } from './schedule.ts';
import { once, Services } from './services.ts';
import type { CallWatch, Task } from './task.ts';
import type { EventKind } from './trace.ts';
import type { ShownFunctions } from './unknown/shownFunctions.ts';

export type { Outcome } from './core.ts';
export type { Decision, Strategy } from './decisions.ts';
export type { KeptStructs } from './forget.ts';

export interface MachineOptions {
  readonly models?: readonly Model[];
  /** Bytes of simulated memory that may be in use at once. Default 256 MiB. */
  readonly memoryLimit?: number;
  /** Called before a function without body and model is passed over: does to the context what is known of it. */
  readonly unknownEffects?: (machine: MachineServices, name: string) => void;
  readonly kept?: KeptStructs;
  readonly shown?: ShownFunctions;
  readonly names?: ValueNames;
  /** Told of each call that code makes of a function that is no model, before it is made. */
  readonly beforeCall?: CallWatch;
}

export interface RunOptions {
  /** Answers to the first questions of the run. */
  readonly decisions?: readonly number[];
  /** Asked when `decisions` is used up; default: option 0. */
  readonly strategy?: Strategy;
  /** Statements. Default 10 million. */
  readonly steps?: number;
  /** Frames of one task. Default 20 000. */
  readonly depth?: number;
  /** Kinds of event that are not recorded. */
  readonly silent?: readonly EventKind[];
  /** Another task may run before each statement (that the function accepts): a `schedule` decision when several can run. */
  readonly preempt?: boolean | ((at: Site) => boolean);
  /** Told of every access to simulated memory (slow). */
  readonly onAccess?: AccessWatch;
  /** Called before each statement (slow: for tracing tools). */
  readonly onStatement?: (site: Site, task: number) => void;
}

export interface RunResult {
  readonly outcome: Outcome;
  /** Result of the entry function or scenario; for `exit` the status. null: none. */
  readonly value: Scalar | null;
  readonly decisions: readonly Decision[];
  readonly steps: number;
  readonly trace: readonly Event[];
  /** Tasks that still wait at the end, with what for and where: the participants of a deadlock. */
  readonly waiting: readonly {
    readonly task: number;
    readonly name: string;
    readonly on: string;
    readonly stack: readonly Site[];
  }[];
  /** The decision list did not fit the run's questions; the run went on with option 0. null: it did. */
  readonly misfit: string | null;
}

export type Script = (machine: MachineServices) => Generator<ModelRequest, ModelResult, Scalar>;

/**
 * A world that several runs start from, made by task 0 before its script begins; known by its identity. What it hands back is started anew
 * for each run, so it may keep addresses and other constants, and nothing that a run changes but what is in the machine.
 */
export type World = (machine: MachineServices) => Script;

/** A world that was made once and sealed, with what its making left behind. */
interface SealedWorld {
  readonly world: World;
  readonly script: Script;
  readonly events: readonly Event[];
  readonly steps: number;
}

/** Bytes of a world up to which it is put back for each run; a larger one is made by each. */
const MOST_SEALED = 2 ** 20;

const DEFAULT_MEMORY = 2 ** 28;
const DEFAULT_STEPS = 10_000_000;
const DEFAULT_DEPTH = 20_000;

export function createMachine(program: Program, options: MachineOptions = {}): Machine {
  return new Machine(program, options);
}

export class Machine {
  private readonly core: Core;
  private readonly service: Services;
  private sealed = false;
  /** The world on top of the sealed one that runs start from now. */
  private inside: SealedWorld | null = null;
  /** Worlds that ask, end the run, or leave what no seal can copy: each run makes them again. */
  private readonly unsealable = new WeakSet<World>();
  private stepping = false;
  private options: RunOptions = {};

  constructor(program: Program, options: MachineOptions) {
    const limits = { steps: DEFAULT_STEPS, depth: DEFAULT_DEPTH, memory: options.memoryLimit ?? DEFAULT_MEMORY };
    this.core = new Core(program, options.models ?? [], limits);
    this.service = new Services(this.core);
    this.core.services = this.service;
    this.core.unknownEffects = options.unknownEffects ?? null;
    this.core.kept = options.kept ?? this.core.kept;
    this.core.shown = options.shown ?? null;
    this.core.names = options.names ?? this.core.names;
    this.core.beforeCall = options.beforeCall ?? null;
    this.core.atStatement = (task) => this.atStatement(task);
  }

  /** For setting up a world before the first run, and for looking at it after one. */
  get services(): MachineServices {
    return this.service;
  }

  /** What exists now is the world that every run starts from. */
  seal(): void {
    const { core } = this;
    core.memory.seal();
    core.unknowns.seal();
    core.linkTable.seal();
    this.service.states.seal();
    this.sealed = true;
  }

  private unseal(): void {
    const { core } = this;
    this.inside = null;
    core.memory.unseal();
    core.unknowns.unseal();
    core.linkTable.unseal();
    this.service.states.unseal();
  }

  /** Takes everything back to the sealed world; `begin` does this itself. */
  reset(): void {
    if (this.inside !== null) this.unseal();
    this.rewind();
  }

  /** Takes everything back to what was sealed last. */
  private rewind(): void {
    const { core } = this;
    core.memory.reset();
    core.unknowns.reset();
    core.linkTable.reset();
    core.argumentLists.clear();
    core.trace.reset();
    this.service.states.reset();
    core.tasks = [];
    core.ended = null;
    core.exitStatus = null;
    core.steps = 0;
    core.pausing = false;
    core.maySwitch = false;
  }

  /** Runs one function. */
  run(options: RunOptions & { readonly entry: FunctionSymbol | string; readonly args?: readonly Scalar[] }): RunResult {
    this.begin(options.entry, options.args ?? [], options);
    return this.proceed();
  }

  /** Runs a scenario as task 0. */
  play(script: Script, options: RunOptions = {}): RunResult {
    this.beginScript(script, options);
    return this.proceed();
  }

  /**
   * Runs the script that a world hands back, as task 0 in that world. The world is made once for all runs in a row that name it, as long as
   * making it asks no question.
   */
  playIn(world: World, options: RunOptions = {}): RunResult {
    const { core } = this;
    const known = this.inside?.world === world ? this.inside : null;
    if (known === null) this.startAfresh(options);
    else {
      this.rewind();
      this.configure(options);
      core.trace.events = [...known.events];
      core.steps = known.steps;
    }
    core.task = startTask(core, 'main', idle());
    const script = known?.script ?? world(this.service);
    if (known === null && !this.unsealable.has(world)) this.sealOnTop(world, script);
    core.tasks = [];
    core.task = startTask(core, 'main', script(this.service));
    return this.proceed();
  }

  /** Seals what making a world has left, unless a seal would not keep all of it. */
  private sealOnTop(world: World, script: Script): void {
    const { core } = this;
    const whole =
      core.ended === null &&
      core.decisions.list.length === 0 &&
      core.unknowns.untold &&
      core.argumentLists.size === 0 &&
      !core.memory.exhausted &&
      core.memory.arena.top <= MOST_SEALED &&
      this.service.states.forkable;
    if (!whole) {
      this.unsealable.add(world);
      return;
    }
    this.seal();
    this.inside = { world, script, events: [...core.trace.events], steps: core.steps };
  }

  /** Starts a run of one function without executing anything yet. */
  begin(entry: FunctionSymbol | string, args: readonly Scalar[], options: RunOptions = {}): void {
    const symbol = typeof entry === 'string' ? this.core.program.function(entry) : entry;
    const name = typeof entry === 'string' ? entry : entry.name;
    this.beginScript(() => (symbol ? once(symbol, args, 'entry') : nothing(this.service, name)), options);
  }

  /** Starts a run of a scenario without executing anything yet. */
  beginScript(script: Script, options: RunOptions = {}): void {
    const { core } = this;
    this.startAfresh(options);
    core.task = startTask(core, 'main', script(this.service));
  }

  private startAfresh(options: RunOptions): void {
    if (!this.sealed) this.seal();
    else this.reset();
    this.configure(options);
  }

  private configure(options: RunOptions): void {
    const { core } = this;
    this.options = options;
    core.memory.watch = options.onAccess ?? null;
    core.tasks = [];
    core.ended = null;
    core.limits.steps = options.steps ?? DEFAULT_STEPS;
    core.limits.depth = options.depth ?? DEFAULT_DEPTH;
    core.trace.silence(options.silent ?? []);
    core.decisions.begin(options.decisions ?? [], options.strategy ?? null);
    this.stepping = false;
    this.arm();
  }

  private arm(): void {
    const every = this.stepping || this.mayPreempt || this.options.onStatement !== undefined;
    this.core.checkAt = every ? 0 : this.core.limits.steps;
  }

  private get mayPreempt(): boolean {
    return this.options.preempt !== undefined && this.options.preempt !== false;
  }

  /** Whether another task may be chosen before the statement that is next. */
  private preempts(): boolean {
    const { core } = this;
    const { preempt } = this.options;
    if (preempt === undefined || preempt === false || core.tasks.length <= 1) return false;
    if (preempt === true) return true;
    const site = core.site();
    return site !== null && preempt(site);
  }

  private atStatement(task: Task): boolean {
    const { core, options } = this;
    if (core.steps >= core.limits.steps) {
      core.limit('steps', `${core.limits.steps} statements executed`);
      return true;
    }
    if (task.id < 0) return false;
    if (options.onStatement) {
      const site = core.site();
      if (site) options.onStatement(site, task.id);
    }
    if (this.preempts()) {
      core.maySwitch = true;
      core.switchReason = 'preempted';
    }
    if (this.stepping) core.pausing = true;
    if (!core.pausing && !core.maySwitch) return false;
    task.resume = true;
    return true;
  }

  /** Runs to the next statement; false when the run has ended. */
  step(): boolean {
    this.stepping = true;
    this.arm();
    this.core.pausing = false;
    const paused = runTasks(this.core) === 'paused';
    this.stepping = false;
    this.arm();
    this.core.pausing = false;
    return paused;
  }

  /** Runs to the end. */
  proceed(): RunResult {
    runTasks(this.core);
    return this.result();
  }

  result(): RunResult {
    const { core } = this;
    const waiting = core.tasks
      .filter((task) => task.state === 'blocked')
      .map((task) => ({ task: task.id, name: task.name, on: task.waitsFor, stack: core.stackOf(task) }));
    return {
      outcome: core.ended ?? 'stopped',
      value: core.exitStatus === null ? null : core.unknowns.resolve(core.exitStatus),
      decisions: core.decisions.list,
      steps: core.steps,
      trace: core.trace.events,
      waiting,
      misfit: core.decisions.misfit,
    };
  }

  /** The current task's C frames, innermost first, with their variables. */
  frames(): readonly FrameView[] {
    return viewFrames(this.core);
  }

  /** How many questions the run has asked so far. */
  get asked(): number {
    return this.core.decisions.list.length;
  }

  /** How much of a function has been executed since the machine was made. */
  executed(symbol: FunctionSymbol): 'nothing' | 'a part' | 'all' {
    const coverage = this.core.linker.compiledBody(symbol)?.coverage;
    if (coverage === undefined || !coverage.includes(1)) return 'nothing';
    return coverage.includes(0) ? 'a part' : 'all';
  }

  /** Whether a run came to its end. */
  returned(symbol: FunctionSymbol): boolean {
    return this.core.linker.compiledBody(symbol)?.returned === true;
  }

  /** What has been executed since the machine was made, by function that was reached. */
  coverage(): readonly {
    readonly function: FunctionSymbol;
    readonly statements: readonly { readonly at: Span; readonly executed: boolean }[];
  }[] {
    return this.core.linker.compiled.flatMap((code) =>
      code.symbol === null
        ? []
        : [
            {
              function: code.symbol,
              statements: code.statements.map((at, i) => ({ at, executed: code.coverage[i] === 1 })),
            },
          ],
    );
  }
}

/** What task 0 has to do while its world is made. */
function* idle(): Generator<ModelRequest, ModelResult, Scalar> {
  yield { kind: 'yield', at: 'its world is made' };
  return undefined;
}

// biome wants generators to yield; this one has only its end.
function* nothing(machine: MachineServices, name: string): Generator<ModelRequest, ModelResult, Scalar> {
  machine.emit({ kind: 'unsupported', construct: name, message: `there is no function ${name}()` });
  yield { kind: 'yield', at: 'the end' };
  return undefined;
}
