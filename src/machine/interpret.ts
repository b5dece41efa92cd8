/**
 * The interpreter's loop: common instructions on plain numbers. Whatever is not plain (a bigint, an unknown value, memory that is not
 * simply there) falls out of the switch into `slow.ts`, which does the same instruction in full; instructions that are not common are
 * in `rare.ts`. No host recursion: a call pushes a frame.
 */
import { enter, invoke, leave } from './calls.ts';
import type { Core } from './core.ts';
import { BITS, HIGH, LOW, POWER } from './kinds.ts';
import { INITIALISED, INITIALISED_2, INITIALISED_4 } from './memory/arena.ts';
import { slowly } from './slow.ts';
import type { Task } from './task.ts';

export enum Op {
  Statement = 0,
  Move = 1,
  Int = 2,
  Constant = 3,
  Add = 4,
  AddK = 5,
  Sub = 6,
  Mul = 7,
  And = 8,
  AndK = 9,
  Or = 10,
  Xor = 11,
  Shl = 12,
  ShlK = 13,
  Shr = 14,
  ShrK = 15,
  Less = 16,
  LessEqual = 17,
  Equal = 18,
  NotEqual = 19,
  Jump = 20,
  JumpTrue = 21,
  JumpFalse = 22,
  JumpLess = 23,
  JumpLessEqual = 24,
  JumpEqual = 25,
  JumpNotEqual = 26,
  JumpLessK = 27,
  JumpLessEqualK = 28,
  JumpGreaterK = 29,
  JumpGreaterEqualK = 30,
  JumpEqualK = 31,
  JumpNotEqualK = 32,
  LoadI8 = 33,
  LoadU8 = 34,
  LoadI16 = 35,
  LoadU16 = 36,
  LoadI32 = 37,
  LoadU32 = 38,
  LoadI64 = 39,
  LoadU64 = 40,
  Store8 = 41,
  Store16 = 42,
  Store32 = 43,
  Store64 = 44,
  Index = 45,
  Link = 46,
  Call = 47,
  Return = 48,
  ReturnVoid = 49,
  Convert = 50,
}

