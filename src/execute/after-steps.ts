/** A machine as it will be once steps have replaced files: what follows them is planned on that. */
import type { HostPort } from '../host/port.ts';
import type { Step } from '../plan/step.ts';

/** The machine with the files that these steps write; nothing can be changed through it. */
export function afterSteps(port: HostPort, steps: readonly Step[]): HostPort {
  const files = new Map(steps.flatMap((step): [string, string | null][] => (step.kind === 'file' ? [[step.path, step.text]] : [])));
  if (files.size === 0) return port;
  const refuse = (): never => {
    throw new Error('a machine that is only planned cannot be changed');
  };
  return {
    ...port,
    read: async (path, limit) => {
      const text = files.get(path);
      if (text === undefined) return port.read(path, limit);
      return text === null ? undefined : new TextEncoder().encode(text);
    },
    list: async (path) => {
      const there = await port.list(path);
      const names = new Set(there ?? []);
      for (const [file, text] of files) {
        const name = file.startsWith(`${path}/`) ? file.slice(path.length + 1).split('/')[0] : undefined;
        if (name === undefined) continue;
        if (text !== null) names.add(name);
        else if (file === `${path}/${name}`) names.delete(name);
      }
      return there === undefined && names.size === 0 ? undefined : [...names].sort();
    },
    write: refuse,
    replaceFile: refuse,
    run: refuse,
    loadModule: refuse,
  };
}
