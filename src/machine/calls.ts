/**
 * Calls and returns: pushing frames, binding arguments, giving results, calling models, and what calling an unknown function does.
 * Functions answer true when the interpreter's loop must be left.
 */

import type { FunctionSymbol } from '../c/ir.ts';
import type { CType } from '../c/types.ts';
import type { CallSite, CompiledFunction, Target } from './compile/code.ts';
import { isStep, passedOn, stepFrom } from './conversions.ts';
import type { Core } from './core.ts';
import { forget, hole } from './forget.ts';
import { handedTo } from './handed.ts';
import { Kind } from './kinds.ts';
import { sizeOf } from './layout.ts';
import { copyOf } from './locals.ts';
import { fillUnread } from './memory/block.ts';
import type { ModelRequest, ModelResult, Scalar } from './model.ts';
import { printValue } from './print.ts';
import type { Frame, Task, VariableArgument } from './task.ts';
import { UNINITIALISED_REGISTER } from './unknown/value.ts';

/** Pushes a frame for `code`; arguments stand in registers from `first` (absolute) on. */
export function enter(
  m: Core,
  task: Task,
  code: CompiledFunction,
  site: CallSite,
  first: number,
  result: number,
): boolean {
  if (task.depth >= m.limits.depth) {
    m.limit('depth', `call depth of ${m.limits.depth} reached in ${code.name}()`);
    return true;
  }
  if (site.count < code.parameterCount || site.lead !== code.lead) {
    if (site.lead !== code.lead) {
      m.fault('bad-call', `${code.name}() is called as if its result had another type`, [], true);
      return true;
    }
    const wanted = `${code.parameterCount} argument${code.parameterCount === 1 ? '' : 's'}`;
    const mismatch = `${code.name}() takes ${wanted}, ${site.count} are given`;
    // The kernel's functions gained and lost parameters over time: in the kernel that this code is for, both sides agree.
    const { at } = code.ir?.symbol ?? { at: null };
    if (isBundled(m, at) || calledByKernel(m, task))
      m.emit({
        kind: 'assumption',
        about: code.name,
        message: `${mismatch}: another version of the kernel than is known here`,
      });
    else m.fault('bad-call', mismatch, [], false);
  }
  // What a scenario calls is judged itself.
  const calledFromCode = task.depth > 0 && task.frames[task.depth - 1]?.generator === null;
  if (calledFromCode && code.symbol !== null && !code.unwatched)
    code.unwatched = !aboutToCall(m, task, site, code.symbol, first + site.lead);
  if (m.trace.calls) {
    const args: string[] = [];
    for (let i = 0; i < site.argTypes.length; i++)
      args.push(printValue(m, task.get(first + site.lead + i), site.printTypes[i] ?? null));
    m.trace.addCall(code.name, false, args, m);
  }
  if (calledFromCode && code.ir?.partial === true) callInPart(m, task, code, site, first + site.lead);
  const frame = task.push(code, first, result);
  frame.site = site;
  for (let i = site.count; i < code.parameterCount; i++)
    task.set(
      first + code.lead + i,
      m.unknowns.fresh(parameterType(code, i), `missing argument ${i + 1} of ${code.name}()`),
    );
  if (code.variadic) frame.varargs = extra(m, task, site, first + site.lead, code.parameterCount);
  return false;
}

/** Tells who watches calls of this one, if somebody does; its arguments stand in registers from `first` on. */
function aboutToCall(m: Core, task: Task, site: CallSite, symbol: FunctionSymbol, first: number): boolean {
  const watch = m.beforeCall?.(symbol) ?? null;
  if (watch === null || m.services === null) return false;
  const args: Scalar[] = [];
  for (let i = 0; i < site.count; i++) args.push(m.unknowns.resolve(task.get(first + i)));
  watch(m.services, args);
  return true;
}

/** Whether the call stands in a model or in our own body of a kernel function. */
function calledByKernel(m: Core, task: Task): boolean {
  const caller = task.frames[task.depth - 1];
  if (caller === undefined || caller.generator !== null) return true;
  return isBundled(m, caller.code.ir?.symbol.at ?? null);
}

function isBundled(m: Core, at: { readonly unit: number } | null): boolean {
  return at !== null && m.program.units[at.unit]?.origin === 'bundled';
}

