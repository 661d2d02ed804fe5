/** What taking a function to a VFIO driver depends on. */
import type { NodeDevice } from './node-device.ts';

/** A function, and the driver that shall have it. */
export interface PrepareFacts {
  readonly device: NodeDevice;
  /** Whether its network interface is up; null when it has none to be seen. */
  readonly link: 'up' | 'down' | null;
  /** Name of the VFIO driver. */
  readonly driver: string;
  /** Module that the plan loads for it; undefined when the driver was there before. */
  readonly module?: string | undefined;
}
