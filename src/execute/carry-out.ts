/** Carrying steps out. */
import { HostdevError } from '../errors.ts';
import { STUCK } from '../host/write.ts';
import { parsePciAddress } from '../pci/notation.ts';
import { type Change, subjectsOf } from '../plan/change.ts';
import { describeStep, type GuestStep, type Step } from '../plan/step.ts';
import { attachStep, detachStep, portsStep } from './guest-steps.ts';
import { bringUp } from './link-state.ts';
import { loadModule } from './load-module.ts';
import { networkStep } from './pool.ts';
import type { Transition } from '../plan/transition.ts';
import type { Doing } from './target.ts';

/**
 * Carries steps out, one after the other, up to the first that fails.
 *
 * @throws {HostdevError} `stuck` when the kernel does not come back, {@link Doing.code} or the guest's own for any other failure.
 */
export async function carryOut(doing: Doing, steps: readonly Step[]): Promise<void> {
  for (const step of steps) await carryOutOne(doing, step);
}

/**
 * Carries steps out and goes on where one fails, but not with the same thing: a driver that did not let go is not followed by probing, a guest
 * that keeps a device is no reason to leave its definition as it is.
 *
 * @returns what failed.
 */
export async function tryAll(doing: Doing, steps: readonly Step[]): Promise<unknown[]> {
  const failed = new Set<string>();
  const errors: unknown[] = [];
  for (const step of steps) {
    const target = isGuestStep(step) ? step.on : 'host';
    if (failed.has(target)) continue;
    try {
      await carryOutOne(doing, step);
    } catch (error) {
      failed.add(target);
      errors.push(error);
    }
  }
  return errors;
}

function isGuestStep(step: Step): step is GuestStep {
  return step.kind === 'attach' || step.kind === 'detach';
}

/** Carries one step out, and tells of it where it is one of the change: those that lead back are not. */
async function carryOutOne(doing: Doing, step: Step): Promise<void> {
  const { change, options } = doing;
  const onStep = isStepOf(change, step) ? options.onStep : undefined;
  onStep?.({ change, step, state: 'doing' });
  try {
    await act(doing, step);
  } catch (error) {
    onStep?.({ change, step, state: 'failed' });
    throw error;
  }
  onStep?.({ change, step, state: 'done' });
}

function isStepOf(change: Transition | Change, step: Step): boolean {
  return 'steps' in change && change.steps.includes(step);
}

async function act(doing: Doing, step: Step): Promise<void> {
  const { port } = doing.target;
  try {
    switch (step.kind) {
      case 'write':
        return await port.write(step.path, step.text);
      case 'file':
        return await port.replaceFile(step.path, step.text ?? undefined, step.mode);
      case 'run':
        return void (await port.run(step.program, step.args));
      case 'load':
        return void (await loadModule(port, step.module));
      case 'link up':
        return await bringUp(port, parsePciAddress(step.address));
      case 'attach':
        return await attachStep(doing, step);
      case 'detach':
        return await detachStep(doing, step);
      case 'ports':
        return await portsStep(doing, step);
      case 'network':
        return await networkStep(doing, step);
      case 'move':
        // libvirt does it, as part of a call.
        return;
    }
  } catch (cause) {
    if (cause instanceof HostdevError) throw cause;
    const errno = (cause as NodeJS.ErrnoException).code;
    // Nobody has to want the function: probing without success is no failure of the write.
    if (step.kind === 'write' && step.path.endsWith('/drivers_probe') && (errno === 'ENODEV' || errno === 'EINVAL')) return;
    throw failure(doing, step, cause as NodeJS.ErrnoException);
  }
}

/** About what somebody named; the message says which file or program it was. */
function failure({ change, code = 'change-failed' }: Doing, step: Step, cause: NodeJS.ErrnoException): HostdevError {
  const [subject] = subjectsOf(change);
  if (cause.code === STUCK) {
    return new HostdevError('stuck', `${describeStep(step)} has not come back: the kernel waits for whoever uses it`, {
      subject,
      hint: "stop what uses it (a guest, a mount); when the kernel has let go, run 'hostdev recover'",
      cause,
    });
  }
  const words = (cause as { stderr?: string }).stderr?.trim().split('\n')[0] || cause.message;
  return new HostdevError(code, `${describeStep(step)} failed: ${words}`, { subject, hint: 'look at the last lines of dmesg for the reason', cause });
}
