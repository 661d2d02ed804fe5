/** One case of a golden test of libvirt's. */
export interface Case {
  /** `hostdev-vfio-zpci.s390x-latest` */
  readonly id: string;
  readonly name: string;
  readonly arch: string;
  /** Of its QEMU; `latest`, or empty where there is none but a list of what one can do. */
  readonly version: string;
  readonly variant: string;
  /** What libvirt does with it. */
  readonly kind: 'ok' | 'failure' | 'parse-error';
  readonly newDefinition: boolean;
  readonly flagsAdded: readonly string[];
  readonly flagsRemoved: readonly string[];
  readonly input: string;
  readonly output: string | undefined;
  readonly args: string | undefined;
  readonly error: string | undefined;
}
