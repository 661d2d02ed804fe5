/** The context of commands that look at a machine. */
import { type AppContext, readSystemPciIds } from '../app/context.ts';
import { openMachine } from '../host/machine-port.ts';

export function machineContext(options: { readonly root?: string } = {}): AppContext {
  return { port: openMachine(options.root ?? '/'), readPciIds: readSystemPciIds, isRoot: process.geteuid?.() === 0 };
}
