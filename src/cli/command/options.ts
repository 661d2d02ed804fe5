/** The options that several commands have in common. */
import type { OptionRow, OptionsOf } from './row.ts';

type Rows = readonly OptionRow[];

const READ_ROOT = 'read the sysfs tree below DIR instead of this machine';
const READ_HOST = "look at another machine: ssh://[USER@]HOST[:PORT], or a file that 'hostdev snapshot' printed there";
/** How `--host` is written. */
const HOST = '--host <file|ssh://host>';

export const JSON_OUTPUT = [{ flags: '--json', text: 'print JSON' }] as const satisfies Rows;

/** Which machine. */
export const MACHINE = [
  { flags: '--root <dir>', text: READ_ROOT },
  { flags: HOST, text: READ_HOST },
] as const satisfies Rows;
export type MachineFlags = OptionsOf<typeof MACHINE>;

/** Which libvirt. */
export const CONNECT = [
  { flags: '-c, --connect <uri>', text: "libvirt's connection URI (default: LIBVIRT_DEFAULT_URI, libvirt.conf, or as virsh has it)" },
] as const satisfies Rows;
export type ConnectFlags = OptionsOf<typeof CONNECT>;

export const FORCE = [{ flags: '--force', text: 'take it although the host uses it; what is lost is told first' }] as const satisfies Rows;

const WAIT = { flags: '--wait[=seconds]', text: 'wait for another hostdev to finish, or a guest to let go (default: 60)' } as const satisfies OptionRow;

/** Of taking changes back: a copy of another machine has no journal that says which. */
export const UNDO = [
  { flags: '-y, --yes', text: 'do not ask' },
  { flags: '--dry-run', text: 'print the commands that would take everything back, change nothing' },
  WAIT,
  ...JSON_OUTPUT,
] as const satisfies Rows;

/** Which machine is planned for; a copy of another one cannot be changed. */
export const PLANNED_MACHINE = [
  { flags: '--root <dir>', text: `with --dry-run: ${READ_ROOT}` },
  { flags: HOST, text: `with --dry-run: ${READ_HOST}` },
] as const satisfies Rows;

/** Who asks an etcd. */
export const CERTIFICATES = [
  { flags: '--ca <file>', text: "certificate of the authority that signed the etcd's, PEM" },
  { flags: '--cert <file>', text: 'certificate of who asks, PEM; its name says what they may do' },
  { flags: '--key <file>', text: 'its key, PEM' },
] as const satisfies Rows;

/** Of commands that change the host. */
export const CHANGE = [{ flags: '--dry-run', text: 'print every step, change nothing' }, WAIT, ...PLANNED_MACHINE, ...JSON_OUTPUT] as const satisfies Rows;
export type ChangeFlags = OptionsOf<typeof CHANGE> & OptionsOf<typeof FORCE>;

/** How a guest is changed, whatever of it. */
export const GUEST_CHANGE = [
  ...CONNECT,
  { flags: '-y, --yes', text: 'do not ask' },
  { flags: '--timeout <seconds>', text: 'how long the guest has to let something go (default: 60)' },
  { flags: '--wait[=seconds]', text: 'wait for another hostdev to finish (default: 60)' },
  { flags: '--dry-run', text: 'show the plan (of a file: a unified diff), change nothing' },
  ...JSON_OUTPUT,
] as const satisfies Rows;

/** What of a guest is changed. */
export const SCOPE = [
  { flags: '--live', text: 'change the guest that runs' },
  { flags: '--config', text: 'change its definition' },
  { flags: '--current', text: 'change what runs, or the definition where nothing does (default)' },
  { flags: '--persistent', text: 'change the definition, and what runs of it' },
] as const satisfies Rows;
export type GuestFlags = OptionsOf<typeof GUEST_CHANGE> & OptionsOf<typeof SCOPE> & OptionsOf<typeof FORCE>;

/** For which libvirt. */
export const LIBVIRT = {
  flags: '--libvirt <version|list>',
  text: "which libvirt's rules: 9.0, 11.3.0, … (default: that of the machine that is looked at, else the newest that is known); list shows what is known",
} as const satisfies OptionRow;

/** For which libvirt and QEMU a definition is looked at. */
export const VERSIONS = [
  LIBVIRT,
  {
    flags: '--capabilities <name>',
    text: "what QEMU can do: a file of libvirt's capabilities, 'libvirt' (what the machine's has found out), or a preset (default: that, else the QEMU beside that libvirt)",
  },
] as const satisfies Rows;

/** For which libvirt, QEMU and host a definition is looked at. */
export const PLACE = [
  { flags: '-c, --connect <uri>', text: 'for the libvirt behind this connection, and what it says of its QEMU' },
  ...VERSIONS,
  { flags: '--root <dir>', text: READ_ROOT },
  {
    flags: '--host <file|ssh://host|none>',
    text: "the host: ssh://[USER@]HOST[:PORT], a file that 'hostdev snapshot' (or 'hostdev list --json') printed there, or none (default: this machine)",
  },
] as const satisfies Rows;
export type PlaceFlags = OptionsOf<typeof PLACE>;

/** How the element looks that gives a function to a guest. */
export const ELEMENT = [
  { flags: '--managed <yes|no>', text: 'whether libvirt takes the function from its host driver and gives it back (default: yes)' },
  { flags: '--uid <id>', text: 'zPCI user-defined id, 0x0001–0xffff (generated when left out)' },
  { flags: '--fid <id>', text: 'zPCI function id, 0x00000000–0xffffffff (generated when left out)' },
  { flags: '--guest-address <address>', text: 'place in the guest, domain 0 (generated when left out)' },
  { flags: '--multifunction', text: 'make the functions one guest device, the first being function 0' },
  { flags: '--rom <on|off|none|file>', text: 'show or hide the ROM BAR, leave the ROM out, or use an image file' },
  { flags: '--boot-order <n>', text: 'boot from it, n-th' },
  { flags: '--driver-model <name>', text: 'host driver other than vfio-pci, for example mlx5_vfio_pci' },
  { flags: '--iommufd', text: 'over iommufd instead of a VFIO container (libvirt 12.1 and later)' },
  { flags: '--teaming <alias>', text: 'virtio interface that stands in while the function is away (failover)' },
  { flags: '--interface', text: "write <interface type='hostdev'> (a VF with fixed MAC, VLAN or virtual port)" },
  { flags: '--mac <address>', text: 'MAC address of the interface' },
  { flags: '--vlan <tag>', text: 'VLAN tag of the interface' },
  { flags: '--virtualport-type <type>', text: '802.1Qbh or 802.1Qbg' },
  { flags: '--virtualport-profileid <id>', text: 'port profile of the virtual port' },
  { flags: '--virtualport-managerid <id>', text: '802.1Qbg manager id' },
  { flags: '--virtualport-typeid <id>', text: '802.1Qbg type id' },
  { flags: '--virtualport-typeidversion <n>', text: '802.1Qbg type id version' },
  { flags: '--virtualport-instanceid <uuid>', text: '802.1Qbg instance id' },
] as const satisfies Rows;
export type ElementOptions = OptionsOf<typeof ELEMENT>;
