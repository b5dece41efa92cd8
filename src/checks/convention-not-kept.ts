/**
 * Conventions of the subsystem that an author keeps in one place and not in the other: an assertion behind an exit; a namespace that is used and not imported; a macro whose parameter is also a member. Read, not run.
 */

import { check } from './check.ts';
import page from './convention-not-kept.md?raw';
import type { DocumentReport, DocumentView } from './documentView.ts';
import { unownedExports } from './exportConventions.ts';
import { reach } from './flowGraph.ts';
import { calleeName } from './irNames.ts';
import { type ReadFunction, type ReadNode, readFunctions, told } from './readFunctions.ts';

const ASSERTS =
  /^(?:dma_resv_assert_held|__?dma_resv_assert_held|lockdep_assert(?:_held.*)?|__interlock_assert_held|lock_is_held.*)$/;

function asserts(
  { calls, node }: ReadNode,
  read: ReadFunction,
  text: (at: { readonly unit: number; readonly start: number; readonly end: number }) => string,
): boolean {
  void read;
  return (
    calls.some((call) => ASSERTS.test(calleeName(call.callee))) || /^\s*dma_resv_assert_held\(/.test(text(node.at))
  );
}

/** The first assertion of a function, behind an exit that was taken without it. */
function late(read: ReadFunction, text: (at: ReadNode['node']['at']) => string): DocumentReport[] {
  const all = read.nodes.filter((each) => asserts(each, read, text));
  if (all.length === 0 || read.ir.partial) return [];
  const stops = new Set(all.map(({ node }) => node.id));
  const open = reach(read.graph, [read.graph.entry], ({ id }) => stops.has(id));
  const exit = [...open].flatMap((id) => read.nodes[id] ?? []).find(({ node }) => node.kind === 'return');
  const first = all.find(({ node }) => open.has(node.id));
  // What refuses arguments, or does nothing at all, may come first; where the lock is taken here, there is nothing to assert before.
  const locks = [...open]
    .filter((id) => !stops.has(id))
    .flatMap((id) => read.nodes[id] ?? [])
    .some(({ calls }) =>
      calls.some((call) => /lock/.test(calleeName(call.callee)) && !ASSERTS.test(calleeName(call.callee))),
    );
  if (exit === undefined || first === undefined || locks) return [];
  if (!/dma_resv_assert_held/.test(text(first.node.at))) return [];
  return [
    told(
      read,
      first.node.at,
      '`dma_resv_assert_held()` behind an exit: callers without the lock are not told there',
      'callers that leave early hold the lock as well',
      [{ message: 'left here without it', at: exit.node.at }],
    ),
  ];
}

/** Uses symbols of a namespace that the module does not import. */
function namespaces(document: DocumentView): DocumentReport[] {
  return document.program.units.flatMap((unit) => {
    if (unit.origin !== 'document' || unit.fragment || (unit.holes ?? []).length > 0 || /IMPORT_NS/.test(unit.text))
      return [];
    const at = /^MODULE_LICENSE\s*\(/m.exec(unit.text);
    const used =
      /^[^/*\n]*\b(dma_buf_(?:get|put|export|fd|attach|dynamic_attach|detach|map_attachment\w*|unmap_attachment\w*|vmap\w*|vunmap\w*|begin_cpu_access|end_cpu_access|mmap|move_notify|pin|unpin))\(/m.exec(
        unit.text,
      );
    if (at === null || used === null) return [];
    const span = { unit: unit.id, start: at.index, end: at.index + at[0].length };
    if (!document.inDocument(span)) return [];
    return [
      {
        at: span,
        message: `\`${used[1] ?? ''}()\` is of the namespace \`DMA_BUF\`, which the module does not import`,
        function: null,
        op: null,
        related: [],
        assumption: 'no other file of the module imports it',
      },
    ];
  });
}

/** `#define M(dev) { .dev = dev }`: the designator is replaced as well. */
function macros(document: DocumentView): DocumentReport[] {
  return document.program.units.flatMap((unit) => {
    if (unit.origin !== 'document') return [];
    return [...unit.text.matchAll(/^[ \t]*#[ \t]*define[ \t]+(\w+)\(([^)\n]*)\)((?:[^\n\\]|\\\n|\\.)*)/gm)].flatMap(
      (match): DocumentReport[] => {
        const [, name = '', parameters = '', body = ''] = match;
        const clash = parameters
          .split(',')
          .map((each) => each.trim())
          .find((each) => /^\w+$/.test(each) && new RegExp(`[{,(]\\s*\\.${each}\\s*=`).test(body));
        const span = { unit: unit.id, start: match.index, end: match.index + (match[0].split('\n')[0] ?? '').length };
        return clash === undefined || !document.inDocument(span)
          ? []
          : [
              {
                at: span,
                message: `the parameter \`${clash}\` of \`${name}()\` is also the member it designates`,
                function: null,
                op: null,
                related: [],
                assumption: null,
              },
            ];
      },
    );
  });
}

function inspect(document: DocumentView): DocumentReport[] {
  const all = readFunctions(document);
  const text = ({ unit, start, end }: ReadNode['node']['at']): string =>
    document.program.units[unit]?.text.slice(start, end) ?? '';
  return [
    ...all.flatMap((read) => late(read, text)),
    ...namespaces(document),
    ...unownedExports(document),
    ...macros(document),
  ];
}

export default check(page, { inspect });
