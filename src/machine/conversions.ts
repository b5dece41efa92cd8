/**
 * Functions nobody sees of which the name says what they answer, and that they change nothing: macros that pass a condition on, and functions
 * that step from a struct to the one around it, or to the one it belongs to: `to_etnaviv_bo(obj)`, `drm_to_armada_dev(dev)`. These give the
 * same answer for the same argument; where the object around the argument is known, or its struct has one member of the argument's type, the
 * answer is the `container_of()` that such functions are.
 */
import type { CType, StructType } from '../c/types.ts';
import type { CallSite } from './compile/code.ts';
import type { Core } from './core.ts';
import type { Scalar } from './model.ts';

const STEPS = /(?:^|_)to_[a-z]/;

/** True for a call that, by the name and the type of what is called, is such a step. */
export function isStep(name: string, site: CallSite): boolean {
  if (site.count !== 1 || !STEPS.test(name) || site.lead === 1) return false;
  return pointedStruct(site.argTypes[0]) !== null && !/^(?:int|float|void)$/.test(site.resultType.kind);
}

/** Unseen macros that say something when their condition holds, and are that condition: `if (XE_IOCTL_DBG(xe, err))`. */
const TESTS = /^[A-Z][A-Z0-9_]*(?:WARN|DBG|BUG|CHECK|ASSERT|ERR_ON)(?:_[A-Z0-9_]+)?$/;

/** The condition that a call, by the name of what is called, only passes on; null: it is none of these. */
export function passedOn(name: string, site: CallSite, args: readonly Scalar[]): Scalar | null {
  const last = args.at(-1);
  const type = site.argTypes[site.count - 1];
  return last !== undefined && type?.kind === 'int' && site.lead !== 1 && TESTS.test(name) ? last : null;
}

/** What the step answers; the same whenever it is asked in this run. */
export function stepFrom(m: Core, name: string, site: CallSite, arg: Scalar): Scalar {
  const known = m.unknowns.steppedTo.get(name)?.get(arg);
  if (known !== undefined) return known;
  const answer = around(m, site, arg) ?? m.unknowns.fresh(site.resultType, `result of ${name}()`);
  const answers = m.unknowns.steppedTo.get(name) ?? new Map<Scalar, Scalar>();
  m.unknowns.steppedTo.set(name, answers.set(arg, answer));
  return answer;
}

function around(m: Core, site: CallSite, arg: Scalar): number | null {
  const object = typeof arg === 'number' && arg !== 0 ? m.memory.owner(arg) : null;
  const from = pointedStruct(site.argTypes[0]);
  if (object === null || typeof arg !== 'number' || from === null || object.freed || object.dead) return null;
  const to = pointedStruct(site.resultType);
  const within = (address: number): number | null =>
    address >= object.address + object.low && address < object.address + object.high ? address : null;
  if (to !== null && object.type?.kind === 'struct' && object.type.tag === to.tag) return object.address;
  const members = (to?.members ?? []).filter(({ type }) => type.kind === 'struct' && type.tag === from.tag);
  const [member] = members;
  if (member !== undefined && members.length === 1) return within(arg - member.offset);
  // What somebody allocated without saying for what is one object.
  return object.storage === 'heap' && object.type === null ? object.address : null;
}

function pointedStruct(type: CType | undefined): StructType | null {
  return type?.kind === 'pointer' && type.to.kind === 'struct' ? type.to : null;
}
