/** `hostdev check` without address: is this host ready to give functions away, and if not, what to do. */
import { readReadinessFacts } from '../host/readiness-facts.ts';
import { judgeReadiness, type Readiness } from '../state/readiness/readiness.ts';
import type { AppContext } from './context.ts';

/** @throws {HostdevError} `no-pci`. */
export async function checkReadiness({ port, isRoot }: AppContext): Promise<Readiness[]> {
  return judgeReadiness(await readReadinessFacts(port, isRoot));
}
