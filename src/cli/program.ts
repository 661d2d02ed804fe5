/** The command line: names, options and help. What a command does is loaded when it runs. */
import { Command, type CommanderError, Option } from 'commander';
import type { Io } from './io.ts';
import { VERSION } from './version.ts';

const ADDRESS = 'PCI function as anybody writes it: 0002:00:00.0, 2:0.0, pci_0002_00_00_0, or a whole lspci line in quotes';

const GUEST = "name, uuid or id of a libvirt guest, a domain XML file, or qmp:SOCKET, a QEMU's monitor";

const LIBVIRT_GUEST = 'name, uuid or id of a libvirt guest';

const ROOT = 'read the sysfs tree below DIR instead of this machine';
const HOST = "look at another machine: a file that 'hostdev snapshot' printed there";

/** Builds the program; a command's exit status ends up in the result of its action. */
export function buildProgram(io: Io, done: (status: number) => void): Command {
  const program = new Command('hostdev')
    .description("Gives a host's PCI functions to KVM guests.")
    .version(VERSION, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .helpCommand(false)
    .showHelpAfterError("(try 'hostdev --help')")
    .enablePositionalOptions()
    .exitOverride()
    .configureOutput({ writeOut: io.out, writeErr: io.err, outputError: (text, write) => write(text.replace(/^error: /, 'hostdev: ')) })
    .addHelpText('after', '\nExit status: 0 done, 1 refused or failed, 2 wrong usage.');

  const command = (usage: string, description: string, parent = program): Command => {
    const made = parent.command(usage).description(description).helpCommand(false);
    made.showHelpAfterError(`(try 'hostdev ${parent === program ? '' : `${parent.name()} `}${made.name()} --help')`);
    return made;
  };
  const run =
    (load: () => Promise<(...args: never[]) => Promise<number>>) =>
    async (...args: unknown[]): Promise<void> => {
      const action = await load();
      // Commander hands over arguments, options and itself; commands take the first two.
      done(await action(...([io, ...args.slice(0, -1)] as never[])));
    };

  command('list', 'show every PCI function of this machine')
    .option('--json', 'print JSON')
    .option('--root <dir>', ROOT)
    .option('--host <file>', HOST)
    .action(run(async () => (await import('./commands/list.ts')).list));

  command('show', 'show everything the kernel says about a function')
    .argument('<address>', ADDRESS)
    .option('--json', 'print JSON')
    .option('--root <dir>', ROOT)
    .option('--host <file>', HOST)
    .action(run(async () => (await import('./commands/show.ts')).show));

  elementOptions(command('xml', 'print the element that gives functions to a guest'))
    .argument('<address...>', ADDRESS)
    .option('--group', 'with every function of their IOMMU groups')
    .option('--root <dir>', ROOT)
    .option('--host <file>', HOST)
    .option('--json', 'print JSON')
    .action(run(async () => (await import('./commands/xml.ts')).xml));

  guestFlags(elementOptions(command('attach', 'give functions to a guest, running or not, or to its definition in a file')))
    .argument('<guest>', GUEST)
    .argument('[address...]', ADDRESS)
    .option('--pool <network>', "instead of an address: whichever function this network of libvirt's has left (with --mac, --vlan)")
    .option('--group', 'with every function of their IOMMU groups')
    .option('--force', 'give it although the host uses it; what is lost is told first')
    .option('--root <dir>', ROOT)
    .option('--host <file>', HOST)
    .action(run(async () => (await import('./commands/attach.ts')).attach));

  guestFlags(command('detach', 'take functions from a guest, running or not, or from its definition in a file'))
    .argument('<guest>', GUEST)
    .argument('[address...]', ADDRESS)
    .option('--mac <address>', 'the interface with this MAC address; for functions from a pool')
    .option('--no-release', 'with qmp: leave them with vfio-pci')
    .action(run(async () => (await import('./commands/detach.ts')).detach));

  connectFlag(command('guests', 'show the guests of libvirt, what they hold and where'))
    .option('--json', 'print JSON')
    .action(run(async () => (await import('./commands/guests.ts')).guests));

  connectFlag(command('swap', 'replace a function of a guest by another one, at the same place and with the same uid and fid'))
    .argument('<guest>', LIBVIRT_GUEST)
    .argument('<old>', ADDRESS)
    .argument('<new>', 'the function that comes')
    .option('--force', 'give the new one although the host uses it')
    .option('--yes', 'do not ask')
    .option('--timeout <seconds>', 'how long the guest has to let the old one go (default: 60)')
    .option('--wait [seconds]', 'wait for another hostdev to finish (default: 60)')
    .option('--dry-run', 'show the plan, change nothing')
    .option('--json', 'print JSON')
    .action(run(async () => (await import('./commands/guests.ts')).swap));

  connectFlag(command('ports', 'show how many functions can be plugged into a guest, and add ports to its definition'))
    .argument('<guest>', LIBVIRT_GUEST)
    .option('--add <n>', 'so many root ports more, there after its next start')
    .option('--dry-run', 'print what would be added, change nothing')
    .option('--json', 'print JSON')
    .action(run(async () => (await import('./commands/guests.ts')).ports));

  connectFlag(command('migrate-check', 'say which functions keep a guest from being migrated; exit status 1 when some do'))
    .argument('<guest>', LIBVIRT_GUEST)
    .option('--json', 'print JSON')
    .action(run(async () => (await import('./commands/guests.ts')).migrateCheck));

  const pool = command('pool', "networks of libvirt that hand out virtual functions (<forward mode='hostdev'>)");
  connectFlag(command('show', 'show every pool, or one', pool))
    .argument('[network]', 'name of the pool')
    .option('--json', 'print JSON')
    .action(run(async () => (await import('./commands/pool.ts')).show));
  connectFlag(command('create', 'make a pool and start it', pool))
    .argument('<network>', 'name of the pool')
    .argument('<address...>', 'a physical function, all of whose virtual ones are handed out, or virtual ones')
    .option('--autostart', 'start it with the host')
    .option('--dry-run', 'print its XML, change nothing')
    .option('--json', 'print JSON')
    .action(run(async () => (await import('./commands/pool.ts')).create));

  connectFlag(command('watch', 'print a line for every change of functions, drivers and guests, until Ctrl-C'))
    .option('--every <seconds>', 'time between two looks at the host (default: 1)')
    .option('--for <seconds>', 'end after that time')
    .option('--no-guests', 'do not watch libvirt')
    .option('--json', 'print one JSON object a line')
    .action(run(async () => (await import('./commands/watch.ts')).watch));

  placeFlags(command('expand', 'write generated guest addresses and zPCI ids into a definition'))
    .argument('<file...>', 'domain XML files; - is standard input')
    .option('--explain', 'print each device, its address and who decided it')
    .option('--in-place', 'replace the files')
    .option('--diff', 'print the change as a unified diff')
    .option('--json', 'print JSON')
    .action(run(async () => (await import('./commands/expand.ts')).expand));

  placeFlags(command('validate', 'say everything that is wrong with definitions where PCI is concerned'))
    .argument('<file...>', 'domain XML files; - is standard input')
    .option('--format <text|json|sarif>', 'how to print the problems')
    .option('--json', 'print JSON')
    .action(run(async () => (await import('./commands/validate.ts')).validate));

  placeFlags(command('args', "print QEMU's -device arguments of a definition's PCI controllers, host devices and zPCI ids"))
    .argument('<file>', 'domain XML file; - is standard input')
    .option('--form <json|classic>', 'JSON objects or the older comma form')
    .option('--json', 'print a JSON list')
    .action(run(async () => (await import('./commands/args.ts')).args));

  placeFlags(command('topology', "show a guest's PCI tree, free hot-plug slots, and where each host function lands"))
    .argument('<file>', 'domain XML file; - is standard input')
    .option('--format <text|dot|mermaid|svg>', 'how to draw it')
    .option('--json', 'print JSON')
    .action(run(async () => (await import('./commands/topology.ts')).topology));

  command('check', 'say whether functions can be given away, and why not; without address, whether this host is ready')
    .argument('[address...]', ADDRESS)
    .option('--group', 'with every function of their IOMMU groups')
    .option('--json', 'print JSON')
    .option('--root <dir>', ROOT)
    .option('--host <file>', HOST)
    .action(run(async () => (await import('./commands/check.ts')).check));

  changeFlags(command('prepare', 'take functions from their host drivers to vfio-pci'))
    .argument('<address...>', ADDRESS)
    .option('--group', 'take every function of their IOMMU groups')
    .option('--yes', 'do not ask whether the whole group is meant')
    .option('--driver <name>', 'VFIO driver that takes them (default: the best that the kernel has for the device)')
    .option('--persist', 'take them at every boot, as long as it is the same card')
    .option('--force', 'take it although the host uses it; what is lost is named without this option')
    .action(run(async () => (await import('./commands/prepare.ts')).prepare));

  changeFlags(command('release', 'give functions back to their host drivers'))
    .argument('<address...>', ADDRESS)
    .option('--group', 'give back every function of their IOMMU groups')
    .option('--yes', 'do not ask whether the whole group is meant')
    .action(run(async () => (await import('./commands/prepare.ts')).release));

  const vf = command('vf', 'create, remove and set virtual functions (SR-IOV)');
  changeFlags(command('create', 'give a physical function that many virtual ones', vf))
    .argument('<address>', ADDRESS)
    .argument('<count>', 'how many; those that are there are replaced')
    .option('--host-drivers', 'let host drivers take the new functions')
    .option('--persist', 'create them at every boot')
    .action(run(async () => (await import('./commands/vf.ts')).create));
  changeFlags(command('remove', 'take all virtual functions of a physical one away, and what keeps them across boots', vf))
    .argument('<address>', ADDRESS)
    .action(run(async () => (await import('./commands/vf.ts')).remove));
  changeFlags(command('set', "change what the physical function's driver enforces for a virtual one", vf))
    .argument('<address>', ADDRESS)
    .option('--mac <address>', 'MAC address')
    .option('--vlan <tag>', 'VLAN tag, 0 for none')
    .option('--trust <on|off>', 'whether it may change its MAC address and listen to everything')
    .option('--spoofchk <on|off>', 'whether frames with other MAC addresses are dropped')
    .option('--rate <mbit>', 'most that it may send, in Mbit/s; 0 for no limit')
    .option('--persist', 'set it at every boot')
    .option('--force', 'change it although a guest holds it')
    .action(run(async () => (await import('./commands/vf.ts')).set));

  const slot = command('slot', 'configure functions of IBM Z, or send them to standby');
  command('list', 'show every slot, its state and its function', slot)
    .option('--json', 'print JSON')
    .option('--root <dir>', ROOT)
    .option('--host <file>', HOST)
    .action(run(async () => (await import('./commands/slot.ts')).list));
  changeFlags(command('on', 'configure a function that is on standby', slot))
    .argument('<fid>', 'zPCI function id: 0x17, or 00000017 as in /sys/bus/pci/slots')
    .action(run(async () => (await import('./commands/slot.ts')).on));
  changeFlags(command('off', 'send a function to standby', slot))
    .argument('<fid>', 'zPCI function id: 0x17, or 00000017 as in /sys/bus/pci/slots')
    .option('--force', 'switch it off although the host uses it; what is lost is named without this option')
    .action(run(async () => (await import('./commands/slot.ts')).off));

  const persistent = command('persistent', 'show what is kept across boots, and what has drifted');
  persistent
    .option('--json', 'print JSON')
    .option('--root <dir>', ROOT)
    .option('--host <file>', HOST)
    .action(run(async () => (await import('./commands/persistent.ts')).list));
  changeFlags(command('remove', 'take functions at the next boots no more', persistent))
    .argument('<address...>', ADDRESS)
    .action(run(async () => (await import('./commands/persistent.ts')).remove));

  command('snapshot', 'print this machine as a file that --host of other commands reads')
    .option('--redact', 'hide serial numbers, MAC and IP addresses')
    .option('--root <dir>', ROOT)
    .action(run(async () => (await import('./commands/snapshot.ts')).snapshot));

  command('status', 'show which functions hostdev has taken, since when and by whom')
    .option('--json', 'print JSON')
    .action(run(async () => (await import('./commands/journal.ts')).status));

  command('history', 'show every change hostdev made to this host')
    .option('--json', 'print JSON')
    .action(run(async () => (await import('./commands/journal.ts')).history));

  command('recover', 'finish or undo a change that was interrupted')
    .option('--wait [seconds]', 'wait for another hostdev to finish (default: 60)')
    .option('--json', 'print JSON')
    .action(run(async () => (await import('./commands/journal.ts')).recover));

  return program;
}

/** Which libvirt. */
function connectFlag(command: Command): Command {
  return command.option('-c, --connect <uri>', "libvirt's connection URI (default: LIBVIRT_DEFAULT_URI, libvirt.conf, or as virsh has it)");
}

/** Options of commands that change a guest. */
function guestFlags(command: Command): Command {
  return connectFlag(command)
    .option('--live', 'change the guest that runs')
    .option('--config', 'change its definition')
    .option('--current', 'change what runs, or the definition where nothing does (default)')
    .option('--persistent', 'change the definition, and what runs of it')
    .option('--yes', 'do not ask')
    .option('--timeout <seconds>', 'how long the guest has to let something go (default: 60)')
    .option('--wait [seconds]', 'wait for another hostdev to finish (default: 60)')
    .option('--dry-run', 'show the plan (of a file: a unified diff), change nothing')
    .option('--json', 'print JSON');
}

/** Options of commands that change the host. */
function changeFlags(command: Command): Command {
  return command
    .option('--dry-run', 'print every step, change nothing')
    .option('--wait [seconds]', 'wait for another hostdev to finish, or a guest to let go (default: 60)')
    .option('--root <dir>', `with --dry-run: ${ROOT}`)
    .option('--host <file>', `with --dry-run: ${HOST}`)
    .option('--json', 'print JSON');
}

/** Options that say for which QEMU and host a definition is looked at. */
function placeFlags(command: Command): Command {
  return command
    .option('--capabilities <name>', "what QEMU can do: a libvirt capabilities file, 'libvirt', or a preset (default: the newest of the guest's architecture)")
    .option('--root <dir>', ROOT)
    .option('--host <file|none>', "the host: a file that 'hostdev snapshot' (or 'hostdev list --json') printed there, or none (default: this machine)");
}

/** Options that say how the element looks; shared by `xml` and `attach`. */
function elementOptions(command: Command): Command {
  return command
    .addOption(new Option('--managed <yes|no>', 'whether libvirt takes the function from its host driver and gives it back').default('yes'))
    .option('--uid <id>', 'zPCI user-defined id, 0x0001–0xffff (generated when left out)')
    .option('--fid <id>', 'zPCI function id, 0x00000000–0xffffffff (generated when left out)')
    .option('--guest-address <address>', 'place in the guest, domain 0 (generated when left out)')
    .option('--multifunction', 'make the functions one guest device, the first being function 0')
    .option('--rom <on|off|none|file>', 'show or hide the ROM BAR, leave the ROM out, or use an image file')
    .option('--boot-order <n>', 'boot from it, n-th')
    .option('--driver-model <name>', 'host driver other than vfio-pci, for example mlx5_vfio_pci')
    .option('--teaming <alias>', 'virtio interface that stands in while the function is away (failover)')
    .option('--interface', "write <interface type='hostdev'> (a VF with fixed MAC, VLAN or virtual port)")
    .option('--mac <address>', 'MAC address of the interface')
    .option('--vlan <tag>', 'VLAN tag of the interface')
    .option('--virtualport-type <type>', '802.1Qbh or 802.1Qbg')
    .option('--virtualport-profileid <id>', 'port profile of the virtual port')
    .option('--virtualport-managerid <id>', '802.1Qbg manager id')
    .option('--virtualport-typeid <id>', '802.1Qbg type id')
    .option('--virtualport-typeidversion <n>', '802.1Qbg type id version')
    .option('--virtualport-instanceid <uuid>', '802.1Qbg instance id');
}

/** Exit status of what commander throws: help and version that were asked for are no errors. */
export function statusOf(error: CommanderError): number {
  return error.exitCode === 0 ? 0 : 2;
}
