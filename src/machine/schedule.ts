/**
 * Running tasks: which one is next, resuming models with what they asked for, and the end of a run. One task runs at a time; it is left
 * at a request of a model (`yield`, `block`), at a statement when the machine is stepped, or when it is done.
 */

import type { FunctionSymbol } from '../c/ir.ts';
import type { CType, FunctionType } from '../c/types.ts';
import { enter, finish, give, returned, unknownCall } from './calls.ts';
import type { CallSite, CompiledFunction } from './compile/code.ts';
import type { Core } from './core.ts';
import { interpret } from './interpret.ts';
import { Kind, kindOf } from './kinds.ts';
import { sizeOf } from './layout.ts';
import { resultBuffer } from './locals.ts';
import type { ModelRequest, ModelResult, Scalar } from './model.ts';
import { type Frame, Task } from './task.ts';

/** Fills a global: a task of its own, outside the scheduler. */
export function runInitialiser(core: Core, code: CompiledFunction, address: number): void {
  const task = new Task(-1, code.name);
  const outer = core.task;
  const { checkAt } = core;
  core.task = task;
  core.checkAt = Number.POSITIVE_INFINITY;
  task.push(code, 0, -1);
  task.set(0, address);
  interpret(core, task);
  core.task = outer;
  core.checkAt = checkAt;
}

/** The question that `schedule` decisions answer. */
export const WHICH_TASK = 'which task runs next';

/** How a slice of the run ended. */
export type Pause = 'ended' | 'paused';

/** Runs until everything that can run has ended, or the machine wants to pause (`core.pausing`). */
export function runTasks(core: Core): Pause {
  for (;;) {
    if (core.ended !== null) return 'ended';
    const next = pick(core);
    if (next === null) {
      settleEnd(core);
      return 'ended';
    }
    if (next !== core.task) {
      const from = core.task.id;
      // Told at the place where the other task stands.
      core.emit({ kind: 'task-switch', from, to: next.id, name: next.name, why: core.switchReason });
      core.task = next;
    }
    core.switchReason = 'the running task is done';
    if (runTask(core, next) === 'paused') return 'paused';
  }
}

/** The task to run: the current one while it can and nobody asked for a switch, else one of the ready ones by a decision. */
function pick(core: Core): Task | null {
  const ready = core.tasks.filter((task) => task.state === 'ready' || wakes(task));
  if (!core.maySwitch && ready.includes(core.task)) return woken(core.task);
  core.maySwitch = false;
  if (ready.length <= 1) return woken(ready[0] ?? null);
  // The current task first: going on is what happens when nobody asks for anything else.
  const ordered = ready.includes(core.task) ? [core.task, ...ready.filter((task) => task !== core.task)] : ready;
  const options = ordered.map((task) => task.name);
  const chosen = core.choose('schedule', WHICH_TASK, options, core.site());
  return woken(ordered[chosen] ?? null);
}

/** Only the task that runs goes past its wait: for another one, what it waited for may be gone again when its turn comes. */
function woken(task: Task | null): Task | null {
  if (task !== null) {
    task.state = 'ready';
    task.ready = null;
  }
  return task;
}

function wakes(task: Task): boolean {
  return task.state === 'blocked' && task.ready !== null && task.ready();
}

/** True while the task waits for something that has not happened. */
export function isStuck(task: Task): boolean {
  return task.state === 'blocked' && !wakes(task);
}

function settleEnd(core: Core): void {
  const main = core.tasks[0];
  if (main?.state === 'done') core.end('returned');
  else if (core.tasks.some((task) => task.state === 'blocked')) core.end('deadlock');
  else core.end('returned');
}

/** One task until it is done, blocked, yields, or the machine stops. */
function runTask(core: Core, task: Task): Pause | 'switch' {
  while (core.ended === null && task.state === 'ready') {
    if (core.pausing) return 'paused';
    if (core.maySwitch) return 'switch';
    const frame = task.top();
    if (frame === null) {
      finish(core, task, undefined);
      return 'switch';
    }
    if (frame.generator === null) interpret(core, task);
    else resume(core, task, frame, frame.generator);
  }
  return 'switch';
}

