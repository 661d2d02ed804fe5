// @ts-nocheck: it runs the code of another commit.
// Makes test/data/0.1.0/journals anew, by running the code of 0.1.0 itself on its own fakes: a process for each journal, killed with
// SIGKILL where the journal is to have an open change. Times, ids and process numbers differ from run to run, nothing else does.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

/** The last commit whose journal has no format number: what 0.1.0 wrote. */
const COMMIT = '4e105aefe8440f4c8321e42374a77caec1defc6e';
const OUT = resolve('test/data/0.1.0/journals');
const BOOT = '0f7f9a3c-6d1e-4c39-9e3b-5a1d2c3b4e5f';

const NVME = '0007:00:00.0';
const OTHER = '0008:00:00.0';
const PF = '0009:00:00.0';
const VF = '0009:00:10.0';
const FUNCTIONS = [
  { address: NVME, driver: 'nvme', iommuGroup: 1, express: true, fid: 0x17 },
  { address: OTHER, driver: 'nvme', iommuGroup: 2, express: true },
  { address: PF, driver: 'mlx5_core', iommuGroup: 3, express: true, pciClass: 0x020000, netdev: 'ens9', sriov: { total: 4, driver: 'mlx5_core' } },
];

const EXPORTS = [
  ['app/prepare.ts', 'prepareFunctions'],
  ['app/release.ts', 'releaseFunctions'],
  ['app/persistent.ts', 'removePersistent'],
  ['app/slots.ts', 'switchSlot'],
  ['app/virtual-functions.ts', 'createVfs, removeVfs, setVf'],
  ['app/guests/attach.ts', 'attachToGuest'],
  ['app/guests/detach.ts', 'detachFromGuest'],
  ['app/guests/swap.ts', 'swapInGuest'],
  ['app/guests/link.ts', 'LibvirtLink'],
  ['libvirt/index.ts', 'connectLibvirt'],
  ['pci/notation.ts', 'parsePciAddress'],
  ['testing/fake-kernel.ts', 'fakeKernel'],
  ['testing/fake-libvirt/fake-libvirt.ts', 'startFakeLibvirt'],
];

/** What is done; the last step of a journal with an open change is the one that the process dies in. */
const STEPS = {
  prepare: (m) => m.old.prepareFunctions(m.context, [m.at(NVME)], m.change),
  release: (m) => m.old.releaseFunctions(m.context, [m.at(NVME)], m.change),
  persist: (m) => m.old.prepareFunctions(m.context, [m.at(NVME)], { ...m.change, persist: true }),
  unpersist: (m) => m.old.removePersistent(m.context, [m.at(NVME)], m.change),
  'vf create': (m) => m.old.createVfs(m.context, m.at(PF), 2, m.change),
  'vf set': (m) => m.old.setVf(m.context, m.at(VF), { vlan: '42' }, m.change),
  'vf remove': (m) => m.old.removeVfs(m.context, m.at(PF), m.change),
  'slot off': (m) => m.old.switchSlot(m.context, 0x17, false, m.change),
  'slot on': (m) => m.old.switchSlot(m.context, 0x17, true, m.change),
  attach: (m) => m.old.attachToGuest(m.context, m.link, 'web', [{ source: m.at(NVME) }], m.guestChange),
  detach: (m) => m.old.detachFromGuest(m.context, m.link, 'web', [{ source: m.at(NVME) }], m.guestChange),
  swap: (m) => m.old.swapInGuest(m.context, m.link, 'web', m.at(NVME), m.at(OTHER), m.guestChange),
};

const JOURNALS = {
  'every-verb': [
    'prepare',
    'release',
    'persist',
    'unpersist',
    'release',
    'vf create',
    'vf set',
    'vf remove',
    'slot off',
    'slot on',
    'attach',
    'detach',
    'attach',
    'swap',
  ],
  'open-prepare': ['prepare'],
  'open-release': ['prepare', 'release'],
  'open-persist': ['prepare', 'persist'],
  'open-unpersist': ['persist', 'unpersist'],
  'open-vf-create': ['vf create'],
  'open-vf-set': ['vf create', 'vf set'],
  'open-vf-remove': ['vf create', 'vf remove'],
  'open-slot-off': ['slot off'],
  'open-slot-on': ['slot off', 'slot on'],
  'open-attach': ['attach'],
  'open-detach': ['attach', 'detach'],
  'open-swap': ['attach', 'swap'],
};

