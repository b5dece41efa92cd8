/**
 * The interpreter's loop: common instructions on plain numbers. Whatever is not plain (a bigint, an unknown value, memory that is not
 * simply there) falls out of the switch into `slow.ts`, which does the same instruction in full; instructions that are not common are
 * in `rare.ts`. No host recursion: a call pushes a frame.
 */
import { enter, invoke, leave } from './calls.ts';
import type { Core } from './core.ts';
import { HIGH, LOW, POWER } from './kinds.ts';
import { plainLoad, plainStore } from './memory/plain.ts';
import { Op } from './opcodes.ts';
import { slowly } from './slow.ts';
import type { Task } from './task.ts';
import { UNINITIALISED_REGISTER } from './unknown/value.ts';

/** Runs the task's top code frame until its frames end, a model's frame comes to the top, or the machine wants to stop. */
export function interpret(m: Core, task: Task): void {
  const first = task.top();
  if (first === null) return;
  let frame = first;
  let code = frame.code.code;
  let coverage = frame.code.coverage;
  let fp = frame.base;
  let pc = frame.pc;
  let R = task.registers;
  const { memory } = m;
  if (task.resume) {
    task.resume = false;
    pc += 4;
  }
  for (;;) {
    const word = code[pc] as number;
    const d = code[pc + 1] as number;
    const a = fp + (code[pc + 2] as number);
    const b = code[pc + 3] as number;
    // A case that could do its work goes on with the next instruction; one that leaves the switch is done slowly.
    switch (word & 255) {
      case Op.Statement: {
        coverage[d] = 1;
        pc += 4;
        if (++m.steps < m.checkAt) continue;
        frame.pc = pc - 4;
        if (m.atStatement(task)) return;
        continue;
      }
      case Op.Move: {
        const x = R[a] as number;
        if (Number.isNaN(x)) {
          // Not resolved: the value may be one that only a later fact settles.
          const held = task.beside[a];
          if (held === undefined || held === UNINITIALISED_REGISTER) break;
          task.beside[fp + d] = held;
        }
        R[fp + d] = x;
        pc += 4;
        continue;
      }
      case Op.Int: {
        R[fp + d] = code[pc + 2] as number;
        pc += 4;
        continue;
      }
      case Op.Constant: {
        task.set(fp + d, frame.code.constants[code[pc + 2] as number] ?? 0);
        pc += 4;
        continue;
      }
      case Op.Add: {
        const z = (R[a] as number) + (R[fp + b] as number);
        if (z >= (LOW[word >> 8] as number) && z <= (HIGH[word >> 8] as number)) {
          R[fp + d] = z;
          pc += 4;
          continue;
        }
        break;
      }
      case Op.AddK: {
        const z = (R[a] as number) + b;
        if (z >= (LOW[word >> 8] as number) && z <= (HIGH[word >> 8] as number)) {
          R[fp + d] = z;
          pc += 4;
          continue;
        }
        break;
      }
      case Op.Sub: {
        const z = (R[a] as number) - (R[fp + b] as number);
        if (z >= (LOW[word >> 8] as number) && z <= (HIGH[word >> 8] as number)) {
          R[fp + d] = z;
          pc += 4;
          continue;
        }
        break;
      }
      case Op.Mul: {
        // Plus 0, for a product must not be -0.
        const z = (R[a] as number) * (R[fp + b] as number) + 0;
        if (z >= (LOW[word >> 8] as number) && z <= (HIGH[word >> 8] as number)) {
          R[fp + d] = z;
          pc += 4;
          continue;
        }
        break;
      }
      case Op.And: {
        const x = R[a] as number;
        const y = R[fp + b] as number;
        if (x === (x | 0) && y === (y | 0)) {
          R[fp + d] = x & y;
          pc += 4;
          continue;
        }
        break;
      }
      case Op.Or: {
        const x = R[a] as number;
        const y = R[fp + b] as number;
        if (x === (x | 0) && y === (y | 0)) {
          R[fp + d] = x | y;
          pc += 4;
          continue;
        }
        break;
      }
      case Op.Xor: {
        const x = R[a] as number;
        const y = R[fp + b] as number;
        if (x === (x | 0) && y === (y | 0)) {
          R[fp + d] = x ^ y;
          pc += 4;
          continue;
        }
        break;
      }
      case Op.AndK: {
        const x = R[a] as number;
        if (x === (x | 0)) {
          R[fp + d] = x & b;
          pc += 4;
          continue;
        }
        break;
      }
      case Op.ShlK: {
        const z = (R[a] as number) * (POWER[b] as number);
        if (z >= (LOW[word >> 8] as number) && z <= (HIGH[word >> 8] as number)) {
          R[fp + d] = z;
          pc += 4;
          continue;
        }
        break;
      }
      case Op.ShrK: {
        const z = Math.floor((R[a] as number) / (POWER[b] as number));
        if (!Number.isNaN(z)) {
          R[fp + d] = z;
          pc += 4;
          continue;
        }
        break;
      }
      case Op.Less:
      case Op.LessEqual:
      case Op.Equal:
      case Op.NotEqual: {
        const x = R[a] as number;
        const y = R[fp + b] as number;
        if (x < y || x >= y) {
          R[fp + d] = plainCompare(word & 255, x, y);
          pc += 4;
          continue;
        }
        break;
      }
      case Op.Jump: {
        pc = d;
        continue;
      }
      case Op.JumpTrue: {
        const x = R[a] as number;
        if (!Number.isNaN(x)) {
          pc = x !== 0 ? d : pc + 4;
          continue;
        }
        break;
      }
      case Op.JumpFalse: {
        const x = R[a] as number;
        if (!Number.isNaN(x)) {
          pc = x === 0 ? d : pc + 4;
          continue;
        }
        break;
      }
      case Op.JumpLess:
      case Op.JumpLessEqual:
      case Op.JumpEqual:
      case Op.JumpNotEqual: {
        const x = R[a] as number;
        const y = R[fp + b] as number;
        if (!(x < y || x >= y)) break;
        pc = plainCompare((word & 255) - (Op.JumpLess - Op.Less), x, y) === 1 ? d : pc + 4;
        continue;
      }
      case Op.JumpLessK: {
        const x = R[a] as number;
        if (!Number.isNaN(x)) {
          pc = x < b ? d : pc + 4;
          continue;
        }
        break;
      }
      case Op.JumpLessEqualK: {
        const x = R[a] as number;
        if (!Number.isNaN(x)) {
          pc = x <= b ? d : pc + 4;
          continue;
        }
        break;
      }
      case Op.JumpGreaterK: {
        const x = R[a] as number;
        if (!Number.isNaN(x)) {
          pc = x > b ? d : pc + 4;
          continue;
        }
        break;
      }
      case Op.JumpGreaterEqualK: {
        const x = R[a] as number;
        if (!Number.isNaN(x)) {
          pc = x >= b ? d : pc + 4;
          continue;
        }
        break;
      }
      case Op.JumpEqualK: {
        const x = R[a] as number;
        if (!Number.isNaN(x)) {
          pc = x === b ? d : pc + 4;
          continue;
        }
        break;
      }
      case Op.JumpNotEqualK: {
        const x = R[a] as number;
        if (!Number.isNaN(x)) {
          pc = x !== b ? d : pc + 4;
          continue;
        }
        break;
      }
      case Op.Load: {
        const x = plainLoad(memory, word >> 8, (R[a] as number) + b);
        if (!Number.isNaN(x)) {
          R[fp + d] = x;
          pc += 4;
          continue;
        }
        break;
      }
      case Op.Store: {
        const stored = plainStore(memory, word >> 8, (R[a] as number) + b, R[fp + d] as number);
        if (!stored) break;
        pc += 4;
        continue;
      }
      case Op.Index: {
        const z = (R[a] as number) + (R[fp + b] as number) * (word >> 8);
        if (z >= 0 && z <= Number.MAX_SAFE_INTEGER) {
          R[fp + d] = z;
          pc += 4;
          continue;
        }
        break;
      }
      case Op.Link: {
        const address = m.links[code[pc + 2] as number] as number;
        if (!Number.isNaN(address)) {
          R[fp + d] = address;
          pc += 4;
          continue;
        }
        break;
      }
      case Op.Call: {
        frame.pc = pc;
        const site = frame.code.sites[b];
        if (site === undefined) return;
        const target = site.target ?? m.resolveSite(site);
        if (target.kind !== 'code') {
          if (invoke(m, task, site, target, a, d)) return;
          R = task.registers;
          pc += 4;
          continue;
        }
        if (enter(m, task, target.code, site, a, d)) return;
        frame = task.frames[task.depth - 1] as typeof frame;
        code = frame.code.code;
        coverage = frame.code.coverage;
        fp = frame.base;
        R = task.registers;
        pc = 0;
        continue;
      }
      case Op.Return:
      case Op.ReturnVoid: {
        frame.pc = pc;
        if (leave(m, task, frame, (word & 255) === Op.Return ? a : -1)) return;
        frame = task.frames[task.depth - 1] as typeof frame;
        code = frame.code.code;
        coverage = frame.code.coverage;
        fp = frame.base;
        R = task.registers;
        pc = frame.pc + 4;
        continue;
      }
      case Op.Convert: {
        const x = R[a] as number;
        if (x >= (LOW[word >> 8] as number) && x <= (HIGH[word >> 8] as number)) {
          R[fp + d] = x;
          pc += 4;
          continue;
        }
        break;
      }
      case Op.Clear: {
        for (let register = fp + d; register < fp + d + b; register++) {
          R[register] = Number.NaN;
          task.beside[register] = UNINITIALISED_REGISTER;
        }
        pc += 4;
        continue;
      }
      case Op.Not:
      case Op.Known: {
        const x = R[a] as number;
        if (Number.isNaN(x)) break;
        R[fp + d] = x === 0 || (word & 255) === Op.Known ? 1 : 0;
        pc += 4;
        continue;
      }
      default:
        break;
    }
    frame.pc = pc;
    pc = slowly(m, task, frame, pc);
    if (pc < 0) return;
    if (frame !== task.frames[task.depth - 1]) {
      // A call through a pointer pushed a frame.
      frame = task.frames[task.depth - 1] as typeof frame;
      code = frame.code.code;
      coverage = frame.code.coverage;
      fp = frame.base;
    }
    R = task.registers;
  }
}

/** One of the four comparisons to a register, on numbers. */
function plainCompare(op: Op, x: number, y: number): number {
  if (op === Op.Less) return x < y ? 1 : 0;
  if (op === Op.LessEqual) return x <= y ? 1 : 0;
  return (x === y) === (op === Op.Equal) ? 1 : 0;
}