function resume(core: Core, task: Task, frame: Frame, generator: Generator<ModelRequest, ModelResult, Scalar>): void {
  const answer = task.answer;
  task.answer = 0;
  const step = generator.next(answer);
  if (core.ended !== null) return;
  if (step.done === true) {
    task.depth--;
    if (frame.told) returned(core, frame.modelName, step.value, frame.site);
    deliver(core, task, frame, step.value);
    return;
  }
  const request = step.value;
  switch (request.kind) {
    case 'call':
      callFromModel(core, task, frame, request.target, request.args);
      return;
    case 'block':
      if (request.ready()) return;
      task.state = 'blocked';
      task.ready = request.ready;
      task.waitsFor = request.on;
      core.switchReason = `${task.name} waits for ${request.on}`;
      return;
    case 'yield':
      if (core.tasks.length > 1) {
        core.maySwitch = true;
        core.switchReason = request.at;
      }
      return;
  }
}

/** Gives a finished model's result to the frame below it. */
function deliver(core: Core, task: Task, frame: Frame, value: ModelResult): void {
  const below = task.top();
  if (below === null) {
    finish(core, task, value);
    return;
  }
  if (below.generator !== null) {
    task.answer = value ?? 0;
    return;
  }
  const { site } = frame;
  if (site !== null && site.lead === 1 && value !== undefined) {
    // Where a struct goes stands before the arguments, and those before the model's own frame.
    core.copy(core.value(task, frame.base - site.count - 1), value, sizeOf(site.resultType));
  } else if (site !== null) give(core, task, below, site, frame.result, value);
  // The calling code goes on behind its call.
  below.pc += 4;
}

const ANY_FUNCTION: FunctionType = {
  kind: 'function',
  result: { kind: 'unknown', why: 'result of an unknown function' },
  parameters: [],
  parameterNames: [],
  variadic: true,
};

/** A call that no C code makes: types come from the function itself. */
export function siteFor(symbol: FunctionSymbol | null, args: readonly Scalar[]): CallSite {
  const signature = symbol?.type ?? ANY_FUNCTION;
  const argTypes = args.map((arg, i): CType => {
    const declared = signature.parameters[i];
    if (declared) return declared;
    return typeof arg === 'object' ? arg.type : { kind: 'unknown', why: 'argument of a model' };
  });
  const resultKind = kindOf(signature.result);
  return {
    symbol,
    signature,
    member: null,
    owner: null,
    count: args.length,
    argTypes,
    printTypes: argTypes,
    resultKind,
    resultType: signature.result,
    lead: resultKind === Kind.Aggregate ? 1 : 0,
    target: null,
  };
}

/** Starts a call on behalf of a model's (or scenario's) frame; its result becomes the frame's answer. */
function callFromModel(
  core: Core,
  task: Task,
  frame: Frame,
  wanted: Scalar | FunctionSymbol,
  args: readonly Scalar[],
): void {
  const symbol = typeof wanted === 'object' && 'kind' in wanted && wanted.kind === 'function' ? wanted : null;
  const site = symbol ? siteFor(symbol, args) : siteOfPointer(core, wanted as Scalar, args);
  const target = site.symbol ? core.linker.resolve(site.symbol) : core.targetOf(wanted as Scalar, site);
  if (target === null) return;
  const base = frame.base + frame.code.registers;
  reserve(task, base + site.lead + args.length + 1);
  if (site.lead === 1) task.set(base, resultBuffer(core, site.resultType));
  args.forEach((arg, i) => {
    task.set(base + site.lead + i, arg);
  });
  if (target.kind === 'code') {
    enter(core, task, target.code, site, base, -1);
    return;
  }
  if (target.kind === 'nobody') {
    task.answer = unknownCall(core, target.symbol?.name ?? 'an unknown function', site, args) ?? 0;
    return;
  }
  const value = core.runModel(target.model, args, site);
  if (typeof value === 'object' && 'next' in value) {
    const pushed = task.push(core.modelCode, base + site.lead + args.length, -1);
    pushed.generator = value;
    pushed.modelName = target.model.name;
    pushed.told = true;
    pushed.site = site;
  } else task.answer = value ?? 0;
}

function siteOfPointer(core: Core, pointer: Scalar, args: readonly Scalar[]): CallSite {
  return siteFor(core.linkTable.functionAt(core.unknowns.resolve(pointer)), args);
}

function reserve(task: Task, registers: number): void {
  if (registers <= task.registers.length) return;
  const wide = new Float64Array(Math.max(registers, task.registers.length * 2));
  wide.set(task.registers);
  task.registers = wide;
}

/** Starts a task whose bottom frame is a generator: a scenario, or a call made for `spawn`. */
export function startTask(core: Core, name: string, script: Generator<ModelRequest, ModelResult, Scalar>): Task {
  const task = new Task(core.tasks.length, name);
  core.tasks.push(task);
  const frame = task.push(core.modelCode, 0, -1);
  frame.generator = script;
  frame.modelName = name;
  frame.told = true;
  frame.site = null;
  return task;
}
