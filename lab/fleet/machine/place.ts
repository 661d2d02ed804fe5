/** Where the machine of a host is to be found by its processes, which come and go. */
import { join } from 'node:path';

export interface MachinePlace {
  readonly host: string;
  /** Of its libvirt. */
  readonly socket: string;
  /** What stays on its disk is below this, beside what others have there. */
  readonly directory: string;
}

/** Journal and lock of hostdev. */
export const stateDirectoryOf = ({ host, directory }: MachinePlace): string => join(directory, 'state', host);

/** What people have asked the host to take from its guests: a file a request. */
export const askedDirectoryOf = ({ host, directory }: MachinePlace): string => join(directory, 'asked', host);
