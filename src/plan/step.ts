/** What is done to the host, as data: the same list is shown by a dry run and carried out. */

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

/** What a step does, for the message that it failed. */
export function describeStep(step: Step): string {
  if (step.kind === 'write') return `writing ${JSON.stringify(step.text)} to ${step.path}`;
  return step.kind === 'file' ? `replacing ${step.path}` : `running ${[step.program, ...step.args].join(' ')}`;
}