/**
 * Of a function that is seen in part, the other part may keep or fill in what it is handed. Parameters that its lines (a cut heading) do not
 * name are filled in here: no line that is shown can.
 */
function callInPart(m: Core, task: Task, code: CompiledFunction, site: CallSite, first: number): void {
  const { name } = code;
  const args: Scalar[] = [];
  for (let i = 0; i < site.count; i++) args.push(m.settled(task, first + i));
  m.emit({
    kind: 'assumption',
    about: name,
    message: `only a part of \`${name}()\` is shown: what else it does is assumed`,
    handed: handedTo(m, name, args),
  });
  for (let i = code.parameterCount; i < args.length; i++) {
    const type = site.argTypes[i];
    if (type?.kind === 'pointer' && !type.toConst) forget(m, args[i] ?? 0, type.to);
  }
}

function parameterType(code: CompiledFunction, index: number): CType {
  return code.ir?.parameters[index]?.type ?? { kind: 'unknown', why: 'missing argument' };
}

function extra(m: Core, task: Task, site: CallSite, first: number, from: number): VariableArgument[] {
  const list: VariableArgument[] = [];
  for (let i = from; i < site.count; i++) {
    const type = site.argTypes[i] ?? { kind: 'unknown', why: 'argument' };
    // An aggregate is passed by value: the callee must not see later changes.
    let value = m.value(task, first + i);
    if (type.kind === 'struct') value = copyOf(m, value, sizeOf(type));
    list.push({ value, type });
  }
  return list;
}

/** Pops the frame and gives its result (`register` absolute; -1: none) to whoever waits below. */
export function leave(m: Core, task: Task, frame: Frame, register: number): boolean {
  const { code } = frame;
  let value: Scalar | undefined;
  if (register >= 0) {
    const number = task.registers[register] as number;
    value = Number.isNaN(number) ? m.value(task, register) : number;
  } else if (code.resultKind !== Kind.Void) {
    if (code.ir?.partial === true) {
      // Its end is not shown, and neither is what it returns there.
      hole(m, task, frame, 0);
      const type = m.resultType(code);
      value = type === null ? UNINITIALISED_REGISTER : m.unknowns.fresh(type, `result of ${code.name}()`);
    } else value = UNINITIALISED_REGISTER;
  } else if (code.ir?.endUnseen === true) hole(m, task, frame, 0);
  if (frame.objects.length > 0) release(m, frame);
  code.returned = true;
  // The initialiser of a global is no call that anybody made.
  if (m.trace.returns && code.symbol !== null) {
    const shown =
      value === undefined || code.resultKind === Kind.Void ? null : printValue(m, value, m.resultType(code));
    m.trace.addReturn(code.name, shown, m);
  }
  task.depth--;
  const below = task.depth > 0 ? task.frames[task.depth - 1] : undefined;
  if (below === undefined) {
    finish(m, task, value);
    return true;
  }
  if (below.generator !== null) {
    task.answer = value === undefined || value === UNINITIALISED_REGISTER ? 0 : value;
    return true;
  }
  if (frame.result >= 0 && value !== undefined) task.set(below.base + frame.result, value);
  return m.ended !== null;
}

export function release(m: Core, frame: Frame): void {
  for (let i = frame.objects.length - 1; i >= 0; i--) {
    const object = frame.objects[i];
    if (object === undefined) continue;
    object.dead = true;
    m.memory.release(object);
  }
  frame.objects.length = 0;
}

export function finish(m: Core, task: Task, value: Scalar | undefined): void {
  task.state = 'done';
  task.result = value === UNINITIALISED_REGISTER ? undefined : value;
  m.taskDone(task);
}

