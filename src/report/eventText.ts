/** One event of a trace in one line of words. Pure; places are added by whoever prints it. */

import { gfpText } from '../kernel/memory/gfp.ts';
import type { Event, HeldLock } from '../machine/events.ts';

/** Why a task runs that was chosen although the other could have gone on. */
const PREEMPTED = 'preempted';

/** The event in words, without its place. */
export function eventText(event: Event): string {
  switch (event.kind) {
    case 'call':
      return `${event.function}(${event.args.join(', ')})`;
    case 'return':
      return event.value === null ? `return from ${event.function}` : `${event.function} returns ${event.value}`;
    case 'op-enter':
      return `the kernel calls \`${event.op}\` (${event.function}) in ${event.context}${heldText(event.held)}`;
    case 'op-exit':
      return `\`${event.op}\` ${event.failed ? 'fails' : 'is done'}${event.result === null ? '' : `: ${event.result}`}${heldText(event.held)}`;
    case 'lock':
      return `${event.function}(): takes \`${event.lock.class}\`${modeText(event.mode)}${event.trylock ? ' (trylock)' : ''}`;
    case 'trylock-failed':
      return `${event.function}(): \`${event.lock.class}\` is not taken`;
    case 'unlock':
      return `${event.function}(): releases \`${event.lock.class}\``;
    case 'task-switch':
      return `task ${event.to}, ${event.name}, runs ${event.why === PREEMPTED ? `while task ${event.from} is here` : `(${event.why})`}`;
    case 'alloc': {
      const gfp = event.gfp === null ? '' : `, ${gfpText(event.gfp)}`;
      const size = event.size === null ? 'size not known' : `${event.size} bytes`;
      const what = `${event.function}(${size}${gfp})`;
      return event.failed ? `${what} fails${event.injected ? ' (chosen)' : ''}` : what;
    }
    case 'free':
      return `${event.function}()`;
    case 'decision':
      return decisionText(event.question, event.option);
    case 'fault':
      return event.message;
    case 'report':
      return event.message;
    case 'map':
      return `${event.api}(${event.device}, ${event.address}, ${event.size}) = ${event.result}`;
    case 'unmap':
      return `${event.api}(${event.device}, ${event.address}, ${event.size})`;
    case 'sync':
      return `${event.api}(${event.device}, ${event.size})${event.failed ? ' fails' : ''}`;
    case 'flush':
      return `${event.what}: ${event.count}`;
    case 'print':
      return `prints ${JSON.stringify(event.text)}`;
    case 'assumption':
    case 'unsupported':
    case 'limit':
    case 'note':
      return event.message;
    default: {
      const never: never = event;
      return never;
    }
  }
}

/** A question and its answer as one statement. */
export function decisionText(question: string, option: string): string {
  const [, failing] = /^(.*) fails$/.exec(question) ?? [];
  if (failing !== undefined) return `${failing} ${option}`;
  const [, condition] = /^(.*) is true$/.exec(question) ?? [];
  if (condition !== undefined) return walkText(condition, option === 'true') ?? `${condition} is ${option}`;
  const [, pointer] = /^(.*) is NULL$/.exec(question) ?? [];
  if (pointer !== undefined) return `${pointer} is ${option === 'true' ? '' : 'not '}NULL`;
  if (option === 'fails') return question;
  return option === 'succeeds' ? `${question}: no` : `${question}: ${option}`;
}

/** Of a list whose entries nobody shows, the question is whether the next entry is its head. Null: the condition is another one. */
function walkText(condition: string, answer: boolean): string | null {
  const [, walk, steps] = /^`(\w*for_each\w*\(.*\))((?:->\w+)*) == (?:0x[0-9a-f]+|&.+)`$/.exec(condition) ?? [];
  if (walk === undefined) return null;
  if (!answer) return `\`${walk}\` has one more entry`;
  return steps === '' ? `\`${walk}\` has no entry` : `\`${walk}\` ends`;
}

function heldText(held: readonly HeldLock[]): string {
  return held.length === 0 ? '' : `; held: ${held.map((lock) => `\`${lock.class}\`${modeText(lock.mode)}`).join(', ')}`;
}

function modeText(mode: HeldLock['mode']): string {
  return mode === 'exclusive' ? '' : ' for read';
}
