/** Carrying steps out, one after the other. */
import { type ErrorCode, HostdevError } from '../errors.ts';
import type { HostPort } from '../host/port.ts';
import { STUCK } from '../host/write.ts';
import { describeStep, type Step } from '../plan/step.ts';

/**
 * Carries steps out, one after the other.
 *
 * @throws {HostdevError} `stuck` when the kernel does not come back, `code` for any other failure.
 */
export async function carryOut(port: HostPort, steps: readonly Step[], code: ErrorCode = 'change-failed'): Promise<void> {
  for (const step of steps) {
    try {
      if (step.kind === 'write') await port.write(step.path, step.text);
      else if (step.kind === 'file') await port.replaceFile(step.path, step.text ?? undefined, step.mode);
      else await port.run(step.program, step.args);
    } catch (cause) {
      const errno = (cause as NodeJS.ErrnoException).code;
      // Nobody has to want the function: probing without success is no failure of the write.
      if (step.kind === 'write' && step.path.endsWith('/drivers_probe') && (errno === 'ENODEV' || errno === 'EINVAL')) continue;
      throw failure(step, cause as NodeJS.ErrnoException, code);
    }
  }
}

function failure(step: Step, cause: NodeJS.ErrnoException, code: ErrorCode): HostdevError {
  const subject = step.kind === 'run' ? step.program : step.path;
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