/** Calls a model, or nobody. */
export function invoke(m: Core, task: Task, site: CallSite, target: Target, first: number, result: number): boolean {
  const args: Scalar[] = [];
  const base = first + site.lead;
  for (let i = 0; i < site.count; i++) args.push(m.settled(task, base + i));
  if (m.ended !== null) return true;
  const frame = task.top();
  const name = target.kind === 'model' ? target.model.name : nameOf(target, site);
  if (target.kind === 'nobody' && target.symbol !== null && frame?.generator === null)
    aboutToCall(m, task, site, target.symbol, base);
  const told = target.kind !== 'model' || target.model.inner !== true;
  if (told && m.trace.calls) {
    const shown: string[] = [];
    for (let i = 0; i < site.count; i++) shown.push(printValue(m, args[i] ?? 0, site.printTypes[i] ?? null));
    m.trace.addCall(name, true, shown, m);
  }
  let value: ModelResult | Generator<ModelRequest, ModelResult, Scalar>;
  if (target.kind === 'model') value = m.runModel(target.model, args, site);
  else value = unknownCall(m, name, site, args);
  if (typeof value === 'object' && 'next' in value) {
    const pushed = task.push(m.modelCode, task.depth === 0 ? 0 : first + site.count + 1, result);
    pushed.generator = value;
    pushed.modelName = name;
    pushed.told = told;
    pushed.site = site;
    task.answer = 0;
    return true;
  }
  if (m.ended !== null) return true;
  // Whoever makes a struct answers with the address of its bytes; where they go stands before the arguments.
  if (site.lead === 1 && value !== undefined) m.copy(m.value(task, first), value, sizeOf(site.resultType));
  if (told) returned(m, name, value, site);
  if (frame !== null) give(m, task, frame, site, result, value);
  return m.ended !== null;
}

export function returned(m: Core, name: string, value: ModelResult, site: CallSite | null): void {
  if (!m.trace.returns) return;
  m.trace.addReturn(name, value === undefined ? null : printValue(m, value, site?.resultType ?? null), m);
}

/** Puts a model's result where the calling code wants it. */
export function give(m: Core, task: Task, frame: Frame, site: CallSite, register: number, value: ModelResult): void {
  // A struct was put into its place already.
  if (register < 0 || site.lead === 1) return;
  if (value === undefined)
    value = site.resultKind === Kind.Void ? 0 : m.unknowns.fresh(site.resultType, 'a void result');
  task.set(frame.base + register, m.fit(value, site.resultType, site.resultKind));
}

function nameOf(target: Target, site: CallSite): string {
  if (target.kind === 'nobody' && target.symbol) return target.symbol.name;
  return site.member ?? 'an unknown function';
}

/** Programs of a kernel tree (tools/testing) are C like its drivers: what ends them does not come back (ISO C, kselftest.h). */
const ENDS = /^(?:_?exit|_Exit|quick_exit|abort|ksft_exit\w*)$/;

/** A function whose effect nobody knows: what it can reach directly is unknown afterwards, and so is its result. */
export function unknownCall(m: Core, name: string, site: CallSite, args: readonly Scalar[]): Scalar | undefined {
  const otherwise = site.symbol?.otherwise;
  const version = otherwise === undefined ? '' : ` of another kernel version (${otherwise})`;
  m.emit({
    kind: 'assumption',
    about: name,
    message: `\`${name}()\`${version} is not known: its effects and result are assumed`,
    handed: handedTo(m, name, args),
    ...(otherwise === undefined ? {} : { otherVersion: true }),
  });
  const [only] = args;
  if (only !== undefined && isStep(name, site)) return stepFrom(m, name, site, only);
  const condition = passedOn(name, site, args);
  if (condition !== null) return condition;
  if (otherwise === undefined && m.unknownEffects && m.services) m.unknownEffects(m.services, name);
  args.forEach((arg, i) => {
    const declared = site.signature.parameters[i] ?? site.argTypes[i];
    const type = declared?.kind === 'pointer' ? declared : site.argTypes[i];
    if (type?.kind === 'pointer' && !type.toConst) forget(m, arg, type.to);
  });
  if (ENDS.test(name) || site.symbol?.attributes.some((attribute) => attribute.name === 'noreturn')) m.end('exit');
  if (site.resultKind === Kind.Void) return undefined;
  const source = `result of ${name}()`;
  if (site.lead === 1) {
    const size = sizeOf(site.resultType);
    const made = m.memory.allocate(size, {
      label: source,
      storage: 'stack',
      content: 'unknown',
      at: null,
      type: site.resultType,
    });
    if (made === null) m.outOfMemory();
    else if (m.memory.exhausted) fillUnread(m, made, 0, size);
    return made?.address ?? 0;
  }
  return m.unknowns.fresh(site.resultType, source);
}
