/**
 * The validator. (First step: the held-lock stack; the dependency graph follows.)
 */
import type { ClassSpec, HeldInfo, LockdepReport, Place, ReadKind } from './types.ts';

/** What one task holds and which interrupts it has on. */
export class LockdepTask {
  readonly held: HeldInfo[] = [];
  hardirqsEnabled = true;
  softirqsEnabled = true;
  constructor(readonly id: number) {}
}

export class Lockdep {
  onReport: (report: LockdepReport) => void = () => {};
  private readonly tasks = new Map<number, LockdepTask>();
  private readonly names: string[] = [];
  private readonly ids = new Map<string, number>();

  task(id: number): LockdepTask {
    let task = this.tasks.get(id);
    if (task === undefined) {
      task = new LockdepTask(id);
      this.tasks.set(id, task);
    }
    return task;
  }

  classOf(spec: ClassSpec): number {
    const key = `${typeof spec.key}${spec.key}/${spec.subclass ?? 0}`;
    let id = this.ids.get(key);
    if (id === undefined) {
      id = this.names.length;
      this.names.push(spec.name);
      this.ids.set(key, id);
    }
    return id;
  }

  className(id: number): string {
    return this.names[id] ?? '?';
  }

  acquire(
    task: LockdepTask,
    instance: number,
    classId: number,
    read: ReadKind,
    trylock: boolean,
    _check: boolean,
    _nest: number,
    site: Place | null,
  ): void {
    task.held.push({ instance, name: this.className(classId), read, trylock, site });
  }

  release(task: LockdepTask, instance: number, _site: Place | null): boolean {
    const at = task.held.findLastIndex((h) => h.instance === instance);
    if (at >= 0) task.held.splice(at, 1);
    return at >= 0;
  }

  heldBy(task: LockdepTask): readonly HeldInfo[] {
    return task.held;
  }

  isHeld(task: LockdepTask, instance: number): ReadKind | null {
    return task.held.findLast((h) => h.instance === instance)?.read ?? null;
  }

  hardirqsOn(task: LockdepTask, _site: Place | null): void {
    task.hardirqsEnabled = true;
  }
  hardirqsOff(task: LockdepTask): void {
    task.hardirqsEnabled = false;
  }
  softirqsOn(task: LockdepTask, _site: Place | null): void {
    task.softirqsEnabled = true;
  }
  softirqsOff(task: LockdepTask): void {
    task.softirqsEnabled = false;
  }
  enterHardirq(_task: LockdepTask, _threaded: boolean): void {}
  exitHardirq(_task: LockdepTask): void {}
  enterSoftirq(_task: LockdepTask): void {}
  exitSoftirq(_task: LockdepTask): void {}
  freed(_task: LockdepTask, _address: number, _size: number, _site: Place | null): boolean {
    return false;
  }
}
