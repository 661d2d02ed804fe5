/** What is done to the host, as data: the same list is shown by a dry run and carried out. */
import { type ErrorCode, HostdevError } from '../errors.ts';
import type { HostPort } from '../host/port.ts';

/** Writing a kernel attribute. */
export interface Write {
  readonly kind: 'write';
  readonly path: string;
  readonly text: string;
  readonly why: string;
}

/** Replacing a file that is ours whole; without text it is removed. */
interface FileStep {
  readonly kind: 'file';
  readonly path: string;
  readonly text: string | null;
  readonly mode?: number;
  readonly why: string;
}

/** Running a program of the system. */
interface RunStep {
  readonly kind: 'run';
  readonly program: string;
  readonly args: readonly string[];
  readonly why: string;
}

export type Step = Write | FileStep | RunStep;

export function write(path: string, text: string, why: string): Write {
  return { kind: 'write', path, text, why };
}

/** One line, as a dry run prints it. */
export function formatStep(step: Step): string {
  return `${action(step)}  # ${step.why}`;
}

function action(step: Step): string {
  switch (step.kind) {
    case 'write':
      return `write ${JSON.stringify(step.text)} to ${step.path}`;
    case 'file':
      return step.text === null ? `remove ${step.path}` : `write the file ${step.path}`;
    case 'run':
      return `run ${[step.program, ...step.args].join(' ')}`;
  }
}

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
  if (cause.code === 'ETIMEDOUT') {
    return new HostdevError('stuck', `${describe(step)} has not come back: the kernel waits for whoever uses it`, {
      subject,
      hint: "stop what uses it (a guest, a mount); when the kernel has let go, run 'hostdev recover'",
      cause,
    });
  }
  const words = (cause as { stderr?: string }).stderr?.trim().split('\n')[0] ?? cause.message;
  return new HostdevError(code, `${describe(step)} failed: ${words}`, { subject, hint: 'look at the last lines of dmesg for the reason', cause });
}

function describe(step: Step): string {
  if (step.kind === 'write') return `writing ${JSON.stringify(step.text)} to ${step.path}`;
  return step.kind === 'file' ? `replacing ${step.path}` : `running ${[step.program, ...step.args].join(' ')}`;
}
