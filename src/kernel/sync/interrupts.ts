/** Interrupt lines: who handles them, waiting for handlers, and raising one, which scenarios do. */
import type { MachineServices, ModelCall, Scalar } from '../../machine/model.ts';
import { errno } from '../base/errno.ts';
import { might_alloc, might_sleep } from '../locking/context.ts';
import { enter_hardirq, exit_hardirq, in_interrupt } from '../locking/sections.ts';
import { fails } from '../memory/allocation.ts';
import { GFP_KERNEL } from '../memory/gfp.ts';
import { keepOutside } from '../memory/outsideReferences.ts';
import { action, argument, called, effects, mapState, model, numeric, type Routine, settled } from '../modelling.ts';
import type { DocumentedModel } from '../subsystem.ts';
import { report } from './rules.ts';

interface Line {
  readonly irq: number;
  readonly handler: Scalar;
  readonly thread: Scalar;
  readonly device: Scalar;
}

const IRQ_WAKE_THREAD = 2;
const REQUESTS = effects({ sleeps: 'yes', allocates: 'GFP_KERNEL', fails: '-errno' });
const WAITS = effects({ sleeps: 'yes', locks: 'waits for the handler: as if it took what the handler takes' });
const lines = mapState<string, Line>('sync.interrupts');

function register(
  call: ModelCall,
  at: { irq: number; handler: number; thread: number | null; device: number },
): number {
  const { machine } = call;
  might_alloc(machine, GFP_KERNEL, called(call));
  if (fails(machine, called(call), call.at)) return -errno('ENOMEM');
  const irq = numeric(call, at.irq) ?? 0;
  keepOutside(machine, argument(call, at.device));
  machine.state(lines).set(`${irq} ${String(settled(machine, argument(call, at.device)))}`, {
    irq,
    handler: argument(call, at.handler),
    thread: at.thread === null ? 0 : argument(call, at.thread),
    device: argument(call, at.device),
  });
  return 0;
}

function waitForHandler(call: ModelCall): void {
  if (in_interrupt(call.machine))
    report(call.machine, 'irq-sync-in-handler', `\`${called(call)}\` in interrupt context waits for its own handler`);
  might_sleep(call.machine, called(call));
}

/** An interrupt arrives: its handlers run in interrupt context, their threads after it. */
export function* raiseInterrupt(machine: MachineServices, irq: number): Routine<void> {
  for (const line of [...machine.state(lines).values()]) {
    if (line.irq !== irq) continue;
    let result: Scalar = IRQ_WAKE_THREAD;
    if (settled(machine, line.handler) !== 0) {
      enter_hardirq(machine);
      result = yield { kind: 'call', target: line.handler, args: [irq, line.device], why: `interrupt ${irq}` };
      exit_hardirq(machine);
    }
    if (settled(machine, result) === IRQ_WAKE_THREAD && settled(machine, line.thread) !== 0)
      yield { kind: 'call', target: line.thread, args: [irq, line.device], why: `thread of interrupt ${irq}` };
  }
}

export const interruptModels: readonly DocumentedModel[] = [
  model('request_irq', REQUESTS, 'kernel/irq/manage.c:request_irq', (call) =>
    register(call, { irq: 0, handler: 1, thread: null, device: 4 }),
  ),
  model('request_threaded_irq', REQUESTS, 'kernel/irq/manage.c:request_threaded_irq', (call) =>
    register(call, { irq: 0, handler: 1, thread: 2, device: 5 }),
  ),
  model('devm_request_irq', REQUESTS, 'kernel/irq/devres.c:devm_request_irq', (call) =>
    register(call, { irq: 1, handler: 2, thread: null, device: 5 }),
  ),
  model('devm_request_threaded_irq', REQUESTS, 'kernel/irq/devres.c:devm_request_threaded_irq', (call) =>
    register(call, { irq: 1, handler: 2, thread: 3, device: 6 }),
  ),
  model('devm_free_irq', WAITS, 'kernel/irq/devres.c:devm_free_irq', (call) => {
    waitForHandler(call);
    const { machine } = call;
    machine.state(lines).delete(`${numeric(call, 1) ?? 0} ${String(settled(machine, argument(call, 2)))}`);
  }),
  model('free_irq', WAITS, 'kernel/irq/manage.c:free_irq', (call) => {
    waitForHandler(call);
    const { machine } = call;
    machine.state(lines).delete(`${numeric(call, 0) ?? 0} ${String(settled(machine, argument(call, 1)))}`);
    return 0;
  }),
  action('synchronize_irq', WAITS, 'kernel/irq/manage.c:synchronize_irq', waitForHandler),
  model(
    'synchronize_hardirq',
    effects({ locks: 'waits for the handler, not for its thread' }),
    'kernel/irq/manage.c:synchronize_hardirq',
    (call) => {
      if (in_interrupt(call.machine))
        report(
          call.machine,
          'irq-sync-in-handler',
          `\`${called(call)}\` in interrupt context waits for its own handler`,
        );
      return 1;
    },
  ),
  action('disable_irq', WAITS, 'kernel/irq/manage.c:disable_irq', waitForHandler),
  action('disable_irq_nosync', effects({}), 'kernel/irq/manage.c:disable_irq_nosync', () => undefined),
  action('enable_irq', effects({}), 'kernel/irq/manage.c:enable_irq', () => undefined),
];
