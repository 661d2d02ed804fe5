/** Which processes have device nodes open: a guest its VFIO group, a desktop its graphics card. */

export interface DeviceUser {
  readonly pid: number;
  readonly command: string;
  /** Name of the guest, where the process is a QEMU that says it. */
  readonly guest: string | undefined;
  /** What it has open. */
  readonly path: string;
}

/** Path below /dev → who has it open. */
export type OpenDevices = ReadonlyMap<string, readonly DeviceUser[]>;
