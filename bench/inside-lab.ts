/** hostdev beside lspci and virsh on the same kernel, in one run: inside the emulated IBM Z host, where all three are. */
import { HOSTDEV, installCommand } from '../lab/machine/running.ts';
import { bootHost, WAIT_FOR_LIBVIRT } from '../lab/s390x/host.ts';

const ROUNDS = 5;

const COMMANDS = [
  ['lspci -Dnnk', 'lspci -Dnnk'],
  [
    'virsh nodedev-list and dumpxml of each',
    'virsh -q nodedev-list --cap pci | while read -r n; do echo "nodedev-dumpxml $n"; done > /tmp/batch; virsh -q "$(tr "\\n" ";" < /tmp/batch)"',
  ],
  ['hostdev list', `${HOSTDEV} list`],
  ['node -e 0', 'node -e 0'],
] as const;

export async function insideLab(progress: (text: string) => void): Promise<string[]> {
  const host = await bootHost();
  try {
    await installCommand(host, 'dist/cli');
    await host.run(WAIT_FOR_LIBVIRT);
    const times = new Map<string, number[]>(COMMANDS.map(([name]) => [name, []]));
    for (let round = 0; round < ROUNDS; round += 1) {
      for (const [name, command] of COMMANDS) {
        progress(`in the emulated host: ${name}`);
        const { stdout } = await host.run(`b=$(cut -d' ' -f1 /proc/uptime); { ${command}; } >/dev/null 2>&1; e=$(cut -d' ' -f1 /proc/uptime); echo $b $e`);
        const [begin = 0, end = 0] = stdout.split(' ').map(Number);
        times.get(name)?.push(end - begin);
      }
    }
    const rows = [...times].map(([name, all]) => `| \`${name}\` | ${(all.sort((a, b) => a - b)[Math.floor(ROUNDS / 2)] ?? Number.NaN).toFixed(2)} |`);
    return [
      '## Beside lspci and virsh',
      '',
      'Inside the emulated IBM Z host (four functions), in turns, median of five. Everything there is many times slower than on a machine, programs',
      'that are compiled while they run most of all: Node alone is the last line.',
      '',
      '| command | s |',
      '| --- | --- |',
      ...rows,
      '',
    ];
  } finally {
    await host.stop();
  }
}
