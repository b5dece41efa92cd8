/** WARN, BUG, saturating reference counts, and the question whether a value is settled. */
import type { ModelCall } from '../../machine/model.ts';
import { conditionGuessed } from '../guesses.ts';
import { keepOutside } from '../memory/outsideReferences.ts';
import { action, argument, effects, inner, mapState, model, numeric, PURE, S32, setState } from '../modelling.ts';
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

/** `WARN(1, …)` in a branch stands for the branch's condition: the latest question that this function asked about open values. */
function guessedBranch(call: ModelCall): boolean {
  const condition = call.machine.readString(argument(call, 0)) ?? '';
  if (!/^(?:1|true|BUG\(\))$/.test(condition.trim())) return false;
  const latest = call.machine.trace.findLast(
    (event) =>
      event.kind === 'decision' &&
      event.task === call.machine.currentTask &&
      event.at?.function === call.at.function &&
      event.at.span.unit === call.at.span.unit,
  );
  return latest?.kind === 'decision' && !latest.options.includes('fails');
}

/**
 * `WARN_ON(ret)` right after a call of which this run chose that it fails, where nobody says that it can: the author wants to hear of that,
 * and it says nothing against the code.
 */
function answersFailure(call: ModelCall): boolean {
  const { trace, currentTask } = call.machine;
  const latest = trace.findLast(
    (event) => event.task === currentTask && /^(?:decision|lock|unlock|alloc|free|map)$/.test(event.kind),
  );
  return latest?.kind === 'decision' && / does it fail\?$/.test(latest.question) && latest.option === 'yes';
}

function fired(call: ModelCall, once: boolean): number {
  if (answersFailure(call)) return 0;
  if (conditionGuessed(call.machine, call.at) || guessedBranch(call)) return 1;
  warn(call, once);
  return 0;
}

function warn(call: ModelCall, once: boolean): void {
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

/** References that this run took on counts that the document leaves open, by the counter's address. */
const unseenReferences = mapState<number, number>('base.unseen-references');

function takeUnseen(call: ModelCall, change: number): void {
  const counts = call.machine.state(unseenReferences);
  const at = numeric(call, 0) ?? 0;
  counts.set(at, (counts.get(at) ?? 0) + change);
  // Whoever may take one more has one: the count is not zero.
  if (at !== 0) call.machine.narrow(call.machine.read(at, S32), 1, 2 ** 31 - 1);
}

function ask(call: ModelCall, question: string, options: readonly string[]): number {
  return call.machine.choose('branch', question, options, call.machine.callerSite() ?? call.at);
}

export const assertionModels: readonly DocumentedModel[] = inner([
  model('__warn_fired', PURE, 'include/asm-generic/bug.h:WARN_ON', (call) => fired(call, false)),
  model('__warn_fired_once', PURE, 'include/asm-generic/bug.h:WARN_ON_ONCE', (call) => fired(call, true)),
  model('__warn_printf', PURE, 'include/asm-generic/bug.h:WARN', (call) => {
    const text = formatted(call, 0, variadicFrom(call, 1));
    if (text !== null) call.machine.emit({ kind: 'print', text });
  }),
  model('__bug_fired', effects({ fails: 'ends the run' }), 'include/asm-generic/bug.h:BUG', (call) => {
    if (conditionGuessed(call.machine, call.at) || guessedBranch(call)) return 1;
    const condition = call.machine.readString(argument(call, 0)) ?? 'condition';
    call.machine.fault(
      'bug',
      condition === 'BUG()' ? '`BUG()` is reached' : `\`BUG_ON(${condition.replace(/\s+/g, ' ')})\` is true`,
    );
    return 0;
  }),
  model('__refcount_report', PURE, 'lib/refcount.c:refcount_warn_saturate', (call) => {
    const kind = REFCOUNT[numeric(call, 1) ?? 0] ?? REFCOUNT[0];
    const object = call.machine.objectAt(argument(call, 0));
    if (kind === undefined) return;
    const where = object === null ? [] : [{ message: `\`${object.label}\` was made here`, at: object.allocatedAt }];
    report(call.machine, kind.rule, kind.text, where);
  }),
  action('__refcount_unseen_get', PURE, 'of the simulator: a reference on an open count', (call) => {
    takeUnseen(call, numeric(call, 1) ?? 1);
  }),
  model(
    '__refcount_unseen_try_get',
    effects({ fails: 'false' }),
    'of the simulator: a reference on an open count',
    (call) => {
      const held = call.machine.state(unseenReferences).get(numeric(call, 0) ?? 0) ?? 0;
      const gone = held <= 0 && ask(call, 'the object is still alive', ['yes', 'no']) === 1;
      if (gone) call.machine.write(argument(call, 0), S32, 0);
      else takeUnseen(call, 1);
      return gone ? 0 : 1;
    },
  ),
  model(
    '__refcount_unseen_put',
    effects({ fails: 'never' }),
    'of the simulator: a reference on an open count',
    (call) => {
      const drops = numeric(call, 1) ?? 1;
      const held = call.machine.state(unseenReferences).get(numeric(call, 0) ?? 0) ?? 0;
      takeUnseen(call, -Math.max(1, drops));
      if (drops === 0 || held > 0) return 0;
      if (ask(call, 'this was the last reference', ['no', 'yes']) === 0) {
        // Then somebody else has one.
        keepOutside(call.machine, argument(call, 0));
        return 0;
      }
      call.machine.write(argument(call, 0), S32, 0);
      return 1;
    },
  ),
  model('__interlock_errno', PURE, 'of the simulator: what is made an error pointer is 0 or an error', (call) => {
    const { machine } = call;
    machine.narrow(argument(call, 0), -4095, 0);
    return machine.concrete(argument(call, 0)) ?? argument(call, 0);
  }),
  action('__interlock_gone', PURE, 'of the simulator: an object whose end nobody shows', (call) => {
    const { machine } = call;
    const at = numeric(call, 0);
    const object = machine.objectAt(argument(call, 0));
    // Only what a pointer of the document's led to is an object of its own.
    if (object?.storage === 'world' && !object.freed && object.address === at)
      machine.free(object.address, machine.callerSite() ?? call.at);
  }),
  action('__interlock_counted', PURE, 'of the simulator: an open count is one at least', (call) =>
    call.machine.narrow(argument(call, 0), 1, 0xffffffff),
  ),
]);
