/** A program of the laboratory, inside an emulated host: runs the conformance suite on it; tells one line a case. */
import { casesFor, type Machine } from '../test/conformance/host-suite.ts';
import { openMachine } from '../src/host/machine-port.ts';

/** Words: what the machine has, as JSON. */
export async function runConformance([has = '{}']: readonly string[], tell: (line: string) => void): Promise<void> {
  const machine = JSON.parse(has) as Omit<Machine, 'port' | 'stateDirectory'>;
  for (const { title, run } of casesFor(machine)) {
    try {
      await run({ ...machine, port: openMachine(), stateDirectory: '/run/hostdev-conformance' });
      tell(`ok ${title}`);
    } catch (error) {
      tell(`not ok ${title}: ${(error as Error).stack?.replaceAll('\n', ' | ')}`);
    }
  }
}
