/**
 * Ops that a document shows without any table or registration, as a hunk in the middle of a driver does, told by what they are called and by
 * the parameters they have: nothing but the op has that shape. What is found in one rests on that, and says so. Importers' own functions,
 * which call what leads to the op, are none.
 */
import type { FunctionSymbol } from '../c/ir.ts';
import type { CType } from '../c/types.ts';
import { walkFunctions } from '../c/walk.ts';
import type { OpContract } from './contract.ts';
import { bundledContract, type Op } from './opsTables.ts';
import { opOf } from './registeredFunctions.ts';

interface Shape {
  readonly table: string;
  readonly member: string;
  readonly named: RegExp;
  /** Result and parameters: `*tag` for a pointer to a struct, else the kind of the type. */
  readonly types: readonly [result: string, ...parameters: string[]];
}

const shape = (table: string, member: string, named: RegExp, ...types: [string, ...string[]]): Shape => ({
  table,
  member,
  named,
  types,
});

const SHAPES: readonly Shape[] = [
  shape('dma_buf_ops', 'pin', /(?:^|_)pin$/, 'int', '*dma_buf_attachment'),
  shape('dma_buf_ops', 'unpin', /(?:^|_)unpin$/, 'void', '*dma_buf_attachment'),
  shape('dma_buf_ops', 'map_dma_buf', /(?:^|_)map(?:_|$)/, '*sg_table', '*dma_buf_attachment', 'int'),
  shape('dma_buf_ops', 'unmap_dma_buf', /(?:^|_)unmap(?:_|$)/, 'void', '*dma_buf_attachment', '*sg_table', 'int'),
  shape('dma_buf_ops', 'begin_cpu_access', /_begin_cpu_access$/, 'int', '*dma_buf', 'int'),
  shape('dma_buf_ops', 'end_cpu_access', /_end_cpu_access$/, 'int', '*dma_buf', 'int'),
  shape('dma_buf_ops', 'vmap', /(?:^|_)vmap(?:_udmabuf)?$/, 'int', '*dma_buf', '*iosys_map'),
  shape('dma_buf_ops', 'vunmap', /(?:^|_)vunmap(?:_udmabuf)?$/, 'void', '*dma_buf', '*iosys_map'),
  shape('drm_sched_backend_ops', 'run_job', /(?:_run_job|_job_run)$/, '*dma_fence', '*drm_sched_job'),
  shape('dma_fence_ops', 'enable_signaling', /_enable_signaling$/, 'int', '*dma_fence'),
  shape('dma_fence_cb', 'func', /./, 'void', '*dma_fence', '*dma_fence_cb'),
];

/** Callers of ops, which have the same parameters and are on the other side of the core. */
const OF_IMPORTERS =
  /^dma_buf_(?:(?:un)?pin|(?:un)?map_attachment(?:_unlocked)?|v(?:un)?map(?:_unlocked)?|(?:begin|end)_cpu_access)$/;

/** Functions of the core itself, which looks at a mapping or an attachment as its ops do. */
const OF_CORE = /^dma_buf_/;

/** What these functions, of which the document says nothing else, are ops of; no more than one each. */
export function shapedOps(functions: readonly FunctionSymbol[]): Op[] {
  const fitting = functions.flatMap((symbol) => {
    if (OF_CORE.test(symbol.name)) return [];
    const found = SHAPES.find((each) => each.named.test(symbol.name) && hasTypes(symbol, each.types));
    const bundled = found === undefined ? null : bundledContract(found.table, found.member);
    return bundled === null ? [] : [{ symbol, bundled }];
  });
  return fitting
    .filter(({ symbol }) => !callsCore(symbol))
    .map(({ symbol, bundled }) => opOf(symbol, assumed(symbol, bundled), symbol.at ?? { unit: 0, start: 0, end: 0 }));
}

function assumed({ name }: FunctionSymbol, contract: OpContract): OpContract {
  const [context = 'process'] = contract.assumed === undefined ? contract.contexts : [contract.assumed.context];
  const why = `\`${name}()\` is \`${contract.member}\` of a \`struct ${contract.table}\`, as its name and parameters say`;
  return { ...contract, assumed: { context, why }, caller: 'open' };
}

function hasTypes({ type, body }: FunctionSymbol, [result, ...parameters]: Shape['types']): boolean {
  const shown = type.parameters.map(written);
  const partial = body()?.partial === true;
  // A hunk's heading is cut off behind some of the parameters, and has no line above it. One parameter alone is many a function's.
  const whole = shown.length === parameters.length && (partial || written(type.result) === result);
  const cut = partial && shown.length > 0 && shown.length < parameters.length && shown[0] !== '*dma_fence';
  return (whole || cut) && shown.every((each, i) => each === parameters[i]);
}

function written(type: CType): string {
  return type.kind === 'pointer' && type.to.kind === 'struct' ? `*${type.to.tag}` : type.kind;
}

function callsCore(symbol: FunctionSymbol): boolean {
  let found = false;
  walkFunctions([symbol], 0, (expression) => {
    found ||=
      expression.kind === 'call' &&
      expression.callee.kind === 'direct' &&
      OF_IMPORTERS.test(expression.callee.symbol.name);
    return found;
  });
  return found;
}