/** Opcodes from here on are in `rare.ts`. */
export const FIRST_RARE = 64;

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
  const { arena } = memory;
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
        if (!Number.isNaN(x)) {
          R[fp + d] = x;
          pc += 4;
          continue;
        }
        break;
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
      case Op.Shl: {
        const y = R[fp + b] as number;
        const z = (R[a] as number) * (POWER[y] ?? Number.NaN);
        if (z >= (LOW[word >> 8] as number) && z <= (HIGH[word >> 8] as number) && y < (BITS[word >> 8] as number)) {
          R[fp + d] = z;
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
      case Op.Shr: {
        const y = R[fp + b] as number;
        const z = Math.floor((R[a] as number) / (POWER[y] ?? Number.NaN));
        if (!Number.isNaN(z) && y < (BITS[word >> 8] as number)) {
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
      case Op.Less: {
        const x = R[a] as number;
        const y = R[fp + b] as number;
        if (x < y || x >= y) {
          R[fp + d] = x < y ? 1 : 0;
          pc += 4;
          continue;
        }
        break;
      }
      case Op.LessEqual: {
        const x = R[a] as number;
        const y = R[fp + b] as number;
        if (x < y || x >= y) {
          R[fp + d] = x <= y ? 1 : 0;
          pc += 4;
          continue;
        }
        break;
      }
      case Op.Equal: {
        const x = R[a] as number;
        const y = R[fp + b] as number;
        if (x < y || x >= y) {
          R[fp + d] = x === y ? 1 : 0;
          pc += 4;
          continue;
        }
        break;
      }
      case Op.NotEqual: {
        const x = R[a] as number;
        const y = R[fp + b] as number;
        if (x < y || x >= y) {
          R[fp + d] = x === y ? 0 : 1;
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
      case Op.JumpLess: {
        const x = R[a] as number;
        const y = R[fp + b] as number;
        if (x < y || x >= y) {
          pc = x < y ? d : pc + 4;
          continue;
        }
        break;
      }
      case Op.JumpLessEqual: {
        const x = R[a] as number;
        const y = R[fp + b] as number;
        if (x < y || x >= y) {
          pc = x <= y ? d : pc + 4;
          continue;
        }
        break;
      }
      case Op.JumpEqual: {
        const x = R[a] as number;
        const y = R[fp + b] as number;
        if (x < y || x >= y) {
          pc = x === y ? d : pc + 4;
          continue;
        }
        break;
      }
      case Op.JumpNotEqual: {
        const x = R[a] as number;
        const y = R[fp + b] as number;
        if (x < y || x >= y) {
          pc = x !== y ? d : pc + 4;
          continue;
        }
        break;
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
      case Op.LoadI8:
      case Op.LoadU8: {
        const i = memory.find((R[a] as number) + b, 1);
        if (i >= 0 && arena.shadow[i] === INITIALISED) {
          R[fp + d] = ((word & 255) === Op.LoadU8 ? arena.u8[i] : arena.i8[i]) as number;
          pc += 4;
          continue;
        }
        break;
      }
      case Op.LoadI16:
      case Op.LoadU16: {
        const i = memory.find((R[a] as number) + b, 2);
        if (i >= 0 && (i & 1) === 0 && arena.shadow16[i >> 1] === INITIALISED_2) {
          R[fp + d] = ((word & 255) === Op.LoadU16 ? arena.u16[i >> 1] : arena.i16[i >> 1]) as number;
          pc += 4;
          continue;
        }
        break;
      }
      case Op.LoadI32:
      case Op.LoadU32: {
        const i = memory.find((R[a] as number) + b, 4);
        if (i >= 0 && (i & 3) === 0 && arena.shadow32[i >> 2] === INITIALISED_4) {
          R[fp + d] = ((word & 255) === Op.LoadU32 ? arena.u32[i >> 2] : arena.i32[i >> 2]) as number;
          pc += 4;
          continue;
        }
        break;
      }
      case Op.LoadI64:
      case Op.LoadU64: {
        const i = memory.find((R[a] as number) + b, 8);
        const w = i >> 2;
        if (i < 0 || (i & 7) !== 0 || arena.shadow32[w] !== INITIALISED_4 || arena.shadow32[w + 1] !== INITIALISED_4)
          break;
        const high = arena.i32[w + 1] as number;
        if (high >= 0x200000 || high <= ((word & 255) === Op.LoadU64 ? -1 : -0x200000)) break;
        R[fp + d] = high * 4294967296 + (arena.u32[w] as number);
        pc += 4;
        continue;
      }
      case Op.Store8: {
        const v = R[fp + d] as number;
        const i = memory.findWritable((R[a] as number) + b, 1);
        if (i >= 0 && !Number.isNaN(v)) {
          arena.u8[i] = v;
          arena.shadow[i] = INITIALISED;
          pc += 4;
          continue;
        }
        break;
      }
      case Op.Store16: {
        const v = R[fp + d] as number;
        const i = memory.findWritable((R[a] as number) + b, 2);
        if (i >= 0 && (i & 1) === 0 && !Number.isNaN(v)) {
          arena.u16[i >> 1] = v;
          arena.shadow16[i >> 1] = INITIALISED_2;
          pc += 4;
          continue;
        }
        break;
      }
      case Op.Store32: {
        const v = R[fp + d] as number;
        const i = memory.findWritable((R[a] as number) + b, 4);
        if (i >= 0 && (i & 3) === 0 && !Number.isNaN(v)) {
          arena.i32[i >> 2] = v;
          arena.shadow32[i >> 2] = INITIALISED_4;
          pc += 4;
          continue;
        }
        break;
      }
      case Op.Store64: {
        const v = R[fp + d] as number;
        const i = memory.findWritable((R[a] as number) + b, 8);
        if (i < 0 || (i & 7) !== 0 || Number.isNaN(v)) break;
        const w = i >> 2;
        arena.i32[w] = v;
        arena.i32[w + 1] = Math.floor(v / 4294967296);
        arena.shadow32[w] = INITIALISED_4;
        arena.shadow32[w + 1] = INITIALISED_4;
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
