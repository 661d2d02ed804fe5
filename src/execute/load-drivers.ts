/** Loading what a plan needs before the rest of it can be planned: by which name a driver is registered is only known once it is there. */
import type { HostPort } from '../host/port.ts';
import type { Change } from '../plan/change.ts';
import { modulesOf } from '../plan/prepare.ts';
import { loadModule } from './load-module.ts';

/**
 * Loads the modules that a plan loads, and gives what is to be done then: the plan made again where there were any. It is told what was loaded,
 * because that is part of what was done.
 *
 * @throws {HostdevError} `vfio-missing`, `driver-unknown`.
 */
export async function withDrivers<P>(
  port: HostPort,
  planned: P,
  { changes, again }: { readonly changes: readonly Change[]; readonly again: (loaded: ReadonlySet<string>) => Promise<P> },
): Promise<P> {
  const modules = modulesOf(changes);
  for (const module of modules) await loadModule(port, module);
  return modules.length === 0 ? planned : again(new Set(modules));
}
