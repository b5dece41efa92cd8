/**
 * Makes runs: one machine per program, reset between runs. Hands back what the run did; judges nothing and chooses nothing.
 */

import type { FunctionSymbol, Program } from '../c/ir.ts';
import { runCosts } from '../kernel/dma/run-costs.ts';
import { setTopology } from '../kernel/dma/run-state.ts';
import { KEPT_STRUCTS, performKnownEffects } from '../kernel/effects.ts';
import { type LockOrder, learnedOrders } from '../kernel/locking/learned.ts';
import { faultText, VM_FAULT_T } from '../kernel/memory/faultResult.ts';
import { gfpText } from '../kernel/memory/gfp.ts';
import { tracepoints } from '../kernel/tracepoints.ts';
import type { Event, Site } from '../machine/events.ts';
import { createMachine, type Machine, type Outcome, type RunOptions, type World } from '../machine/machine.ts';
import type { Model } from '../machine/model.ts';
import { readTopology } from '../topology/read.ts';
import type { Topology } from '../topology/topology.ts';
import { AccessRecorder } from './accessRecorder.ts';
import { documentedCalls } from './documentedCalls.ts';
import { forgetForeignData } from './initialisedElsewhere.ts';
import type { SharedAccess } from './interleavings.ts';
import { placeName } from './places.ts';
import type { Scenario } from './scenario.ts';
import type { DecisionRecord } from './search.ts';
import { shownFunctions } from './shownFunctions.ts';
import type { Doings } from './sleepSets.ts';

export interface ScenarioRun {
  readonly outcome: Outcome;
  readonly trace: readonly Event[];
  readonly decisions: readonly DecisionRecord[];
  readonly steps: number;
  /** What its tasks did to shared memory and locks; empty unless the scenario has concurrent actors and it was asked for. */
  readonly accesses: readonly SharedAccess[];
  /** The same with when they did it; null unless it was written down. */
  readonly doings: Doings | null;
  /** Orders of locks that the run knows at its end. */
  readonly orders: readonly LockOrder[];
  /** The decision list did not fit the run; null when it did. */
  readonly misfit: string | null;
}

const VALUE_NAMES = new Map([
  ['gfp_t', gfpText],
  [VM_FAULT_T, faultText],
]);

/** Statements per run: an op and its callers take some thousands. */
const STEP_LIMIT = 50_000;

export class Runner {
  private readonly machine: Machine;
  private readonly topologies = new Map<string, Topology | null>();
  private readonly worlds = new WeakMap<Scenario, World>();

  constructor(
    private readonly program: Program,
    models: ReadonlyMap<string, Model>,
  ) {
    this.machine = createMachine(program, {
      models: [...models.values(), tracepoints],
      unknownEffects: performKnownEffects,
      kept: KEPT_STRUCTS,
      shown: shownFunctions(program),
      names: VALUE_NAMES,
      beforeCall: documentedCalls(program),
    });
  }

  private hardware(nameOrText: string): Topology | null {
    let known = this.topologies.get(nameOrText);
    if (known === undefined) {
      known = readTopology(nameOrText).value;
      this.topologies.set(nameOrText, known);
    }
    return known;
  }

  /** The world that the scenario starts from: all its runs have it in common. */
  private world(scenario: Scenario): World {
    let world = this.worlds.get(scenario);
    if (world === undefined) {
      const hardware = this.hardware(scenario.topology);
      world = (machine) => {
        if (hardware) setTopology(machine, hardware);
        // Before anything is called, the drivers and cores that it leads to were set up.
        forgetForeignData(machine);
        const steps = scenario.world?.(machine) ?? (() => scenario.run(machine));
        return function* () {
          yield* steps();
          return undefined;
        };
      };
      this.worlds.set(scenario, world);
    }
    return world;
  }

  /**
   * One run of a scenario: the given decisions, then the defaults.
   * @param recording whether what concurrent actors do is written down
   */
  run(scenario: Scenario, decisions: readonly number[], recording = false): ScenarioRun {
    const recorder = recording ? new AccessRecorder() : null;
    const result = this.machine.playIn(this.world(scenario), {
      decisions,
      steps: STEP_LIMIT,
      ...(scenario.concurrent === true ? this.interleaving(recorder) : {}),
    });
    return {
      outcome: result.outcome,
      trace: result.trace,
      decisions: result.decisions.map(({ kind, question, options, chosen, standard, at }) => ({
        kind,
        question,
        options,
        chosen,
        standard,
        place: placeName(at),
      })),
      steps: result.steps,
      accesses: recorder?.finish(result.trace) ?? [],
      doings: recorder?.doings(result.decisions, result.trace) ?? null,
      orders: learnedOrders(this.machine.services),
      misfit: result.misfit,
    };
  }

  /** Lets the machine ask who runs next before each statement that is not ours: what we bring may stand for a single instruction. */
  private interleaving(recorder: AccessRecorder | null): Pick<RunOptions, 'preempt' | 'onAccess'> {
    const { machine, program } = this;
    const preempt = (at: Site): boolean => {
      if (program.units[at.span.unit]?.origin === 'bundled') return false;
      recorder?.atPoint(machine.services.currentTask, at);
      return true;
    };
    if (recorder === null) return { preempt };
    return {
      preempt,
      onAccess: (object, offset, size, write) =>
        recorder.access(machine.services.currentTask, object.address, offset, size, write, machine.asked),
    };
  }

  /** Statements of all compiled functions, and which of them some run reached. */
  coverage(): ReturnType<Machine['coverage']> {
    return this.machine.coverage();
  }

  /** How much of a function was executed since this runner was made. */
  executed(symbol: FunctionSymbol): ReturnType<Machine['executed']> {
    return this.machine.executed(symbol);
  }

  /** Whether a run came to its end. */
  returned(symbol: FunctionSymbol): boolean {
    return this.machine.returned(symbol);
  }

  /** What the run made last costs, as reports show it. */
  costs(): ReturnType<typeof runCosts> {
    return runCosts(this.machine.services);
  }
}
