/** A machine that is only looked at. */
import type { HostPort } from './port.ts';

/** Reads the same; whatever would change something fails. */
export function lookingPort(port: HostPort): HostPort {
  const refuse = async (): Promise<never> => {
    throw new Error('this machine is only looked at');
  };
  return { ...port, write: refuse, replaceFile: refuse, loadModule: refuse };
}
