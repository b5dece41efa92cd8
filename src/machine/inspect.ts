/** Frames and variables of a stopped machine, for a debugger. Looking changes nothing: unread content stays unread. */
import type { CType } from '../c/types.ts';
import type { Core } from './core.ts';
import type { Site } from './events.ts';
import { Kind, kindOf, sizeOfKind } from './kinds.ts';
import { INITIALISED } from './memory/arena.ts';
import type { Scalar } from './model.ts';
import { printValue } from './print.ts';
import type { Frame, Task } from './task.ts';
import { UNINITIALISED_REGISTER } from './unknown/value.ts';

export interface VariableView {
  readonly name: string;
  readonly type: CType;
  /** null: not in memory. */
  readonly address: number | null;
  /** As text; null: nothing has been stored yet, or it is an aggregate. */
  readonly value: string | null;
}

export interface FrameView {
  readonly function: string;
  readonly at: Site | null;
  readonly variables: readonly VariableView[];
}

export function viewFrames(core: Core): readonly FrameView[] {
  const views: FrameView[] = [];
  const { task } = core;
  for (let i = task.depth - 1; i >= 0; i--) {
    const frame = task.frames[i];
    if (frame && frame.generator === null) views.push(viewFrame(core, task, frame));
  }
  return views;
}

function viewFrame(core: Core, task: Task, frame: Frame): FrameView {
  const sorted = [...frame.code.variables].sort(
    (a, b) => Number(b.variable.isParameter) - Number(a.variable.isParameter),
  );
  const variables = sorted.map((each): VariableView => {
    const raw = task.get(frame.base + each.register);
    const { name, type } = each.variable;
    if (frame.pc < each.from) return { name, type, address: null, value: null };
    if (!each.memory) return { name, type, address: null, value: shown(core, raw, type) };
    const address = typeof raw === 'number' ? raw : null;
    return { name, type, address, value: address === null ? null : peek(core, address, type) };
  });
  return { function: frame.code.name, at: core.siteOf(frame), variables };
}

function shown(core: Core, value: Scalar, type: CType): string | null {
  return value === UNINITIALISED_REGISTER ? null : printValue(core, value, type);
}

function peek(core: Core, address: number, type: CType): string | null {
  const kind = kindOf(type);
  if (kind === Kind.Aggregate || kind === Kind.Void) return null;
  const size = sizeOfKind(kind);
  const index = core.memory.find(address, size);
  if (index < 0) return null;
  for (let i = 0; i < size; i++) if (core.memory.arena.shadow[index + i] !== INITIALISED) return null;
  return printValue(core, core.access.decode(index, kind), type);
}
