/**
 * Tracepoints: `trace_foo()` is made by a macro (TRACE_EVENT, DEFINE_EVENT: include/linux/tracepoint.h) in a header that is rarely at hand.
 * It reads what it is handed, takes no lock that the caller could meet, and changes nothing.
 */
import type { Model } from '../machine/model.ts';

export const tracepoints: Model = {
  name: 'trace_*',
  family: /^(?:do_)?trace_[a-z]\w*$/,
  run: ({ machine, signature }) => {
    const { result } = signature;
    return result.kind === 'void' ? undefined : machine.unknown(result, 'a tracepoint');
  },
};
