/** How often an operation is told of: at each step where it has few, some times a second where it has hundreds. */
import type { Operation } from '../api/operation.ts';

const FEW_STEPS = 60;
const AGAIN_MS = 100;

/** Gives what tells of an operation that has changed; its last state is always told. */
export function telling(tell: (operation: Operation) => void, againMs = AGAIN_MS): (operation: Operation) => void {
  const waiting = new Map<string, Operation>();
  const flush = (id: string): void => {
    const operation = waiting.get(id);
    waiting.delete(id);
    if (operation !== undefined) tell(operation);
  };
  return (operation) => {
    const { id, changes, ended } = operation;
    const steps = changes.reduce((sum, change) => sum + change.steps.length, 0);
    if (steps <= FEW_STEPS || ended !== null) {
      waiting.delete(id);
      tell(operation);
      return;
    }
    if (!waiting.has(id)) setTimeout(() => flush(id), againMs).unref();
    waiting.set(id, operation);
  };
}