const WEB = `<domain type='kvm'><name>web</name><uuid>1f2e3d4c-5b6a-4798-8796-a5b4c3d2e1f0</uuid><memory unit='MiB'>64</memory><os><type arch='s390x' machine='s390-ccw-virtio'>hvm</type></os><devices><memballoon model='none'/></devices></domain>`;

/** The machine of one process; once it is armed, the next thing that is done to it kills the process. */
async function machine(old, directory) {
  let armed = false;
  const die = () => {
    if (armed) process.kill(process.pid, 'SIGKILL');
  };
  const kernel = old.fakeKernel(FUNCTIONS, { files: { '/proc/sys/kernel/random/boot_id': BOOT }, beforeWrite: die });
  const fake = await old.startFakeLibvirt();
  const real = await old.LibvirtLink.open(() => old.connectLibvirt(`qemu+unix:///system?socket=${fake.socket}`));
  fake.qemu.start(fake.qemu.define(WEB), false);
  const isOpen = () => {
    const file = join(directory, 'journal');
    const lines = existsSync(file) ? readFileSync(file, 'utf8').trimEnd().split('\n') : [];
    return lines.filter((line) => line.includes('"kind":"begin"')).length > lines.length / 2;
  };
  const link = new Proxy(real, {
    get: (target, key) => {
      if (key === 'get' && isOpen()) die();
      const value = Reflect.get(target, key, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
  const change = { dryRun: false, stateDirectory: directory };
  return {
    old,
    link,
    change,
    at: old.parsePciAddress,
    guestChange: { ...change, scope: 'persistent', force: false, timeoutMs: 2000 },
    context: { port: kernel, isRoot: true, readPciIds: async () => undefined },
    arm: () => (armed = true),
    stop: async () => {
      await real.close();
      await fake.stop();
    },
  };
}

async function play(bundle, name, directory) {
  const made = await machine(await import(pathToFileURL(bundle).href), directory);
  const steps = JOURNALS[name];
  for (const [i, step] of steps.entries()) {
    if (name.startsWith('open-') && i === steps.length - 1) made.arm();
    await STEPS[step](made);
  }
  await made.stop();
}

function make() {
  const tree = join(mkdtempSync(join(tmpdir(), 'hostdev-0.1.0-')), 'tree');
  execFileSync('git', ['worktree', 'add', '--quiet', '--detach', tree, COMMIT], { stdio: 'inherit' });
  try {
    symlinkSync(resolve('node_modules'), join(tree, 'node_modules'));
    writeFileSync(join(tree, 'old.ts'), EXPORTS.map(([file, names]) => `export { ${names} } from './src/${file}';\n`).join(''));
    const bundle = join(tree, 'old.mjs');
    execFileSync(join(tree, 'node_modules/.bin/rolldown'), ['old.ts', '--platform', 'node', '--format', 'esm', '--file', bundle], {
      cwd: tree,
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    mkdirSync(OUT, { recursive: true });
    for (const name of Object.keys(JOURNALS)) {
      const directory = mkdtempSync(join(tmpdir(), 'hostdev-journal-'));
      const env = { ...process.env, SUDO_USER: 'anna' };
      const { signal, status } = spawnSync(process.execPath, [import.meta.filename, bundle, name, directory], { stdio: 'inherit', env });
      if (name.startsWith('open-') ? signal !== 'SIGKILL' : status !== 0) throw new Error(`${name} ended with ${signal ?? status}`);
      writeFileSync(join(OUT, name), readFileSync(join(directory, 'journal')));
      rmSync(directory, { recursive: true });
    }
  } finally {
    execFileSync('git', ['worktree', 'remove', '--force', tree]);
  }
}

const [bundle, name, directory] = process.argv.slice(2);
if (bundle === undefined) make();
else await play(bundle, name, directory);
