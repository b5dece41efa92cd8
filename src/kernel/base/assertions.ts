/** WARN, BUG, saturating reference counts, and the question whether a value is settled. */
import type { ModelCall } from '../../machine/model.ts';
import { action, argument, effects, model, numeric, PURE, setState, settled } from '../modelling.ts';
import type { DocumentedModel } from '../subsystem.ts';
import { formatted, variadicFrom } from './format.ts';
import { type BaseRule, report } from './rules.ts';

const REFCOUNT: readonly { readonly rule: BaseRule; readonly text: string }[] = [
  { rule: 'refcount-increment-on-zero', text: 'a reference is taken on an object whose count is zero' },
  { rule: 'refcount-overflow', text: 'a reference count overflows' },
  { rule: 'refcount-underflow', text: 'a reference is dropped that was never taken' },
  { rule: 'refcount-leak', text: 'a plain decrement makes the count zero' },
];

const warnedOnce = setState<string>('base.warned-once');

function fired(call: ModelCall, once: boolean): void {
  const { machine } = call;
  const condition = machine.readString(argument(call, 0)) ?? 'condition';
  if (once) {
    const seen = machine.state(warnedOnce);
    const place = `${call.at.span.unit}:${call.at.span.start}`;
    if (seen.has(place)) return;
    seen.add(place);
  }
  report(machine, 'warn-on', `\`WARN_ON(${condition.replace(/\s+/g, ' ')})\` fires`, [], { condition });
}

export const assertionModels: readonly DocumentedModel[] = [
  action('__warn_fired', PURE, 'include/asm-generic/bug.h:WARN_ON', (call) => fired(call, false)),
  action('__warn_fired_once', PURE, 'include/asm-generic/bug.h:WARN_ON_ONCE', (call) => fired(call, true)),
  model('__warn_printf', PURE, 'include/asm-generic/bug.h:WARN', (call) => {
    const text = formatted(call, 0, variadicFrom(call, 1));
    if (text !== null) call.machine.emit({ kind: 'print', text });
  }),
  model('__bug_fired', effects({ fails: 'ends the run' }), 'include/asm-generic/bug.h:BUG', (call) => {
    const condition = call.machine.readString(argument(call, 0)) ?? 'condition';
    call.machine.fault(
      'bug',
      condition === 'BUG()' ? '`BUG()` is reached' : `\`BUG_ON(${condition.replace(/\s+/g, ' ')})\` is true`,
    );
  }),
  model('__refcount_report', PURE, 'lib/refcount.c:refcount_warn_saturate', (call) => {
    const kind = REFCOUNT[numeric(call, 1) ?? 0] ?? REFCOUNT[0];
    const object = call.machine.objectAt(argument(call, 0));
    if (kind === undefined) return;
    const where = object === null ? [] : [{ message: `\`${object.label}\` was made here`, at: object.allocatedAt }];
    report(call.machine, kind.rule, kind.text, where);
  }),
  model('__interlock_known', PURE, 'of the simulator: is a value decided by the document', (call) =>
    settled(call.machine, argument(call, 0)) === null ? 0 : 1,
  ),
];
