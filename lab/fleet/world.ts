/** The functions that are fought for: 50 of four hosts and one machine, alone, in groups, virtual ones of a physical one, and some that two hosts may attach. */

export interface FleetFunction {
  readonly key: string;
  /** Who may attach it: of a function of an IBM Z machine, several. */
  readonly hosts: readonly string[];
  /** All that go together, itself among them. */
  readonly group: readonly string[];
}

export const HOSTS = ['h1', 'h2', 'h3', 'h4'] as const;

/** The IBM Z machine, and the hosts that are partitions of it: they know its functions by its serial number. */
export const MACHINE: { readonly serial: string; readonly partitions: readonly string[] } = { serial: '8561-02-1', partitions: HOSTS.slice(0, 2) };

/** Guests of each host: claims are for one of them, which may have several functions. */
export const GUESTS = Array.from({ length: 8 }, (_, at) => `guest-${at}`);

const ALONE = 5;
const VIRTUAL = 4;

/** Five alone, a group of two, a physical function with four virtual ones of each host; two of the machine that some hosts are partitions of. */
export const FUNCTIONS: readonly FleetFunction[] = [
  ...HOSTS.flatMap((host) => {
    const at = (bus: number, slot = 0): string => `host/${host}/0000:${bus.toString(16).padStart(2, '0')}:00.${slot}`;
    const alone = (key: string): FleetFunction => ({ key, hosts: [host], group: [key] });
    const pair = [at(0x20), at(0x20, 1)];
    return [
      ...Array.from({ length: ALONE }, (_, i) => alone(at(1 + i))),
      ...pair.map((key) => ({ key, hosts: [host], group: pair })),
      alone(at(0x30)),
      ...Array.from({ length: VIRTUAL }, (_, i) => alone(`${at(0x30)}/vf/${i}`)),
    ];
  }),
  ...['00000010', '00000011'].map((fid) => {
    const key = `cpc/${MACHINE.serial}/${fid}`;
    return { key, hosts: MACHINE.partitions, group: [key] };
  }),
];

/** Of a virtual function the physical one. */
export const physicalOf = (key: string): string | undefined => /^(.*)\/vf\/\d+$/.exec(key)?.[1];

/** Companions by function, as the checker takes them. */
export const GROUPS: ReadonlyMap<string, readonly string[]> = new Map(
  FUNCTIONS.filter(({ group }) => group.length > 1).map(({ key, group }) => [key, group.filter((each) => each !== key)]),
);
