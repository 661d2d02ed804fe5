/** Loading what a plan needs before the rest of it can be planned: by which name a driver is registered is only known once it is there. */
import { HostdevError } from '../errors.ts';
import type { HostPort } from '../host/port.ts';
import type { Change } from '../plan/change.ts';
import { inModuleNames, modulesOf } from '../plan/prepare.ts';
import { loadModule } from './load-module.ts';

/**
 * Loads the modules that a plan loads, and gives what is to be done then: the plan made again where there were any. It is told what was loaded,
 * because that is part of what was done.
 *
 * @throws {HostdevError} `vfio-missing`, `driver-unknown`; `plan-stale` where what is planned then is more than another name of the driver.
 */
export async function withDrivers<P extends { readonly changes: readonly Change[] }>(
  port: HostPort,
  planned: P,
  again: (loaded: ReadonlySet<string>) => Promise<P>,
): Promise<P> {
  const modules = modulesOf(planned.changes);
  if (modules.length === 0) return planned;
  for (const module of modules) await loadModule(port, module);
  const ready = await again(new Set(modules));
  if (inModuleNames(JSON.stringify(planned.changes)) === inModuleNames(JSON.stringify(ready.changes))) return ready;
  throw new HostdevError('plan-stale', `the host or a guest has changed while ${modules.join(', ')} was loaded; nothing else was done`, {
    hint: 'plan again, and look at the new plan',
  });
}
