/** Results that the caller reads otherwise than the op means them: by the op's own contract, and by what the cores' models say. */
import { errnosAsBools } from './boolResults.ts';
import { type CheckReport, check, type Judge, type OpCall, type RunView, reportsOf, returnOf } from './check.ts';
import { failuresAsNotNeeded } from './cookieResults.ts';
import { errorPointerForNull } from './repair.ts';
import page from './result-against-convention.md?raw';

const byCore = reportsOf([
  'dma-buf-positive-result',
  'dma-buf-map-null',
  'dma-buf-map-bad-pointer',
  'dma-buf-vmap-null',
  'pagemap-map-zero',
  'pagemap-map-address',
]);

/** What is wrong with the result, in words; null when nothing is. A contract made of the type alone promises nothing. */
function wrong(run: RunView, op: OpCall): string | null {
  const { contract, result } = op;
  if (result === null || contract.required === 'unknown') return null;
  switch (contract.result) {
    case 'errno': {
      const lock = result === '0' ? interrupted(run, op) : null;
      if (lock !== null) return `0, although a signal ended its wait for \`${lock}\``;
      return /^[1-9]\d*$/.test(result) ? `${result}, where 0 or a negative error is due` : null;
    }
    case 'err-ptr':
      if (positiveErrno(result)) return `${result}, neither a pointer nor an error pointer`;
      return /^(?:0|NULL)$/.test(result) ? 'NULL, where a pointer or an error pointer is due' : null;
    case 'cookie':
      if (positiveErrno(result)) return `${result}, neither a pointer nor an error pointer`;
      return /^(?:0|NULL)$/.test(result) && madeOfZero(run, op)
        ? '`ERR_PTR(0)`, which says that no IOVA is needed'
        : null;
    case 'null':
      return result.startsWith('ERR_PTR')
        ? `${result}, where NULL is how it fails: the caller takes this for an object`
        : null;
    case 'dma-address':
    case 'bool':
    case 'void':
    case 'unknown':
      return null;
    default: {
      const never: never = contract.result;
      return never;
    }
  }
}

/** `ERR_PTR(ENOMEM)`: a small number, which no caller takes for an error. */
function positiveErrno(result: string): boolean {
  return /^0x[0-9a-f]{1,3}$/.test(result) && Number(result) > 0;
}

/** Whether the last thing the op did was `ERR_PTR(0)`. */
function madeOfZero(run: RunView, op: OpCall): boolean {
  for (let i = op.exit ?? 0; i > op.enter; i--) {
    const event = run.trace[i];
    // What the simulator asks itself on the way is no step of the code's.
    if (event?.kind === 'call' && !event.function.startsWith('__interlock'))
      return event.function === 'ERR_PTR' && event.args[0] === '0';
  }
  return false;
}

/** Locks whose wait a signal ends. */
const INTERRUPTIBLE = /_(?:interruptible|killable)(?:_nested)?$/;

/** The lock that an op waited for, did not get for a signal, and never got again: what it guards was left undone. */
function interrupted(run: RunView, op: OpCall): string | null {
  const end = op.exit ?? run.trace.length;
  for (let i = op.enter; i < end; i++) {
    const event = run.trace[i];
    if (event?.kind !== 'trylock-failed' || !INTERRUPTIBLE.test(event.function)) continue;
    if (event.at === null || !run.inDocument(event.at)) continue;
    const { address } = event.lock;
    const again = run.trace.slice(i, end).some((each) => each.kind === 'lock' && each.lock.address === address);
    if (!again) return event.lock.class;
  }
  return null;
}

const judge: Judge = (run) => {
  const told = byCore.judge?.(run) ?? [];
  const own: CheckReport[] = run.ops.flatMap((op) => {
    const text = wrong(run, op);
    if (text === null) return [];
    const at = returnOf(run, op);
    // The cores look at results too: one report per call is enough.
    const again = told.some((report) => report.event >= op.enter && (op.exit === null || report.event <= op.exit + 2));
    if (at === null || again) return [];
    return [
      {
        event: at,
        at: run.trace[at]?.at ?? null,
        message: `\`${op.member}\` returns ${text}`,
        related: [],
        held: op.heldAfter ?? [],
      },
    ];
  });
  return [...told, ...own];
};

export default check(page, {
  ...byCore,
  judge,
  inspect: (document) => [...errnosAsBools(document), ...failuresAsNotNeeded(document)],
  repair: errorPointerForNull,
});
